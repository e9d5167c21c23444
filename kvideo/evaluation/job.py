"""What `kvideo.evaluate` measures: a network, videos and a protocol."""

import dataclasses
import os

import kvideo
from kvideo.applications.imagenet import without_weights
from kvideo.applications.layer_names import assign_by_name
from kvideo.applications.shapes_only import shapes_only
from kvideo.data import (
    ClipSpec,
    FrameRates,
    Views,
    load_clip,
    open_listing,
    view_dataset,
)
from kvideo.data.tempo import RATES, at_rate
from kvideo.evaluation import (
    CONTROLS,
    PROTOCOLS,
    Protocol,
    by_protocol,
    get_protocol,
)
from kvideo.evaluation.scoring import evaluate as run_network
from kvideo.export import Artefact, load_artefact
from kvideo.export.known_card import default_card
from kvideo.export.loaders import load_network

# Families whose networks take `training_size`.
WINDOWED = ("x3d", "slowfast")
RATE_NAMES = {0.5: "half the frame rate", 2: "twice the frame rate"}


def evaluate(
    network,
    data,
    protocol=None,
    views=None,
    average=None,
    batch_size=8,
    fps=None,
):
    """Measures a network on videos, as `kvideo evaluate` does; prints nothing.

    Example: `kvideo.evaluate("runs/motion", "data/motion/test").top1`.

    Args:
        network: A `keras.Model` of clips, the path of a run or of an exported
            network, or what `kvideo.load` returned. Of a model, the classes
            of `data` are those of its outputs, in their order.
        data: What `kvideo.data.open_listing` reads, such as a folder with one
            folder of videos for each class; or batches (clips, labels), such
            as a `tf.data.Dataset`, for which the protocol does not count.
        protocol: Name of a paper's way to test
            (`kvideo.evaluation.get_protocol`); None: that of the network's
            card, else one clip of each video.
        views: Clips x crops of each video, such as `"10x3"`.
        average: `"softmax"`, `"logits"` or `"none"`.
        batch_size: Views that are read at once.
        fps: Frames a second that videos are read at, by time; 0: their frames
            as they are; None: as the protocol says, else by time where their
            rate is not that of the network's training videos, as its card
            keeps it (a bare `keras.Model` has no card).

    Returns:
        A `kvideo.evaluation.Evaluation` of the videos.

    Raises:
        ValueError: No labels, a protocol or classes that do not fit.
    """
    if not isinstance(data, str | os.PathLike):
        return run_network(network, data)
    artefact = _artefact(network, data)
    chosen = choose_protocol(
        artefact.card.protocol, protocol, views, average, fps
    )
    job = Job.of(artefact, str(data), artefact.card, chosen, batch_size)
    return by_protocol(job.measure())


def _artefact(network, data):
    if isinstance(network, Artefact):
        return network
    if isinstance(network, str | os.PathLike):
        return load_artefact(network)
    names = open_listing(str(data)).class_names
    classes = network.output_shape[-1]
    if len(names) != classes:
        raise ValueError(
            f"The network has {classes} classes and the videos have "
            f"{len(names)}. Received: class_names={names} of {str(data)!r}"
        )
    card = default_card(network, names)
    shape, run = tuple(network.input_shape[1:]), network.predict_on_batch
    return Artefact("keras", network.name, shape, 8, run, card)


def choose_protocol(stored, name=None, views=None, average=None, fps=None):
    """The `Protocol` of an evaluation.

    Args:
        stored: `Card.protocol`: that of an earlier evaluation is repeated,
            as far as no argument says otherwise.
        name: Of `kvideo.evaluation.PROTOCOLS`, or None.
        views: `"10x3"`, or None.
        average: Of a `Protocol`, or None.
        fps: Its `target_fps`, or None.

    Returns:
        A `Protocol`; without anything, one clip and one crop of each video.
    """
    if name is not None:
        protocol = get_protocol(name)
    elif "clips" in stored:
        protocol = Protocol.from_dict(stored)
    else:
        protocol = Protocol("own clips", source="the network's card")
    changes = {}
    if views is not None:
        parsed = Views.parse(views)
        changes |= {"clips": parsed.clips, "crops": parsed.crops}
    if average is not None:
        changes["average"] = average
    if fps is not None:
        changes["target_fps"] = fps
    changed = dataclasses.replace(protocol, **changes)
    if changed == protocol or protocol.name not in PROTOCOLS:
        return changed
    return dataclasses.replace(changed, name=f"{protocol.name}, changed")


@dataclasses.dataclass(frozen=True)
class Job:
    """A network, the videos, and how it looks at them.

    Attributes:
        artefact: Of `kvideo.export.load_artefact`, with a card.
        listing: A `kvideo.data.Listing`.
        spec: The `ClipSpec` of the test.
        protocol: A `Protocol`.
        batch_size: Views that are read at once.
        note: What was changed of the protocol, in a sentence; or "".
    """

    artefact: object
    listing: object
    spec: object
    protocol: object
    batch_size: int
    note: str = ""

    @classmethod
    def of(cls, artefact, data, card, protocol, batch_size):
        """The job of the arguments of an evaluation; `card` describes it."""
        artefact = _in_windows(artefact, card, protocol)
        spec = ClipSpec.from_dict(card.clip_spec)
        listing = open_listing(data, spec.modality, list(card.class_names))
        if not isinstance(listing.labels, list):
            raise ValueError(
                "An evaluation needs videos with one label each. Received: "
                f"labels={type(listing.labels).__name__} of {data!r}"
            )
        spec, note = _fitted(protocol, spec, artefact.clip_shape)
        return cls(artefact, listing, spec, protocol, batch_size, note)

    def rates_note(self):
        """That some videos are read by time, in a sentence; or ""."""
        if self.spec.usual_rate is None:
            return ""
        rates = FrameRates.of(self.listing, self.spec.modality)
        return rates.sentence(self.spec)

    def measure(self, control=None, rate=None):
        """The `Evaluation` of all views, or of changed ones."""
        listing, spec = self.listing, self.spec
        if rate is not None:
            listing, spec = at_rate(listing, spec, rate)
        clips = view_dataset(
            listing, self.protocol.views, spec, self.batch_size
        )
        return run_network(
            self.artefact, clips, control=control, protocol=self.protocol
        )

    def temporal(self, videos):
        """Pairs for `scorecard.temporal_section`; `videos` are normal."""
        rows = [("as they are", videos)]
        for title, control in CONTROLS.items():
            rows.append((title, by_protocol(self.measure(control))))
        for rate in RATES:
            views = self.measure(rate=rate)
            rows.append((RATE_NAMES[rate], by_protocol(views)))
        return tuple(rows)

    def macs(self):
        """Multiply-accumulates of one view; None of a foreign network."""
        card = self.artefact.card
        if card.model not in kvideo.list_models():
            return None
        spec, channels = self.spec, self.artefact.clip_shape[-1]
        options = without_weights(card.overrides) | {
            "classes": len(card.class_names),
            "input_shape": (spec.num_frames, *spec.frame_size, channels),
        }
        with shapes_only():
            return kvideo.count(kvideo.create_model(card.model, **options)).macs

    def clips(self, videos, number):
        """The clips of the hardest videos, one view of each."""
        every = 1
        if self.protocol.average == "none":
            every = self.protocol.clips * self.protocol.crops
        paths, listing = videos.paths[::every], self.listing
        # Files that could not be read have no row.
        numbers = iter(range(len(listing)))
        files = [
            next(i for i in numbers if listing.file_paths[i] == path)
            for path in paths
        ]
        chosen = [files[row // every] for row in videos.hardest(number)]
        return tuple(
            load_clip(
                listing.file_paths[file],
                self.spec,
                listing.segment(file),
                listing.files,
            )
            for file in chosen
        )


def _in_windows(artefact, card, protocol):
    """The artefact, or its network rebuilt as a protocol's code tests it.

    At the protocol's crop, with `training_size`; of a `.keras` file of the
    registry's X3D and SlowFast networks that takes crops of that size.
    """
    family = card.model.partition("_")[0]
    side, trained = protocol.crop_size, protocol.training_size
    fits = trained and artefact.clip_shape[1:3] == (trained, trained)
    if not fits or artefact.kind != "keras" or family not in WINDOWED:
        return artefact
    shape = (artefact.clip_shape[0], side, side, artefact.clip_shape[-1])
    options = without_weights(card.overrides) | {
        "classes": len(card.class_names),
        "input_shape": shape,
        "training_size": protocol.training_size,
    }
    network = kvideo.create_model(card.model, **options)
    assign_by_name(network, load_network(artefact.path))
    run = network.predict_on_batch
    return dataclasses.replace(artefact, clip_shape=shape, run=run)


def _fitted(protocol, spec, clip_shape):
    """The protocol's settings for a network of one fixed input size, and a
    sentence on what they differ in."""
    height, width = clip_shape[1:3]
    wanted = protocol.clip_spec(spec).frame_size
    if wanted == (height, width) or None in (height, width):
        return protocol.clip_spec(spec), ""
    if height != width:
        raise ValueError(
            f"The protocol cuts crops of {wanted[0]}x{wanted[1]} pixels, and "
            f"the network takes {height}x{width} alone. Give --views without "
            f"a protocol. Received: protocol {protocol.name!r}"
        )
    return protocol.clip_spec(spec, crop_size=height), (
        f"The network takes {height}x{width} pixels, so crops have that size "
        f"in place of the protocol's {wanted[0]}x{wanted[1]}, and the short "
        "side is scaled with them."
    )

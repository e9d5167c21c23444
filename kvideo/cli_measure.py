"""What `kvideo evaluate` measures: a network, videos and a protocol."""

import dataclasses

import kvideo
from kvideo import console
from kvideo.applications.layer_names import assign_by_name
from kvideo.applications.shapes_only import shapes_only
from kvideo.data import (
    ClipSpec,
    Views,
    load_clip,
    open_listing,
    view_dataset,
)
from kvideo.data.tempo import RATES, at_rate
from kvideo.evaluate import (
    CONTROLS,
    PROTOCOLS,
    Protocol,
    by_protocol,
    get_protocol,
)
from kvideo.evaluate import evaluate as run_network
from kvideo.export import load_artefact
from kvideo.export.loaders import load_network

# Families whose networks take `training_size`.
WINDOWED = ("x3d", "slowfast")
RATE_NAMES = {0.5: "half the frame rate", 2: "twice the frame rate"}


def choose_protocol(stored, name=None, views=None, average=None):
    """The `Protocol` of an evaluation.

    Args:
        stored: `Card.protocol`: that of an earlier evaluation is repeated,
            as far as no argument says otherwise.
        name: Of `kvideo.evaluate.PROTOCOLS`, or None.
        views: `"10x3"`, or None.
        average: Of a `Protocol`, or None.

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
    """

    artefact: object
    listing: object
    spec: object
    protocol: object
    batch_size: int

    @classmethod
    def of(cls, model, data, card, protocol, batch_size):
        """The job of a command's arguments; `card` is that of `model`."""
        artefact = _in_windows(load_artefact(model), card, protocol)
        spec = ClipSpec.from_dict(card.clip_spec)
        listing = open_listing(data, spec.modality, list(card.class_names))
        if not isinstance(listing.labels, list):
            raise ValueError(
                "An evaluation needs videos with one label each. Received: "
                f"labels={type(listing.labels).__name__} of {data!r}"
            )
        spec = _fitted(protocol, spec, artefact.clip_shape)
        return cls(artefact, listing, spec, protocol, batch_size)

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
        options = card.overrides | {
            "classes": len(card.class_names),
            "input_shape": (spec.num_frames, *spec.frame_size, channels),
            "weights": None,
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
    options = card.overrides | {
        "classes": len(card.class_names),
        "input_shape": shape,
        "training_size": protocol.training_size,
        "weights": None,
    }
    network = kvideo.create_model(card.model, **options)
    assign_by_name(network, load_network(artefact.path))
    run = network.predict_on_batch
    return dataclasses.replace(artefact, clip_shape=shape, run=run)


def _fitted(protocol, spec, clip_shape):
    """The protocol's settings for a network of one fixed input size."""
    height, width = clip_shape[1:3]
    wanted = protocol.clip_spec(spec).frame_size
    if wanted == (height, width) or None in (height, width):
        return protocol.clip_spec(spec)
    if height != width:
        raise ValueError(
            f"The protocol cuts crops of {wanted[0]}x{wanted[1]} pixels, and "
            f"the network takes {height}x{width} alone. Give --views without "
            f"a protocol. Received: protocol {protocol.name!r}"
        )
    console.OUT.print(
        f"The network takes {height}x{width} pixels, so crops have that size "
        f"in place of the protocol's {wanted[0]}x{wanted[1]}, and the short "
        "side is scaled with them."
    )
    return protocol.clip_spec(spec, crop_size=height)

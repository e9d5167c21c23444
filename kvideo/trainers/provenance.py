"""What is kept with every network of a run: how it was made, and of what."""

import json

from kvideo import bounds
from kvideo.damage import reading
from kvideo.data.fingerprint import fingerprint
from kvideo.export.card import Card

FILE = "run.card.json"


class Provenance:
    """Makes the cards of a run.

    Args:
        config: A `RunConfig`; its fields become `Card.recipe`.
        clip_spec: The `ClipSpec` of the run.
        training: The data set; its name, fingerprint and the numbers of its
            files become `Card.data`.
        validation: The data set, or None.

    Raises:
        ValueError: `config.protocol` names none; the nearest is in the
            message.
    """

    def __init__(self, config, clip_spec, training, validation):
        self.config, self.clip_spec = config, clip_spec
        self.class_names = tuple(training.class_names)
        self.data = {
            "name": config.data,
            "fingerprint": fingerprint(training),
            "counts": {"training": len(training.file_paths)},
        }
        if validation is not None:
            count = len(validation.file_paths)
            self.data["counts"]["validation"] = count
            self.data["validation_fingerprint"] = fingerprint(validation)
        self.protocol = _protocol(config.protocol)

    def card(self, metrics):
        """The `Card` of a network of this run, with what it reached."""
        return Card(
            model=self.config.model,
            class_names=self.class_names,
            clip_spec=self.clip_spec.to_dict(),
            overrides=self.config.model_overrides,
            metrics=metrics,
            recipe=self.config.to_dict(),
            data=self.data,
            protocol=self.protocol,
        )

    def keep(self, out, resumed):
        """Writes the card of the run into its folder, before it begins.

        Args:
            out: The folder, a `Path`.
            resumed: Whether epochs are done: then the videos must be those
                of before.

        Raises:
            ValueError: They are not.
        """
        path = out / FILE
        if resumed and path.exists():
            before = _read(path)["data"]
            if before["fingerprint"] != self.data["fingerprint"]:
                raise ValueError(
                    "The videos are not those that this run began with, so "
                    "it cannot go on: files were added, changed or removed. "
                    f"Received: {self.data['counts']} files in "
                    f"'{self.config.data}' (were {before.get('counts')}). "
                    "Begin anew with `overwrite`, or restore them."
                )
        self.card({}).save(path)


def kept_clip_spec(out):
    """The clip settings that a run began with, of its card, or None.

    Args:
        out: The folder of the run, a `Path`.
    """
    if not (out / FILE).exists():
        return None
    return _read(out / FILE)["clip_spec"]


def _read(path):
    """The card of a run, with what has to be in it."""
    then = (
        "Begin anew with `overwrite`; or delete this file and resume: "
        "nobody will check then that the videos are those of before"
    )
    with reading(path, then):
        card = json.loads(bounds.read_text(path, bounds.CARD, "a card"))
        return {
            "clip_spec": dict(card["clip_spec"]),
            "data": {
                "fingerprint": card["data"]["fingerprint"],
                **card["data"],
            },
        }


def _protocol(name):
    if name is None:
        return {}
    from kvideo.evaluation.protocols import get_protocol

    return get_protocol(name).to_dict()

"""The card of an artefact: which network it is and how its clips are made."""

import dataclasses
import datetime
import importlib.metadata
import json
import math
from pathlib import Path

import kvideo
from kvideo import bounds
from kvideo.files import write_atomically

FILE_KINDS = {
    ".keras": "keras",
    ".h5": "keras",
    ".tflite": "tflite",
    ".onnx": "onnx",
}
# Cards that were written before there were these are still read.
ADDED_LATER = frozenset({"recipe", "data", "protocol", "checksums"})
DICTIONARIES = (
    *("overrides", "metrics", "recipe", "data"),
    *("protocol", "checksums", "versions"),
)


def card_path(artefact_path):
    """Returns where an artefact keeps its card. One rule for all kinds.

    A file keeps it beside itself under its own stem (`model.keras` and
    `model.tflite` -> `model.card.json`: files that share a stem are forms of
    one network). A SavedModel directory keeps it inside, in
    `assets.extra/card.json`, where TensorFlow leaves foreign files alone.
    """
    path = Path(artefact_path)
    if path.suffix in FILE_KINDS:
        return path.with_suffix(".card.json")
    return path / "assets.extra" / "card.json"


def installed_versions():
    """Returns the versions of kvideo, Keras and TensorFlow (or "none")."""
    versions = {"kvideo": kvideo.__version__}
    for package in ("keras", "tensorflow"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "none"
    return versions


def _now():
    now = datetime.datetime.now(datetime.UTC)
    return now.isoformat(timespec="seconds")


@dataclasses.dataclass(frozen=True)
class Card:
    """What a person or a program needs to use an exported network.

    Args:
        model: Registry name, such as `"bqn_nano"`.
        class_names: Class names, in the order of the network's outputs.
        clip_spec: How a clip is made from a video: the dictionary of a
            `kvideo.data.ClipSpec`.
        overrides: Arguments that were passed to `kvideo.create_model`
            besides the name.
        metrics: What was measured, name to value.
        recipe: Where its weights are from: the fields of the run's
            configuration, or what was converted.
        data: What it was trained on: `name`, `fingerprint` and `counts`
            (videos by split or by class).
        protocol: How to test it: the views of its paper, or those that
            `kvideo evaluate` stored, a dictionary of a `Protocol`.
        checksums: SHA-256 of the artefact's files, name to hexadecimal
            digits (`kvideo.export.checksums`).
        versions: Package versions. Defaults to those installed.
        created: ISO 8601 time. Defaults to now, in UTC.

    Dictionaries are stored as plain JSON values (tuples become lists, NumPy
    scalars become numbers, a value that is not finite becomes `None`), so that
    a card equals the one read back from its file. Empty means that nobody
    said.

    Raises:
        ValueError: An empty name, class names that are missing, repeated or
            not text, or a value that JSON cannot hold.
    """

    model: str
    class_names: tuple
    clip_spec: dict
    overrides: dict = dataclasses.field(default_factory=dict)
    metrics: dict = dataclasses.field(default_factory=dict)
    recipe: dict = dataclasses.field(default_factory=dict)
    data: dict = dataclasses.field(default_factory=dict)
    protocol: dict = dataclasses.field(default_factory=dict)
    checksums: dict = dataclasses.field(default_factory=dict)
    versions: dict = dataclasses.field(default_factory=installed_versions)
    created: str = dataclasses.field(default_factory=_now)

    def __post_init__(self):
        _check_text("model", self.model)
        _check_text("created", self.created)
        object.__setattr__(
            self, "class_names", _checked_names(self.class_names)
        )
        for name in ("clip_spec", *DICTIONARIES):
            value = getattr(self, name)
            if not isinstance(value, dict):
                raise ValueError(
                    f"`{name}` of a card must be a dictionary. "
                    f"Received: {name}={value!r}"
                )
            object.__setattr__(self, name, _plain(value, name))

    def to_json(self):
        """Returns the card as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text):
        """Returns the card that `to_json` wrote; `ValueError` if it is none."""
        try:
            fields = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ValueError(f"The card is not valid JSON: {error}") from error
        names = {field.name for field in dataclasses.fields(cls)}
        needed = names - ADDED_LATER
        if not isinstance(fields, dict) or not needed <= set(fields) <= names:
            raise ValueError(
                f"A card is a JSON object with the keys {sorted(needed)} and "
                f"may have {sorted(ADDED_LATER)}. Received: {_outline(fields)}"
            )
        return cls(**fields)

    def save(self, path):
        """Writes the card to `path` as JSON, in one step; returns the path."""
        return write_atomically(path, self.to_json().encode("utf-8"))

    @classmethod
    def load(cls, path):
        """Reads a card file. The errors name the file."""
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(
                f"No card at '{path}'. An artefact keeps its card at "
                "`kvideo.export.card_path(artefact)`; export the network "
                "again to get one."
            )
        try:
            return cls.from_json(bounds.read_text(path, bounds.CARD, "a card"))
        except ValueError as error:
            raise ValueError(
                f"Cannot read the card '{path}'. {error} If it was cut, copy "
                "it again, or export the network again (`kvideo train "
                "--resume` writes those of a run)."
            ) from error


def _check_text(name, value):
    if not isinstance(value, str) or not value:
        raise ValueError(
            f"`{name}` of a card must be text that is not empty. "
            f"Received: {name}={value!r}"
        )


def _checked_names(names):
    listed = isinstance(names, list | tuple)
    if not listed or not names or not all(isinstance(n, str) for n in names):
        raise ValueError(
            "`class_names` of a card must be a list of names, one for each "
            f"output of the network. Received: class_names={names!r}"
        )
    if len(set(names)) != len(names):
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(
            f"`class_names` of a card must differ. Repeated: {repeated}"
        )
    return tuple(names)


def _plain(value, where):
    """Returns `value` as JSON types; `where` names it in the error."""
    if isinstance(value, dict):
        return {str(k): _plain(v, f"{where}[{k!r}]") for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if hasattr(value, "tolist"):
        return _plain(value.tolist(), where)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    raise ValueError(
        f"A card holds numbers, text, lists and dictionaries. "
        f"Received: {where}={value!r} of type {type(value).__name__}"
    )


def _outline(fields):
    if isinstance(fields, dict):
        return f"keys={sorted(fields)}"
    return f"a {type(fields).__name__}"

"""What a training run is: typed data that goes to YAML and back."""

import dataclasses
import difflib
from pathlib import Path

import yaml

OPTIMIZERS = ("adamw", "sgd")
# Arguments of a builder that follow from the data and the loss.
DECIDED = ("classes", "classifier_activation", "include_top")


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """One training run.

    Args:
        model: Registry name, such as `"bqn_nano"` (`kvideo.list_models()`).
        data: Directory with one folder of videos for each class.
        validation_data: Directory of the same form, or None to hold out
            `validation_split` of `data`.
        validation_split: Share of `data` that is held out, 0 to below 1.
            Not used when there is `validation_data`; 0 trains without
            validation.
        model_overrides: Arguments of `kvideo.create_model` besides the name
            and what the run decides, such as `{"dropout": 0.2}`.
        horizontal_flip: Whether training mirrors half of the clips:
            `"auto"` (not where class names have a direction), true, false, or
            a dictionary from each class to the one it becomes, see
            `kvideo.data.video_dataset_from_directory`.
        crop_scales: Sides of the random training crops, as shares of the
            largest one; `(1.0,)` only moves the crop.
        epochs: Passes over the training videos.
        batch_size: Clips in a step.
        optimizer: `"adamw"`, or `"sgd"` (Nesterov momentum 0.9).
        learning_rate: Peak, reached after the warm-up; a cosine takes it
            to 0 at the end of the last epoch.
        weight_decay: Decoupled; biases and normalisation are left out.
        warmup_epochs: Epochs, or a fraction of one, over which the learning
            rate rises linearly from 0.
        label_smoothing: Share of the target that is spread over all classes,
            0 to below 1.
        seed: Of the weights, the order, the augmentation and the dropout.
        out: Output folder.

    Raises:
        ValueError: A value outside its range; the message names it.
    """

    model: str
    data: str
    validation_data: str | None = None
    validation_split: float = 0.2
    model_overrides: dict = dataclasses.field(default_factory=dict)
    horizontal_flip: str | bool | dict = "auto"
    crop_scales: tuple = (1.0, 0.875, 0.75)
    epochs: int = 10
    batch_size: int = 16
    optimizer: str = "adamw"
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warmup_epochs: float = 1.0
    label_smoothing: float = 0.0
    seed: int = 0
    out: str = "runs/train"

    def __post_init__(self):
        for name in ("model", "data", "out"):
            _check(name, getattr(self, name), _is_text, "text, not empty")
        for name in ("epochs", "batch_size"):
            _check(name, getattr(self, name), _is_count, "a whole number > 0")
        for name in ("validation_split", "label_smoothing"):
            _check(name, getattr(self, name), _is_share, "in [0, 1)")
        for name in ("weight_decay", "warmup_epochs"):
            _check(name, getattr(self, name), _is_amount, "a number >= 0")
        _check(
            "learning_rate",
            self.learning_rate,
            lambda x: _is_amount(x) and x > 0,
            "a number > 0",
        )
        _check(
            "seed",
            self.seed,
            lambda x: _is_whole(x) and 0 <= x < 2**31,
            "a whole number in [0, 2**31)",
        )
        _check(
            "optimizer",
            self.optimizer,
            OPTIMIZERS.__contains__,
            f"one of {OPTIMIZERS}",
        )
        _check(
            "model_overrides",
            self.model_overrides,
            lambda x: isinstance(x, dict) and not x.keys() & set(DECIDED),
            f"a dictionary without {DECIDED}, which the run decides",
        )
        if self.validation_data is not None:
            _check("validation_data", self.validation_data, _is_text, "text")
        _check(
            "crop_scales",
            self.crop_scales,
            _are_scales,
            "a list of numbers above 0 and up to 1",
        )
        object.__setattr__(self, "crop_scales", tuple(self.crop_scales))
        # What YAML gives back must equal what was written.
        plain = {k: _plain(v) for k, v in self.model_overrides.items()}
        object.__setattr__(self, "model_overrides", plain)

    def to_dict(self):
        """Returns the fields as plain Python values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, fields):
        """Returns the configuration of a dictionary of fields.

        Raises:
            ValueError: Unknown keys (the message has the nearest known one),
                or `model` or `data` missing.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        if not isinstance(fields, dict):
            raise ValueError(
                "A run configuration is a mapping of names to values. "
                f"Received: {type(fields).__name__}"
            )
        unknown = [key for key in fields if key not in known]
        if unknown:
            raise ValueError(_unknown_keys(unknown, known))
        missing = [key for key in ("model", "data") if key not in fields]
        if missing:
            raise ValueError(
                f"A run configuration needs `model` and `data`. "
                f"Missing: {', '.join(missing)}"
            )
        return cls(**fields)

    def save(self, path):
        """Writes the configuration as YAML; returns the path."""
        text = yaml.safe_dump(self.to_dict(), sort_keys=False)
        Path(path).write_text(text, encoding="utf-8")
        return Path(path)

    @classmethod
    def load(cls, path):
        """Reads a YAML file. The errors name the file."""
        if not Path(path).is_file():
            raise FileNotFoundError(f"No run configuration at '{path}'.")
        try:
            text = Path(path).read_text(encoding="utf-8")
            return cls.from_dict(yaml.safe_load(text))
        except (ValueError, yaml.YAMLError) as error:
            raise ValueError(
                f"Cannot read the run configuration '{path}'. {error}"
            ) from error


def _check(name, value, is_valid, expected):
    if not is_valid(value):
        raise ValueError(
            f"`{name}` must be {expected}. Received: {name}={value!r}"
        )


def _is_text(value):
    return isinstance(value, str) and bool(value)


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_count(value):
    return _is_whole(value) and value > 0


def _is_amount(value):
    number = _is_whole(value) or isinstance(value, float)
    return number and 0 <= value < float("inf")


def _is_share(value):
    return _is_amount(value) and value < 1


def _are_scales(value):
    is_list = isinstance(value, list | tuple) and len(value) > 0
    return is_list and all(_is_amount(x) and 0 < x <= 1 for x in value)


def _plain(value):
    return list(value) if isinstance(value, tuple) else value


def _unknown_keys(unknown, known):
    parts = []
    for key in unknown:
        nearest = difflib.get_close_matches(str(key), known, n=1, cutoff=0)
        parts.append(f"{key!r} (nearest: {nearest[0]!r})")
    return (
        f"Unknown keys in the run configuration: {', '.join(parts)}. "
        f"Known: {', '.join(known)}."
    )

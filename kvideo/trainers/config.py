"""What a training run is: typed data that goes to YAML and back."""

import dataclasses
from pathlib import Path

import yaml

from kvideo.trainers import checks

OPTIMIZERS = ("adamw", "sgd")
# Of `kvideo.trainers.JointTraining`.
STRATEGIES = ("mgda", "fixed", "schedule", "separate")
JOINT_OPTIONS = ("alpha", "gamma", "lambda_", "form", "projection_steps")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
# Arguments of a builder that follow from the data and the loss.
DECIDED = ("classes", "classifier_activation", "include_top")


@checks.named_fields("run configuration")
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
        frame_stride: Distance of neighbouring frames in networks that take
            them densely; None: that of the network's table.
        epochs: Passes over the training videos.
        batch_size: Clips in a step.
        optimizer: `"adamw"`, or `"sgd"` with `momentum`.
        learning_rate: Peak, reached after the warm-up.
        momentum: Of `"sgd"`, 0 to below 1.
        nesterov: Whether that momentum looks ahead.
        weight_decay: Decoupled, as Keras has it: weights shrink by this times
            the learning rate. Biases and normalisation are left out.
        l2: Coupled, as PyTorch's SGD has it: this times a weight is added to
            its gradient, before the momentum. No weight is left out. Only
            with `optimizer="sgd"` and `weight_decay=0`.
        clip_norm: Largest norm of all gradients together; longer ones are
            shortened to it. None: as they are.
        milestones: Numbers of epochs after which `decay_factor` multiplies
            the learning rate. Without any, a cosine takes it to 0 at the end
            of the last epoch.
        decay_factor: Above 0.
        warmup_epochs: Epochs, or a fraction of one, over which the learning
            rate rises linearly from 0.
        warmup_steps: The same in steps; 0: `warmup_epochs` counts.
        conv_rate: What multiplies the learning rate of the kernels of
            convolutions, as papers do when they fine-tune. Only with
            `optimizer="sgd"`.
        precision: `"float32"`, or in which type most is computed while the
            weights stay float32: `"mixed_bfloat16"`, `"mixed_float16"`.
        multigrid: Lengths of the stages of multigrid training, see
            `kvideo.trainers.multigrid_schedule`; `batch_size` and
            `learning_rate` are then those of clips of the network's shape.
            Empty: all clips have that shape. Not with `milestones`.
        joint: None, or the strategy of a `kvideo.trainers.JointTraining`, for
            a network with a projection such as `"dan_nano"`: `"mgda"`,
            `"fixed"`, `"schedule"`, `"separate"`. Not with `multigrid`.
        joint_options: Its further arguments: `alpha`, `gamma`, `lambda_`,
            `form`, `projection_steps`. The run knows the `total_steps`.
        label_smoothing: Share of the target that is spread over all classes,
            0 to below 1.
        seed: Of the weights, the order, the augmentation and the dropout.
        out: Output folder.

    Raises:
        ValueError: A value outside its range, which the message names, or a
            field that does not exist (it has the nearest one).
    """

    model: str
    data: str
    validation_data: str | None = None
    validation_split: float = 0.2
    model_overrides: dict = dataclasses.field(default_factory=dict)
    horizontal_flip: str | bool | dict = "auto"
    crop_scales: tuple = (1.0, 0.875, 0.75)
    frame_stride: int | None = None
    epochs: int = 10
    batch_size: int = 16
    optimizer: str = "adamw"
    learning_rate: float = 2e-3
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 0.02
    l2: float = 0.0
    clip_norm: float | None = None
    milestones: tuple = ()
    decay_factor: float = 0.1
    warmup_epochs: float = 1.0
    warmup_steps: int = 0
    conv_rate: float = 1.0
    precision: str = "float32"
    multigrid: tuple = ()
    joint: str | None = None
    joint_options: dict = dataclasses.field(default_factory=dict)
    label_smoothing: float = 0.0
    seed: int = 0
    out: str = "runs/train"

    def __post_init__(self):
        for name, rule in _RULES.items():
            checks.check(name, getattr(self, name), rule)
        if self.l2 and (self.optimizer != "sgd" or self.weight_decay):
            raise ValueError(
                '`l2` goes with optimizer="sgd" and weight_decay=0. Received: '
                f"l2={self.l2}, optimizer={self.optimizer!r}, "
                f"weight_decay={self.weight_decay}"
            )
        if self.conv_rate != 1 and self.optimizer != "sgd":
            raise ValueError(
                '`conv_rate` goes with optimizer="sgd". Received: '
                f"conv_rate={self.conv_rate}, optimizer={self.optimizer!r}"
            )
        if self.multigrid and self.milestones:
            raise ValueError(
                "`multigrid` goes with a cosine, as its epochs differ in "
                "steps. Leave `milestones` empty. Received: "
                f"multigrid={self.multigrid}, milestones={self.milestones}"
            )
        if self.joint_options and not self.joint:
            raise ValueError(
                "`joint_options` go with a strategy, `joint`. Received: "
                f"joint=None, joint_options={self.joint_options}"
            )
        if self.joint and self.multigrid:
            raise ValueError(
                "`joint` and `multigrid` do not go together. Received: "
                f"joint={self.joint!r}, multigrid={self.multigrid}"
            )
        for name in ("crop_scales", "milestones", "multigrid"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
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
        if not isinstance(fields, dict):
            raise ValueError(
                "A run configuration is a mapping of names to values. "
                f"Received: {type(fields).__name__}"
            )
        missing = [key for key in ("model", "data") if key not in fields]
        if missing:
            raise ValueError(
                f"A run configuration needs `model` and `data`. "
                f"Missing: {', '.join(missing)}"
            )
        return cls(**{str(name): value for name, value in fields.items()})

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


def _plain(value):
    return list(value) if isinstance(value, tuple) else value


_RULES = {
    "model": checks.TEXT,
    "data": checks.TEXT,
    "validation_data": checks.or_none(checks.TEXT),
    "validation_split": checks.SHARE,
    "model_overrides": checks.Rule(
        lambda x: isinstance(x, dict) and not x.keys() & set(DECIDED),
        f"a dictionary without {DECIDED}, which the run decides",
    ),
    "crop_scales": checks.SCALES,
    "frame_stride": checks.or_none(checks.COUNT),
    "epochs": checks.COUNT,
    "batch_size": checks.COUNT,
    "optimizer": checks.one_of(OPTIMIZERS),
    "learning_rate": checks.POSITIVE,
    "momentum": checks.SHARE,
    "nesterov": checks.BOOLEAN,
    "weight_decay": checks.AMOUNT,
    "l2": checks.AMOUNT,
    "clip_norm": checks.or_none(checks.POSITIVE),
    "milestones": checks.MILESTONES,
    "decay_factor": checks.POSITIVE,
    "warmup_epochs": checks.AMOUNT,
    "warmup_steps": checks.STEPS,
    "conv_rate": checks.POSITIVE,
    "precision": checks.one_of(PRECISIONS),
    "multigrid": checks.STAGES,
    "joint": checks.or_none(checks.one_of(STRATEGIES)),
    "joint_options": checks.Rule(
        lambda x: isinstance(x, dict) and x.keys() <= set(JOINT_OPTIONS),
        f"a dictionary of {JOINT_OPTIONS}",
    ),
    "label_smoothing": checks.SHARE,
    "seed": checks.SEED,
    "out": checks.TEXT,
}

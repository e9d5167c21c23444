"""What a training run is: typed data that goes to YAML and back."""

import dataclasses
from pathlib import Path

import yaml

from kvideo.data.crop import ClipCrop
from kvideo.data.sampling import SAMPLERS
from kvideo.data.stride_jitter import is_range
from kvideo.trainers import checks, workers
from kvideo.trainers.optimizer_config import OptimizerConfig, ScheduleConfig
from kvideo.yaml_files import read_yaml

# Of `kvideo.trainers.JointTraining`.
STRATEGIES = ("mgda", "fixed", "schedule", "separate")
JOINT_OPTIONS = ("alpha", "gamma", "lambda_", "form", "projection_steps")
# Of `kvideo.trainers.augment`.
AUGMENTATIONS = (
    "color_jitter",
    "rand_augment",
    "random_erasing",
    "mixup",
    "cutmix",
)
# Of `kvideo.trainers.batch_norm`.
POLICIES = ("train", "frozen", "frozen_but_first", "synchronized")
# Of `kvideo.trainers.strategy`.
DEVICES = ("auto", "none", "mirrored", workers.NAME)
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
# Of `kvideo.trainers.loggers`.
LOGGERS = ("tensorboard", "wandb")
# Arguments of a builder that follow from the data and the loss.
DECIDED = ("classes", "classifier_activation", "include_top")


@checks.named_fields("run configuration")
@dataclasses.dataclass(frozen=True)
class RunConfig:
    """One training run.

    Args:
        model: Registry name, such as `"bqn_nano"` (`kvideo.list_models()`),
            or `"my_module:build"`, a function that takes `classes` and
            returns a `keras.Model` that ends in probabilities.
        data: What `kvideo.data.open_listing` reads: a directory with one
            folder of videos for each class, a CSV or text list, or a data set
            such as `"ucf101:data/UCF-101?split=1"`.
        validation_data: The same for the held-out videos, or None to hold out
            `validation_split` of `data`.
        validation_split: Share of `data` that is held out, 0 to below 1.
            Not used when there is `validation_data`; 0 trains without
            validation.
        model_overrides: Arguments of `kvideo.create_model` besides the name
            and what the run decides, such as `{"dropout": 0.2}`.
        weights_from: `.keras` file of the same network, such as that of
            another run, or of a plain network that this one has inside (a
            TSM for a BQN), with whose weights this one begins, all but the
            classifier's, see `kvideo.load_backbone_weights`. None: what
            `model_overrides` says; where it says nothing, the weights of the
            package that know motion (`weights="motion"`), if the network has
            some, otherwise random ones.
        horizontal_flip: Whether training mirrors half of the clips:
            `"auto"` (classes that name a direction change places with their
            mirror images; no mirroring where one has none), true, false, or
            a dictionary from each class to the one it becomes, see
            `kvideo.data.video_dataset`.
        crop: The random box of training clips: a `kvideo.data.ClipCrop`, a
            dictionary of its fields, or a kind alone.
        sampler: Of a `kvideo.data.ClipSpec`; None: that of the network's
            table.
        frame_stride: Distance of neighbouring frames in networks that take
            them densely; None: that of the network's table.
        stride_jitter: (low, high): training clips have the stride times a
            factor drawn from this range, such as `[0.5, 2]`, so that the
            network meets other speeds, see `kvideo.data.stride_jitter`; None:
            times 1.
        fps: Frames a second that videos are read at, by time; 0: their frames
            as they are. None: the card keeps the usual rate of the training
            videos, and videos of another rate are read at it, in training too;
            with a `protocol` as 0, as papers count frames.
        cache_dir: Folder in which the frames of the videos are kept as JPEG
            images from their first use on, see `kvideo.data.FrameCache`;
            None: videos are decoded in every epoch.
        epochs: Passes over the training videos.
        batch_size: Clips in a step.
        optimizer: An `OptimizerConfig`, or a dictionary of its fields.
        schedule: A `ScheduleConfig`, or a dictionary of its fields.
        batch_norm: `"train"`; `"frozen"`: statistics, scales and offsets stay
            as they are loaded; `"frozen_but_first"`: all but those of the
            first one, as TSN fine-tunes (partialBN); `"synchronized"`:
            statistics over the shares of all devices.
        precise_batch_norm: Batches over which the statistics are measured
            anew with the last weights, before the network is saved; 0: the
            moving averages stay.
        precision: `"float32"`, or in which type most is computed while the
            weights stay float32: `"mixed_bfloat16"`, `"mixed_float16"`.
        multigrid: Lengths of the stages of multigrid training, see
            `kvideo.trainers.multigrid_schedule`; `batch_size` and
            learning rate are then those of clips of the network's shape.
            Empty: all clips have that shape. Only with a cosine.
        joint: None, or the strategy of a `kvideo.trainers.JointTraining`, for
            a network with a projection such as `"dan_nano"`: `"mgda"`,
            `"fixed"`, `"schedule"`, `"separate"`. Not with `multigrid`.
        joint_options: Its further arguments: `alpha`, `gamma`, `lambda_`,
            `form`, `projection_steps`. The run knows the `total_steps`.
        augment: What is done to training clips besides crops and flips: names
            to arguments of their layers, or names alone: `"color_jitter"`,
            `"rand_augment"`, `"random_erasing"`, `"mixup"`, `"cutmix"`
            (`kvideo.layers.ClipColorJitter` and so on). On one device, not
            with `multigrid`.
        label_smoothing: Share of the target that is spread over all classes,
            0 to below 1.
        class_weight: What a clip counts in the loss: None, all alike;
            `"balanced"`, all classes alike, however many videos they have; or
            a dictionary from classes to numbers > 0 (1 for the others). Not
            with `multigrid`.
        protocol: Name of the paper's way to test, see
            `kvideo.evaluation.get_protocol`: it is stored with the network, and
            `kvideo evaluate` follows it. The validation of a run takes one
            clip of each video.
        loggers: Where else it is followed, besides `history.csv`:
            `"tensorboard"` (files in `<out>/tensorboard`; the extra of that
            name), `"wandb"` (Weights & Biases, if installed).
        strategy: The devices that share each batch: `"auto"` (all GPUs of
            this machine, where there are several), `"none"` (one device),
            `"mirrored"` (all GPUs; without any, all CPU devices), or
            `"multi-worker"` (several machines, with a process on each; not
            with `multigrid` or `precise_batch_norm`), see
            `docs/training-at-scale.md`.
        accumulate: Parts in which a batch, or the share of a device, goes
            through the network, see `kvideo.trainers.GradientAccumulation`.
            Not with `joint` or `multigrid`. With several devices or parts an
            epoch leaves out the clips that do not fill a batch.
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
    weights_from: str | None = None
    horizontal_flip: str | bool | dict = "auto"
    crop: ClipCrop = dataclasses.field(default_factory=ClipCrop)
    sampler: str | None = None
    frame_stride: int | None = None
    stride_jitter: tuple | None = None
    fps: float | None = None
    cache_dir: str | None = None
    epochs: int = 10
    batch_size: int = 16
    optimizer: OptimizerConfig = dataclasses.field(
        default_factory=OptimizerConfig
    )
    schedule: ScheduleConfig = dataclasses.field(default_factory=ScheduleConfig)
    batch_norm: str = "train"
    precise_batch_norm: int = 0
    precision: str = "float32"
    multigrid: tuple = ()
    joint: str | None = None
    joint_options: dict = dataclasses.field(default_factory=dict)
    augment: dict = dataclasses.field(default_factory=dict)
    label_smoothing: float = 0.0
    class_weight: str | dict | None = None
    protocol: str | None = None
    loggers: tuple = ()
    strategy: str = "auto"
    accumulate: int = 1
    seed: int = 0
    out: str = "runs/train"

    def __post_init__(self):
        if isinstance(self.augment, list | tuple):
            object.__setattr__(self, "augment", {n: {} for n in self.augment})
        for name, section in SECTIONS.items():
            value = getattr(self, name)
            if section is ClipCrop:
                object.__setattr__(self, name, ClipCrop.of(value))
            elif isinstance(value, dict):
                object.__setattr__(self, name, section(**value))
        checks.check_all(self, _RULES)
        if self.weights_from and self.model_overrides.get("weights"):
            raise ValueError(
                "A run begins with one set of weights. Received: "
                f"weights_from={self.weights_from!r}, "
                f"model_overrides={self.model_overrides}"
            )
        if self.multigrid and self.crop.kind == "short_side":
            raise ValueError(
                "`multigrid` changes the frame size, and crops of a short "
                "side count pixels of one: use crop.kind='scales'. Received: "
                f"multigrid={self.multigrid}, crop={self.crop}"
            )
        if self.multigrid and self.schedule.kind != "cosine":
            raise ValueError(
                "`multigrid` goes with a cosine, as its epochs differ in "
                f"steps. Received: multigrid={self.multigrid}, "
                f"schedule.kind={self.schedule.kind!r}"
            )
        for name in ("class_weight", "augment"):
            if self.multigrid and getattr(self, name):
                raise ValueError(
                    f"`multigrid` and `{name}` do not go together. Received: "
                    f"multigrid={self.multigrid}, "
                    f"{name}={getattr(self, name)!r}"
                )
        if self.multigrid and self.optimizer.ema:
            raise ValueError(
                "`multigrid` and averages of weights do not go together. "
                f"Received: multigrid={self.multigrid}, "
                f"optimizer.ema={self.optimizer.ema}"
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
        if self.accumulate > 1 and (self.joint or self.multigrid):
            raise ValueError(
                "`accumulate` goes with neither `joint` nor `multigrid`. "
                f"Received: accumulate={self.accumulate}, "
                f"joint={self.joint!r}, multigrid={self.multigrid}"
            )
        if self.strategy in ("mirrored", "multi-worker") and self.multigrid:
            raise ValueError(
                "`multigrid` trains on one device. Received: "
                f"strategy={self.strategy!r}, multigrid={self.multigrid}"
            )
        if self.strategy == "multi-worker" and self.precise_batch_norm:
            raise ValueError(
                "`precise_batch_norm` takes one process: measure the "
                "statistics afterwards. Received: "
                f"strategy={self.strategy!r}, "
                f"precise_batch_norm={self.precise_batch_norm}"
            )
        for name in ("multigrid", "loggers"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.stride_jitter is not None:
            jitter = tuple(self.stride_jitter)
            object.__setattr__(self, "stride_jitter", jitter)
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
            return cls.from_dict(read_yaml(path))
        except (ValueError, yaml.YAMLError) as error:
            raise ValueError(
                f"Cannot read the run configuration '{path}'. {error}"
            ) from error


def _plain(value):
    return list(value) if isinstance(value, tuple) else value


SECTIONS = {
    "crop": ClipCrop,
    "optimizer": OptimizerConfig,
    "schedule": ScheduleConfig,
}
_RULES = {
    "model": checks.TEXT,
    "data": checks.TEXT,
    "validation_data": checks.or_none(checks.TEXT),
    "validation_split": checks.SHARE,
    "model_overrides": checks.Rule(
        lambda x: isinstance(x, dict) and not x.keys() & set(DECIDED),
        f"a dictionary without {DECIDED}, which the run decides",
    ),
    "weights_from": checks.or_none(checks.TEXT),
    "sampler": checks.or_none(checks.one_of(SAMPLERS)),
    "frame_stride": checks.or_none(checks.COUNT),
    "stride_jitter": checks.or_none(
        checks.Rule(
            is_range,
            "two factors of the stride, the lowest and the highest, above 0",
        )
    ),
    "fps": checks.or_none(checks.AMOUNT),
    "cache_dir": checks.or_none(checks.TEXT),
    "epochs": checks.COUNT,
    "batch_size": checks.COUNT,
    **{
        name: checks.Rule(
            lambda value, section=section: isinstance(value, section),
            f"a {section.__name__} or a dictionary of its fields",
        )
        for name, section in SECTIONS.items()
    },
    "batch_norm": checks.one_of(POLICIES),
    "precise_batch_norm": checks.STEPS,
    "precision": checks.one_of(PRECISIONS),
    "multigrid": checks.STAGES,
    "joint": checks.or_none(checks.one_of(STRATEGIES)),
    "joint_options": checks.Rule(
        lambda x: isinstance(x, dict) and x.keys() <= set(JOINT_OPTIONS),
        f"a dictionary of {JOINT_OPTIONS}",
    ),
    "augment": checks.Rule(
        lambda x: (
            isinstance(x, dict)
            and x.keys() <= set(AUGMENTATIONS)
            and all(isinstance(value, dict) for value in x.values())
        ),
        f"names among {AUGMENTATIONS}, or a dictionary from them to "
        "dictionaries of arguments",
    ),
    "label_smoothing": checks.SHARE,
    "class_weight": checks.or_none(checks.CLASS_WEIGHT),
    "protocol": checks.or_none(checks.TEXT),
    "loggers": checks.Rule(
        lambda x: isinstance(x, list | tuple) and set(x) <= set(LOGGERS),
        f"a list of names among {LOGGERS}",
    ),
    "strategy": checks.one_of(DEVICES),
    "accumulate": checks.COUNT,
    "seed": checks.SEED,
    "out": checks.TEXT,
}

"""A run as a short Python script, for who wants to change more than values.

The script calls `kvideo.create_model`, `kvideo.data.video_dataset`, `compile`
and `fit`, and has the losses of `kvideo train` with the same run. What it does
not do: folders of runs, resumption, cards, `best.keras`.
"""

import dataclasses

from kvideo.data.crop import ClipCrop
from kvideo.trainers.first_weights import settled
from kvideo.trainers.fit import data_settings, run_spec
from kvideo.trainers.run_rate import keeps_rate

WIDTH = 80
POSITION = object()
# Module, name, first arguments.
_OPTIMIZERS = {
    "muon": ("kvideo.trainers.muon", "muon_for", ("network", "rate")),
    "adamw": ("kvideo.trainers", "AdamW", ("rate",)),
    "sgd": ("kvideo.trainers", "CoupledSGD", ("rate",)),
}


def script(config):
    """Returns the text of the script of a run.

    Args:
        config: A `RunConfig`, without `multigrid`, `accumulate` and
            `augment`. The script runs on one device.

    Raises:
        ValueError: A run with these, whose data sets and networks are more
            than a short script can hold.
    """
    if config.multigrid or config.accumulate > 1 or config.augment:
        raise ValueError(
            "A run of clips of many shapes, of batches in parts, or of "
            "augmented clips is no short script. Received: "
            f"multigrid={config.multigrid}, accumulate={config.accumulate}, "
            f"augment={config.augment}"
        )
    config, _ = settled(config)
    imports, body = _Imports(), []
    for part in (_data, _model, _optimizer, _fit):
        body += [*part(config, imports), ""]
    head = f'"""{config.model} on {config.data}, in plain Keras."""'
    return "\n".join([head, "", *imports.lines(), "", *body]).rstrip() + "\n"


class _Imports:
    """Remembers the names of kvideo that a script uses."""

    def __init__(self):
        self._names = {}

    def __call__(self, module, name):
        self._names.setdefault(module, set()).add(name)
        return name

    def lines(self):
        rows = [
            f"from {module} import {', '.join(sorted(names))}"
            for module, names in sorted(self._names.items())
        ]
        return ["import keras", "", "import kvideo", *rows]


def _data(config, imports):
    imports("kvideo.data", "video_dataset")
    imports("kvideo.data", "open_listing")
    spec = run_spec(config)
    own = data_settings(config)
    fields = {
        "batch_size": config.batch_size,
        "clip_spec": "clip_spec",
        **{name: repr(value) for name, value in own.items()},
    }
    if own["crop"] != ClipCrop():
        fields["crop"] = _record(
            own["crop"], imports("kvideo.data", "ClipCrop")
        )
    else:
        del fields["crop"]
    modality = [] if spec.modality == "rgb" else [repr(spec.modality)]
    listing = f"open_listing({', '.join([repr(config.data), *modality])})"
    lines = [
        f"keras.utils.set_random_seed({config.seed})",
        f"videos = {listing}",
    ]
    name = imports("kvideo.data", "ClipSpec")
    settings = _changed(spec.read_at(config.fps))
    if keeps_rate(spec, config):
        rates = imports("kvideo.data", "FrameRates")
        settings["frame_rate"] = f"{rates}.of(videos).usual"
    lines += _call(f"clip_spec = {name}", settings)
    lines += _call("settings = dict", fields)
    if config.validation_data is None and config.validation_split:
        options = {
            "validation_split": config.validation_split,
            "subset": '"both"',
            "**settings": POSITION,
        }
        first = {"videos": POSITION}
        return lines + _call("train, test = video_dataset", first | options)
    first = {"videos": POSITION, "**settings": POSITION}
    lines += _call("train = video_dataset", first)
    if config.validation_data is None:
        return [*lines, "test = None"]
    parts = [repr(config.validation_data), *modality]
    names = {"class_names": "train.class_names"}
    lines += _call(
        "listing = open_listing", dict.fromkeys(parts, POSITION) | names
    )
    return [*lines, "test = video_dataset(listing, shuffle=False, **settings)"]


def _model(config, imports):
    lines = []
    if config.precision != "float32":
        lines.append(f"keras.config.set_dtype_policy({config.precision!r})")
    lines += _call(
        "network = kvideo.create_model",
        {
            repr(config.model): POSITION,
            "classes": "len(train.class_names)",
            **{k: repr(v) for k, v in config.model_overrides.items()},
        },
    )
    if config.weights_from:
        path = repr(config.weights_from)
        lines.append(f"kvideo.load_backbone_weights(network, {path})")
    if config.batch_norm != "train":
        policy = imports("kvideo.trainers.batch_norm", "set_policy")
        lines.append(f"{policy}(network, {config.batch_norm!r})")
    return lines


def _optimizer(config, imports):
    settings = config.optimizer
    module, kind, first = _OPTIMIZERS[settings.name]
    patterns = imports("kvideo.trainers.groups", "patterns")
    fields = {
        **dict.fromkeys(first, POSITION),
        "groups": f"{patterns}(network, {settings.groups!r})",
        "weight_decay": settings.weight_decay,
        "global_clipnorm": settings.clip_norm,
    }
    if settings.name == "sgd":
        fields |= {
            "l2": settings.l2,
            "momentum": float(settings.momentum),
            "nesterov": settings.nesterov,
        }
    if settings.ema:
        fields |= {"use_ema": True, "ema_momentum": settings.ema}
    return [
        f"steps = -(-len(train.file_paths) // {config.batch_size})",
        *_rate(config, imports),
        *_call(f"optimizer = {imports(module, kind)}", fields),
    ]


def _rate(config, imports):
    """What `schedules.make_schedule` does, in the numbers of this run."""
    rate, schedule = config.optimizer.learning_rate, config.schedule
    if schedule.kind == "plateau":
        return [f"rate = {rate}"]
    kinds = "keras.optimizers.schedules"
    warmup = schedule.warmup_steps or f"round({schedule.warmup_epochs} * steps)"
    lines = [
        f"total = {config.epochs} * steps",
        f"warmup = min({warmup}, total)",
    ]
    if schedule.kind == "cosine":
        left = "max(total - warmup, 1)"
        lines.append(f"rate = {kinds}.CosineDecay({rate}, {left})")
    elif schedule.kind == "restarts":
        fields = {
            str(rate): POSITION,
            f"max(round({schedule.period} * steps), 1)": POSITION,
            "t_mul": schedule.period_factor,
            "alpha": schedule.floor,
        }
        lines += _call(f"rate = {kinds}.CosineDecayRestarts", fields)
    else:
        decay = imports("kvideo.trainers", "StepDecay")
        lines += [
            f"falls = [n * steps - warmup for n in {schedule.milestones}]",
            f"rate = {decay}({rate}, falls, {schedule.factor})",
        ]
    if schedule.warmup_steps or schedule.warmup_epochs:
        rise = imports("kvideo.trainers", "Warmup")
        lines += [
            "if warmup:",
            f"    rate = {rise}(rate, warmup, {schedule.warmup_start})",
        ]
    return lines


def _fit(config, imports):
    loss = "keras.losses.SparseCategoricalCrossentropy()"
    if config.label_smoothing:
        share = f"label_smoothing={config.label_smoothing}"
        loss = f"keras.losses.CategoricalCrossentropy({share})"
    lines = ["model = network"]
    if config.joint:
        joint = imports("kvideo.trainers", "JointTraining")
        fields = {
            "network": POSITION,
            repr(config.joint): POSITION,
            "total_steps": f"{config.epochs} * steps",
            **{k: repr(v) for k, v in config.joint_options.items()},
        }
        lines = _call(f"model = {joint}", fields)
    lines += [
        *_call(
            "model.compile",
            {"optimizer": POSITION, loss: POSITION, "metrics": '["accuracy"]'},
        ),
        *_call(
            "history = model.fit",
            {
                "train": POSITION,
                "validation_data": "test",
                "epochs": config.epochs,
                **_class_weight(config, imports),
                "callbacks": _callbacks(config, imports),
                "shuffle": False,
            },
        ),
    ]
    if config.precise_batch_norm:
        measure = imports("kvideo.trainers", "precise_batch_norm")
        lines.append(f"{measure}(network, train, {config.precise_batch_norm})")
    return [*lines, 'network.save("model.keras")']


def _class_weight(config, imports):
    if config.class_weight is None:
        return {}
    weights = imports("kvideo.trainers.class_weight", "weights_of")
    classes = "train.class_names, train.labels"
    return {"class_weight": f"{weights}({config.class_weight!r}, {classes})"}


def _callbacks(config, imports):
    found = ["keras.callbacks.TerminateOnNaN()"]
    if config.schedule.kind == "plateau":
        plateau = imports("kvideo.trainers.schedules", "Plateau")
        name = imports("kvideo.trainers", "ScheduleConfig")
        schedule = _record(config.schedule, name)
        found.append(f"{plateau}({config.optimizer.learning_rate}, {schedule})")
    if config.optimizer.ema:
        found.append("keras.callbacks.SwapEMAWeights()")
    return f"[{', '.join(found)}]"


def _record(value, name):
    """A dataclass as a call."""
    parts = [f"{field}={text}" for field, text in _changed(value).items()]
    return f"{name}({', '.join(parts)})"


def _changed(value):
    """The fields of a dataclass that are not the defaults, as Python text."""
    return {
        field.name: repr(getattr(value, field.name))
        for field in dataclasses.fields(value)
        if getattr(value, field.name) != field.default
    }


def _call(name, fields):
    """`name(a, b=c)`, on one line or on several.

    Args:
        name: What is called.
        fields: Argument -> value; where the value is `POSITION`, the key is
            all there is.
    """
    parts = [k if v is POSITION else f"{k}={v}" for k, v in fields.items()]
    line = f"{name}({', '.join(parts)})"
    if len(line) < WIDTH:
        return [line]
    return [f"{name}(", *(f"    {part}," for part in parts), ")"]

"""A run: a configuration goes in, a trained network and its files come out."""

import contextlib
import dataclasses
import os
from functools import partial
from pathlib import Path

import keras
import numpy as np

import kvideo
from kvideo.applications import own_networks
from kvideo.applications.imagenet import without_weights
from kvideo.causes import python_errors
from kvideo.data import (
    ClipSpec,
    VideoPyDataset,
    open_listing,
    video_dataset,
)
from kvideo.export.card import Card, card_path
from kvideo.trainers import (
    class_weight,
    first_weights,
    own_network,
    run_folder,
    strategy,
    workers,
)
from kvideo.trainers.accumulation import GradientAccumulation
from kvideo.trainers.augment import Augment, mixes
from kvideo.trainers.batch_norm import precise_batch_norm, set_policy
from kvideo.trainers.config import RunConfig
from kvideo.trainers.data_meter import DataMeter
from kvideo.trainers.files import replacing
from kvideo.trainers.loggers import make_loggers
from kvideo.trainers.multigrid import (
    Multigrid,
    PhaseLog,
    phase_spec,
    regrid,
)
from kvideo.trainers.multigrid_cycles import multigrid_schedule
from kvideo.trainers.nan_watch import NanWatch
from kvideo.trainers.optimizers import make_optimizer
from kvideo.trainers.precision import precision
from kvideo.trainers.progress import ProgressBar, Speed
from kvideo.trainers.provenance import Provenance
from kvideo.trainers.run_rate import timed_spec
from kvideo.trainers.schedules import Plateau
from kvideo.trainers.snapshot import Snapshot


@dataclasses.dataclass(frozen=True)
class TrainingResult:
    """What `train` returns.

    Attributes:
        model: The `keras.Model` after the last epoch; compiled, unless
            another one trained it (`multigrid`, `joint`).
        history: One dictionary for each epoch: `epoch`, `learning_rate`,
            `loss`, `accuracy`, and with validation `val_loss`, `val_accuracy`;
            with `joint`, what `JointTraining` logs besides.
        card: The `kvideo.export.Card` of the network.
        out: The output folder, a `Path`; None on workers that write none,
            all but the first (`strategy="multi-worker"`).
    """

    model: keras.Model
    history: list
    card: Card
    out: Path | None


def train(
    config=None,
    resume=False,
    overwrite=False,
    callbacks=(),
    verbose="auto",
    **fields,
):
    """Trains a network on folders of videos.

    Example: `kvideo.train(model="bqn_nano", data="videos", epochs=12)`, or
    with a network of your own, `kvideo.train(model=model, data="videos")`.

    Writes into `config.out`: `config.yaml`, `history.csv`, `model.keras`
    (after the last epoch), `best.keras` (best validation accuracy, or lowest
    loss without validation), a card beside each, `snapshot.npz`, from which
    an interrupted run goes on, and `run.card.json`, which is there from the
    beginning: the configuration, versions, class names, and a fingerprint of
    the videos.

    Args:
        config: A `RunConfig`; None: `fields` are all of it.
        resume: Go on after the last finished epoch of the run in
            `config.out`. The losses are those of a run that was never
            interrupted. Begins at the first epoch when none is finished.
        overwrite: Replace a run that is in `config.out`.
        callbacks: More `keras.callbacks.Callback`s, called before the
            snapshot of an epoch is written.
        verbose: As `keras.Model.fit`; `"auto"` shows a bar of our own, with
            clips per second and the share of time spent on waiting for data.
        **fields: Fields of a `RunConfig`, in place of those of `config`.
            `model` may also be a `keras.Model` that ends in probabilities,
            which goes on from its weights, or a function that takes `classes`
            and returns one.

    Returns:
        A `TrainingResult`.

    Raises:
        LockedError: Another process trains in the output folder.
        ValueError: An output folder that cannot be written or holds a run
            already, a resumption with another configuration or other videos,
            an unknown network or protocol, a folder of one class, a loss that
            is not finite (see `NanWatch`), a batch that the devices cannot
            share.
        FileNotFoundError: No such video folder, or no video in it.
        OSError: A file cannot be written; the last good one stays.
        WorkerLostError: Another worker of a `"multi-worker"` run has ended.
    """
    config, said = first_weights.settled(_config(config, fields))
    # Networks of one's own are built for it: before the seed is set.
    kvideo.model_info(config.model)
    first = workers.place(config)[0] == 0
    _say(first and verbose, said)
    _say(first and verbose, strategy.left_out(config))
    holding = contextlib.nullcontext()
    if first:
        holding = run_folder.held(Path(config.out), config, resume, overwrite)
    own_folder = workers.folder(config, run_folder.SNAPSHOT)
    with (
        holding,
        python_errors(),
        workers.together(config),
        strategy.scope(config),
        own_folder as own,
    ):
        result = _train(own, callbacks, verbose if first else 0)
    return result if first else dataclasses.replace(result, out=None)


def _config(config, fields):
    """The `RunConfig` of the arguments of `train`."""
    fields = {
        name: str(value) if isinstance(value, os.PathLike) else value
        for name, value in fields.items()
    }
    if "model" in fields:
        fields["model"] = own_networks.name_of(fields["model"])
    if config is None:
        return RunConfig.from_dict(fields)
    return dataclasses.replace(config, **fields)


def _train(config, callbacks, verbose):
    out = Path(config.out)
    meter = DataMeter()
    speed = Speed(meter, config.batch_size)
    followers = [speed, *make_loggers(config, speed)]
    if verbose == "auto":
        followers.append(ProgressBar(speed))
    keras.utils.set_random_seed(config.seed)
    snapshot = Snapshot(out / run_folder.SNAPSHOT, out / run_folder.HISTORY)
    training, validation = datasets(
        config, initial_epoch=len(snapshot.rows), verbose=bool(verbose)
    )
    classes = config.class_weight, training.class_names, training.labels
    weights = class_weight.weights_of(*classes)
    _say(verbose, class_weight.advice(*classes))
    cards = Provenance(config, training.clip_spec, training, validation)
    with precision(config.precision):
        model = _compiled_model(config, training, not snapshot.rows, verbose)
    cards.keep(out, resumed=bool(snapshot.rows))
    if snapshot.rows:
        snapshot.restore(model)
    with replacing(out / run_folder.CONFIG) as path:
        config.save(path)
    monitor = "loss" if validation is None else "val_accuracy"
    averages = _averages(config)
    augment = _augment(config)
    keep_best = run_folder.keep_best(
        out, monitor, snapshot.rows, averages, cards
    )
    for part, start, end, loggers in _parts(
        config, training, len(snapshot.rows), bool(verbose)
    ):
        model.fit(
            meter.watch(augment.over(part)),
            validation_data=validation,
            epochs=end,
            initial_epoch=start,
            class_weight=weights,
            callbacks=[
                _order(part),
                augment,
                _nan_watch(config, part),
                *loggers,
                *_plateau(config, snapshot.rows),
                *averages,
                keep_best,
                *followers,
                *callbacks,
                snapshot,
            ],
            # The data set has an order of its own.
            shuffle=False,
            verbose=0 if verbose == "auto" else verbose,
        )
    if averages:
        # `fit` does it too, but a run that was finished before had no `fit`.
        model.optimizer.finalize_variable_values(model.trainable_variables)
    row = dict(snapshot.rows[-1])
    if config.precise_batch_norm:
        row |= _measure_statistics(model, config, training, validation)
    card = cards.card(row)
    card.save(card_path(out / run_folder.FINAL))
    run_folder.save_network(model, out / run_folder.FINAL)
    network = getattr(model, "network", model)
    return TrainingResult(network, snapshot.rows, card, out)


def _say(verbose, sentence):
    if verbose and sentence:
        print(sentence)


def datasets(config, initial_epoch=0, verbose=True):
    """Returns the training and the validation data set of a run.

    Args:
        config: A `RunConfig`.
        initial_epoch: Epochs that are done: their orders and augmentations
            are passed over.
        verbose: Whether to print what was found.

    Returns:
        A pair of `tf.data.Dataset`s; the second is None when the
        configuration asks for no validation. Of several workers each gets its
        share, see `strategy.full_batches`.
    """
    size, full = config.batch_size, _full(config)
    number, count = workers.place(config)
    listing, validation = _listing(config, config.data), None
    settings = data_settings(config) | {
        "batch_size": None if full else size,
        "clip_spec": timed_spec(
            run_spec(config), config, listing, initial_epoch > 0, verbose
        ),
        "share": (number, count),
        "verbose": verbose,
    }
    if _splits(config):
        training, validation = video_dataset(
            listing,
            validation_split=config.validation_split,
            subset="both",
            initial_epoch=initial_epoch,
            **settings,
        )
    else:
        training = video_dataset(
            listing, initial_epoch=initial_epoch, **settings
        )
    if config.validation_data is not None:
        validation = video_dataset(
            _listing(config, config.validation_data, training.class_names),
            shuffle=False,
            **settings,
        )
    if full:
        training = strategy.full_batches(
            training, size, number_of_workers=count
        )
    if full and validation is not None:
        strategy.check_last_batch(len(validation.file_paths), size)
        validation = strategy.full_batches(validation, size, False, count)
    return training, validation


def _splits(config):
    return config.validation_data is None and config.validation_split


def _full(config):
    """Whether batches of a smaller size are left out of the training."""
    return strategy.replicas() * config.accumulate > 1


def _steps(config, videos):
    """Steps in an epoch."""
    if _full(config):
        return videos // config.batch_size
    return -(-videos // config.batch_size)


def _listing(config, text, class_names=None):
    """The videos that a text names, with one label each."""
    listing = open_listing(text, run_spec(config).modality, class_names)
    names = listing.class_names
    if not isinstance(names, list) or len(names) < 2:
        raise ValueError(
            "A run needs videos of at least 2 classes, with one label each "
            "(for a folder: one subfolder for each class). Received: "
            f"class_names={names} in {text!r}"
        )
    return listing


def run_spec(config):
    """The `ClipSpec` of a run: its network's, as far as it says no other."""
    spec = clip_spec(config.model, config.model_overrides)
    return dataclasses.replace(
        spec,
        sampler=config.sampler or spec.sampler,
        frame_stride=config.frame_stride or spec.frame_stride,
    )


def data_settings(config):
    """Arguments of `video_dataset` that both data sets of a run have."""
    return {
        "horizontal_flip": config.horizontal_flip,
        "crop": config.crop,
        "stride_jitter": config.stride_jitter,
        "cache_dir": config.cache_dir,
        "seed": config.seed,
        "label_mode": "categorical" if _soft_labels(config) else "int",
    }


def _soft_labels(config):
    """Whether a label is a number for each class."""
    return bool(config.label_smoothing) or mixes(config.augment)


def _augment(config):
    if config.augment and strategy.replicas() > 1:
        raise ValueError(
            "`augment` works on one device: give strategy='none'. Received: "
            f"augment={config.augment}, {strategy.replicas()} devices"
        )
    return Augment(config.augment, config.seed)


def _phases(config):
    """The phases of a multigrid run; none of any other."""
    if not config.multigrid:
        return ()
    shape = config.model_overrides.get("input_shape")
    shape = shape or kvideo.model_info(config.model).input_shape
    return multigrid_schedule(shape, config.epochs, config.multigrid)


def _parts(config, training, done, verbose):
    """What is left of a run: (data set, first epoch, end, callbacks)."""
    if not config.multigrid:
        yield training, done, config.epochs, []
    for phase in _phases(config):
        if phase.end > done:
            start = max(phase.start, done)
            data = _phase_dataset(config, training.clip_spec, phase, start)
            log = PhaseLog(phase, config.batch_size, verbose)
            yield data, start, phase.end, [log]


def _phase_dataset(config, spec, phase, start):
    """The same videos as `datasets` trains with, in the phase's shapes."""
    clips = video_dataset(
        batch_size=None,
        clip_spec=phase_spec(spec, phase),
        initial_epoch=start,
        **_training_alone(config),
    )
    return regrid(clips, phase, config.batch_size, len(clips.file_paths))


def _training_alone(config):
    """Arguments of a data set of the training videos."""
    split = {}
    if _splits(config):
        split = {
            "validation_split": config.validation_split,
            "subset": "training",
        }
    return {
        "listing": _listing(config, config.data),
        "verbose": False,
        **split,
        **data_settings(config),
    }


def _order(part):
    """The callback that gives each epoch its order.

    Under a strategy Keras takes a batch before the first epoch, so that
    counting passes would be wrong.
    """
    set_epoch = getattr(part, "set_epoch", lambda epoch: None)
    return keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: set_epoch(epoch)
    )


def _nan_watch(config, part):
    """Multigrid steps have clips of several sizes: they are only counted."""
    if config.multigrid:
        return NanWatch()
    if config.strategy == workers.NAME:
        # The step is of all workers, and the clips of one are here.
        return NanWatch(part.batch_paths)
    return NanWatch(
        part.batch_paths, partial(_clips_again, config, part.clip_spec)
    )


def _clips_again(config, spec, epoch, step, paths):
    """The clips of a training batch, read once more: (B, T, H, W, C)."""
    single = VideoPyDataset(
        batch_size=1,
        clip_spec=spec,
        initial_epoch=epoch,
        **_training_alone(config),
    )
    clips, place = [], step * config.batch_size
    for path in paths:
        # Files that cannot be read were left out.
        while single.batch_paths(epoch, place) != [path]:
            place += 1
        clips.append(single[place][0][0])
        place += 1
    return np.stack(clips)


def clip_spec(name, overrides=None):
    """Returns the `ClipSpec` of the clips that a registry network takes.

    Args:
        name: Registry name.
        overrides: Arguments for `kvideo.create_model`, of which
            `input_shape` and `frames_per_segment` count here.
    """
    info, overrides = kvideo.model_info(name), overrides or {}
    shape = overrides.get("input_shape") or info.input_shape
    segment = overrides.get("frames_per_segment") or info.frames_per_segment
    return ClipSpec(
        num_frames=shape[0],
        frame_size=tuple(shape[1:3]),
        sampler=info.sampler,
        frames_per_segment=segment,
        frame_stride=info.frame_stride,
        modality="flow" if shape[-1] == 2 else "rgb",
    )


def _plateau(config, rows):
    """The callback of that schedule, or of any other none."""
    if config.schedule.kind != "plateau":
        return []
    rate = config.optimizer.learning_rate
    return [Plateau(rate, config.schedule, rows)]


def _averages(config):
    """Callbacks with which averages of the weights are validated."""
    return [keras.callbacks.SwapEMAWeights()] if config.optimizer.ema else []


def _measure_statistics(model, config, training, validation):
    """Precise batch normalisation, and what the validation gives with it."""
    training.set_epoch(config.epochs)
    precise_batch_norm(
        getattr(model, "network", model), training, config.precise_batch_norm
    )
    if validation is None:
        return {}
    measured = model.evaluate(validation, verbose=0, return_dict=True)
    return {f"val_{name}": value for name, value in measured.items()}


def _compiled_model(config, training, new, verbose):
    """What learns, with its first weights if the run is `new`."""
    build = partial(
        kvideo.create_model,
        config.model,
        classes=len(training.class_names),
        **config.model_overrides,
    )
    model = network = build()
    own_network.check_fits(network, config, training.class_names)
    if new and config.weights_from:
        left = kvideo.load_backbone_weights(network, config.weights_from)
        _say(verbose, first_weights.taken(network, left))
    set_policy(network, config.batch_norm)
    if config.multigrid:
        options = config.model_overrides
        if "weights" in options:
            build = partial(build, **without_weights(options))
        model = Multigrid(model, build)
    if config.joint:
        model = _joint(model, config, len(training.file_paths))
    if config.accumulate > 1:
        model = GradientAccumulation(model, config.accumulate)
    model.compile(
        optimizer=_optimizer(config, network, len(training.file_paths)),
        loss=_loss(config),
        metrics=["accuracy"],
        # XLA and MirroredStrategy do not go together (TensorFlow 2.21).
        jit_compile=False if strategy.replicas() > 1 else "auto",
    )
    if strategy.replicas() > 1 and keras.backend.backend() == "tensorflow":
        strategy.skip_empty_shares(model)
    if config.strategy == workers.NAME:
        workers.make_steps(model)
    return model


def _joint(model, config, videos):
    # Needs TensorFlow; all else here runs on any backend.
    from kvideo.trainers.joint_training import JointTraining

    return JointTraining(
        model,
        config.joint,
        total_steps=config.epochs * _steps(config, videos),
        **config.joint_options,
    )


def _optimizer(config, network, videos):
    if not config.multigrid:
        return make_optimizer(config, network, _steps(config, videos))
    total, factors = 0, []
    for phase in _phases(config):
        factors.append((total, phase.rate))
        steps = phase.steps(videos, config.batch_size)
        total += steps * (phase.end - phase.start)
    return make_optimizer(config, network, total / config.epochs, factors)


def _loss(config):
    if not _soft_labels(config):
        return keras.losses.SparseCategoricalCrossentropy()
    return keras.losses.CategoricalCrossentropy(
        label_smoothing=config.label_smoothing
    )

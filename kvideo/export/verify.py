"""Export, and keep only what says the same as the network."""

import collections
import dataclasses
from pathlib import Path

import numpy as np

from kvideo.export.checks import check_network
from kvideo.export.fresh_process import (
    ArtefactError,
    largest_difference,
    milliseconds,
    run_in_fresh_process,
)
from kvideo.export.preflight import require_convertible, target_of
from kvideo.export.serving.config import write_configs
from kvideo.export.serving.layout import version_path, write_version
from kvideo.export.staging import staged_artefact
from kvideo.files import make_parent
from kvideo.locks import folder_lock


@dataclasses.dataclass(frozen=True)
class Format:
    """One kind of artefact, and when it agrees with its network.

    Attributes:
        file_name: What it is called in the output folder.
        max_difference: Largest difference of a probability that is accepted.
        min_agreement: Least share of clips with the same first class.
        near: Another first class counts as the same where the network itself
            gives it at least this share of its highest probability: which of
            two equals is first says nothing.
    """

    file_name: str
    max_difference: float
    min_agreement: float = 1.0
    near: float = 0.95


FORMATS = {
    "saved_model": Format("saved_model", 1e-4),
    "serving": Format("serving", 1e-4),
    "tflite": Format("model.tflite", 1e-4),
    "onnx": Format("model.onnx", 1e-4),
    "tflite_float16": Format("model_float16.tflite", 2e-2),
    # docs/export.md has what led to these.
    "tflite_dynamic": Format("model_dynamic.tflite", 1.0, 0.85, near=0.5),
    "tflite_int8": Format("model_int8.tflite", 1.0, 0.85, near=0.5),
}


@dataclasses.dataclass(frozen=True)
class ExportResult:
    """One artefact, compared with the Keras network on the same clips.

    Attributes:
        format: A key of `FORMATS`.
        path: Where it is.
        size_bytes: Its size on disk.
        max_abs_difference: Largest difference of any probability.
        top1_agreement: Share of clips with the same most probable class.
        milliseconds: Median time for one clip, in the fresh process.
        keras_milliseconds: That of the Keras network, compiled.
        ops: Operation -> how often it occurs; empty for a SavedModel, whose
            graph TensorFlow rewrites when it loads it.
    """

    format: str
    path: Path
    size_bytes: int
    max_abs_difference: float
    top1_agreement: float
    milliseconds: float
    keras_milliseconds: float
    ops: dict


def export_all(
    model,
    card,
    out_dir,
    formats=("saved_model", "tflite"),
    clips=None,
    overwrite=False,
    calibration=None,
):
    """Exports a network, and keeps only artefacts that agree with it.

    Each artefact is written to a draft, loaded in a fresh process and compared
    with the network, and takes its place only then.

    Args:
        model: A built functional network that ends in probabilities.
        card: Its `kvideo.export.Card`.
        out_dir: Directory that gets `saved_model/`, `model.tflite`, ...
        formats: Which keys of `kvideo.export.verify.FORMATS`, in this order.
        clips: float32 (B, T, H, W, 3) in [0, 255] to compare on, best real
            ones. Defaults to two clips of noise.
        overwrite: Replace artefacts that exist.
        calibration: Clips for `"tflite_int8"`, see `export_tflite`.

    Returns:
        A list of `ExportResult`, one for each format.

    Raises:
        ArtefactError: An artefact fails in the fresh process, or differs
            from the network by more than its `Format` allows.
        FileExistsError: An artefact exists and `overwrite` is false.
        LockedError: Another process exports into the directory.
        ValueError: An unknown format, an unfit network or card, a layer that
            the format refuses, clips of another shape, an unwritable
            directory, or a network that itself returns NaN.
    """
    _check_formats(formats)
    check_network(model, card)
    for name in formats:
        require_convertible(model, target_of(name))
    make_parent(Path(out_dir) / FORMATS[formats[0]].file_name)
    # Artefacts of two networks must not become one collection.
    with folder_lock(out_dir):
        return _export_each(
            model, card, out_dir, formats, clips, overwrite, calibration
        )


def _export_each(model, card, out_dir, formats, clips, overwrite, calibration):
    clips = _noise(model) if clips is None else np.asarray(clips, "float32")
    reference = _reference(model, clips)
    keras_milliseconds = milliseconds(model.predict_on_batch, clips)
    results = []
    for name in formats:
        path = _path(name, out_dir, card)
        with staged_artefact(path, card, overwrite) as draft:
            _write(name, model, draft, card, calibration)
            found, own_milliseconds = run_in_fresh_process(clips, draft)
            difference, agreement = _compared(name, reference, found)
            result = ExportResult(
                format=name,
                path=path,
                size_bytes=_size(draft),
                max_abs_difference=difference,
                top1_agreement=agreement,
                milliseconds=own_milliseconds,
                keras_milliseconds=keras_milliseconds,
                ops=_ops(draft),
            )
        results.append(result)
        if name == "serving":
            write_configs(path.parents[1])
    return results


def _check_formats(formats):
    unknown = [name for name in formats if name not in FORMATS]
    if isinstance(formats, str) or not formats or unknown:
        raise ValueError(
            f"`formats` must be a list out of {sorted(FORMATS)}. "
            f"Received: formats={formats!r}"
        )


def _path(name, out_dir, card):
    """Where an artefact goes; a folder of models gets the next version."""
    path = Path(out_dir) / FORMATS[name].file_name
    return version_path(path, card) if name == "serving" else path


def _write(name, model, path, card, calibration):
    # Not at the top: each brings a converter along, and ONNX is an extra.
    if name == "saved_model":
        from kvideo.export.saved_model import write_saved_model

        write_saved_model(model, path, card)
    elif name == "serving":
        write_version(model, path, card)
    elif name == "onnx":
        from kvideo.export.onnx import write_onnx

        write_onnx(model, path, card)
    else:
        from kvideo.export.tflite import write_tflite

        form = name.removeprefix("tflite").strip("_") or "float32"
        write_tflite(model, path, card, form, calibration)


def _ops(path):
    if path.suffix == ".tflite":
        from kvideo.export.tflite import list_tflite_ops as list_ops
    elif path.suffix == ".onnx":
        from kvideo.export.onnx import list_onnx_ops as list_ops
    else:
        return {}
    return dict(collections.Counter(list_ops(path)).most_common())


def _noise(model):
    shape = (2, *model.input_shape[1:])
    return np.random.default_rng(0).uniform(0, 255, shape).astype("float32")


def _reference(model, clips):
    """Returns what the Keras network says; it must be numbers."""
    probabilities = model.predict(clips, batch_size=1, verbose=0)
    if not np.isfinite(probabilities).all():
        raise ValueError(
            "The network itself returns NaN or infinity for these clips, so "
            "no artefact can be compared with it. Did its training diverge?"
        )
    return probabilities


def _compared(name, reference, found):
    """(largest difference, top-1 agreement); raises when it disagrees."""
    limits = FORMATS[name]
    difference = largest_difference(reference, found)
    same = float(np.mean(reference.argmax(axis=1) == found.argmax(axis=1)))
    chosen = np.take_along_axis(reference, found.argmax(axis=1)[:, None], 1)
    close = chosen[:, 0] >= limits.near * reference.max(axis=1)
    # Written so that NaN counts as a disagreement.
    if not (
        difference <= limits.max_difference
        and close.mean() >= limits.min_agreement
    ):
        raise ArtefactError(
            f"The {name} artefact disagrees with the Keras network by "
            f"{difference:.2e} in a probability (at most "
            f"{limits.max_difference:.0e} is accepted) and was removed. The "
            f"most probable class agrees for {same:.0%} of {len(found)} clips, "
            f"and for {close.mean():.0%} with those that are nearly as "
            f"probable (at least {limits.min_agreement:.0%} is accepted)."
        )
    return difference, same


def _size(path):
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())

"""Does an artefact say what the network said? Asked in a fresh process.

A process that has built the network could hide what is missing from the file,
so the artefact is loaded by a new interpreter::

    python -m kvideo.export.verify ARTEFACT CLIPS.npy OUT.npy
"""

import dataclasses
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from kvideo.export.artefacts import load_artefact
from kvideo.export.staging import staged

TOLERANCE = 1e-4  # largest difference in probability that export_all accepts
_FILE_NAMES = {"saved_model": "saved_model", "tflite": "model.tflite"}


@dataclasses.dataclass(frozen=True)
class ExportResult:
    """One artefact, compared with the Keras network on the same clips.

    Attributes:
        format: `"saved_model"` or `"tflite"`.
        path: Where it is.
        size_bytes: Its size on disk.
        max_abs_difference: Largest difference of any probability.
        top1_agreement: Share of clips with the same most probable class.
    """

    format: str
    path: Path
    size_bytes: int
    max_abs_difference: float
    top1_agreement: float


def predict_in_fresh_process(clips, artefact_path):
    """Returns the artefact's probabilities from a new Python interpreter.

    Args:
        clips: float32 (B, T, H, W, 3) in [0, 255], or the path of an `.npy`
            file that holds them.
        artefact_path: Anything that `load_artefact` takes.

    Raises:
        RuntimeError: The process failed; the message ends with its last lines.
    """
    with tempfile.TemporaryDirectory() as folder:
        if not isinstance(clips, str | Path):
            np.save(Path(folder) / "clips.npy", np.asarray(clips, "float32"))
            clips = Path(folder) / "clips.npy"
        out = Path(folder) / "probabilities.npy"
        command = ["-m", "kvideo.export.verify", artefact_path, clips, out]
        done = subprocess.run(
            [sys.executable, *map(str, command)],
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode:
            tail = "\n".join(done.stderr.splitlines()[-5:])
            raise RuntimeError(
                f"'{artefact_path}' does not work in a fresh process "
                f"(exit status {done.returncode}):\n{tail}"
            )
        return np.load(out)


def compare_in_fresh_process(reference_probabilities, clips, artefact_path):
    """Returns the largest absolute difference in probability.

    Args:
        reference_probabilities: (B, classes), what the Keras network says.
        clips: As in `predict_in_fresh_process`.
        artefact_path: Anything that `load_artefact` takes.

    Raises:
        RuntimeError: The process failed.
        ValueError: The artefact has another number of classes.
    """
    found = predict_in_fresh_process(clips, artefact_path)
    return _largest_difference(np.asarray(reference_probabilities), found)


def export_all(
    model,
    card,
    out_dir,
    formats=("saved_model", "tflite"),
    clips=None,
    overwrite=False,
):
    """Exports a network, and keeps only artefacts that agree with it.

    Each artefact is written to a draft, loaded in a fresh process and compared
    with the network, and takes its place only then.

    Args:
        model: A built functional network that ends in probabilities.
        card: Its `kvideo.export.Card`.
        out_dir: Directory that gets `saved_model/` and `model.tflite`.
        formats: Which of `"saved_model"` and `"tflite"`, in this order.
        clips: float32 (B, T, H, W, 3) in [0, 255] to compare on, best real
            ones. Defaults to two clips of noise.
        overwrite: Replace artefacts that exist.

    Returns:
        A list of `ExportResult`, one for each format.

    Raises:
        FileExistsError: An artefact exists and `overwrite` is false.
        RuntimeError: An artefact fails in the fresh process, or differs from
            the network by more than 1e-4 in a probability.
        ValueError: An unknown format, an unfit network or card, clips of
            another shape, an unwritable directory, or a network that
            itself returns NaN.
    """
    _check_formats(formats)
    clips = _noise(model) if clips is None else np.asarray(clips, "float32")
    reference = _reference(model, clips)
    results = []
    for name in formats:
        path = Path(out_dir) / _FILE_NAMES[name]
        with staged(path, overwrite) as draft:
            _exporter(name)(model, draft, card)
            result = _verified(name, draft, clips, reference)
        results.append(dataclasses.replace(result, path=path))
    return results


def _check_formats(formats):
    unknown = [name for name in formats if name not in _FILE_NAMES]
    if isinstance(formats, str) or not formats or unknown:
        raise ValueError(
            f"`formats` must be a list out of {sorted(_FILE_NAMES)}. "
            f"Received: formats={formats!r}"
        )


def _exporter(name):
    # Not at the top of the file: the fresh process must stay without them.
    if name == "saved_model":
        from kvideo.export.saved_model import export_saved_model

        return export_saved_model
    from kvideo.export.tflite import export_tflite

    return export_tflite


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


def _verified(name, draft, clips, reference):
    """Returns the result of a draft; raises when it disagrees."""
    found = predict_in_fresh_process(clips, draft)
    difference = _largest_difference(reference, found)
    same = np.mean(reference.argmax(axis=1) == found.argmax(axis=1))
    # Written so that NaN counts as a disagreement.
    if not difference <= TOLERANCE:
        raise RuntimeError(
            f"The {name} artefact disagrees with the Keras network by "
            f"{difference:.2e} in a probability (at most {TOLERANCE:.0e} is "
            "accepted) and was removed. The most probable class agrees for "
            f"{same:.0%} of {len(clips)} clips."
        )
    return ExportResult(name, draft, _size(draft), difference, float(same))


def _largest_difference(reference, found):
    if reference.shape != found.shape:
        raise ValueError(
            f"The network returned probabilities of shape {reference.shape}, "
            f"the artefact of shape {found.shape}."
        )
    return float(np.abs(reference - found).max())


def _size(path):
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def main(artefact_path, clips_path, out_path):
    """Predicts the clips of an `.npy` file and writes the probabilities."""
    artefact = load_artefact(artefact_path)
    np.save(out_path, artefact.predict(np.load(clips_path)))


if __name__ == "__main__":
    main(*sys.argv[1:])

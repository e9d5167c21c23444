"""Any exported network behind one `predict`."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kvideo.export.card import FILE_KINDS, Card
from kvideo.export.checksums import check_files
from kvideo.export.loaders import LOADERS, file_named
from kvideo.export.metadata import read_card
from kvideo.export.scores import checked_scores


@dataclasses.dataclass(frozen=True)
class Artefact:
    """A network loaded from disk, ready to predict. See `load_artefact`.

    Attributes:
        kind: `"keras"`, `"saved_model"`, `"tflite"` or `"onnx"`.
        path: The file or directory that was loaded.
        clip_shape: `(T, H, W, 3)`, the shape of one clip.
        batch_size: Clips that `run` takes at once.
        run: float32 clips (B, T, H, W, 3) -> (B, classes).
        card: Its `kvideo.export.Card`, or `None` when it has none (a `.keras`
            file that a plain `model.save` wrote).
    """

    kind: str
    path: Path
    clip_shape: tuple
    batch_size: int
    run: Callable
    card: Card | None

    def predict(self, clips):
        """Returns the probabilities of clips, float32 (B, classes).

        Args:
            clips: (B, T, H, W, 3) in [0, 255], any B of one or more.

        Raises:
            ValueError: Clips of another shape, values that are not finite,
                or a network that answers with NaN or other classes than
                its card has.
        """
        clips = self._checked(clips)
        starts = range(0, len(clips), self.batch_size)
        parts = [self.run(clips[i : i + self.batch_size]) for i in starts]
        return checked_scores(np.concatenate(parts), self.path, self.card)

    def _checked(self, clips):
        try:
            clips = np.asarray(clips, "float32")
        except (TypeError, ValueError) as error:
            raise ValueError(
                "Clips must be numbers, and all of one shape "
                f"{self.clip_shape}: {error}"
            ) from error
        if clips.shape[1:] != self.clip_shape or not len(clips):
            wanted = ("B", *self.clip_shape)
            raise ValueError(
                f"'{self.path}' takes clips of shape "
                f"({', '.join(map(str, wanted))}), B of one or more. "
                f"Received: clips.shape={clips.shape}"
            )
        if not np.isfinite(clips).all():
            raise ValueError(
                "Clips must hold finite numbers in [0, 255]. Received: "
                f"{np.count_nonzero(~np.isfinite(clips))} values that are NaN "
                "or infinite"
            )
        return clips


def load_artefact(path, num_threads=None):
    """Loads an exported network.

    Args:
        path: A `.keras`, `.tflite` or `.onnx` file, a SavedModel directory,
            or a run directory (its `model.keras` is loaded).
        num_threads: Threads of a `.tflite` or `.onnx` file. Defaults to as
            many as there are cores. TensorFlow's own are set for the whole
            process, with `TF_NUM_INTRAOP_THREADS`.

    Returns:
        An `Artefact`.

    Raises:
        FileNotFoundError: Nothing is there.
        ImportError: An `.onnx` file without the extra `kvideo[onnx]`.
        ValueError: It is no artefact, is damaged, or its card cannot be read.
    """
    kind, path = _kind_and_path(Path(path))
    card = read_card(path)
    if card is not None:
        check_files(path, card)
    threads = num_threads or os.cpu_count()
    with file_named(path):
        clip_shape, batch_size, run = LOADERS[kind](path, threads)
    return Artefact(kind, path, tuple(clip_shape), batch_size, run, card)


def predict_video(artefact, video_path, top=3):
    """Predicts one video file, prepared as the artefact's card says.

    Args:
        artefact: What `load_artefact` returned.
        video_path: A video file.
        top: How many classes to return.

    Returns:
        A list of `(class_name, probability)`, the most probable first.
    """
    if artefact.card is None:
        raise ValueError(
            f"'{artefact.path}' has no card, so nothing says how to make its "
            "clips and what its classes are called. Write one with "
            "`Card(...).save(kvideo.export.card_path(path))`."
        )
    from kvideo.data import ClipSpec, decode_predictions, load_clip

    spec = ClipSpec.from_dict(artefact.card.clip_spec)
    clip = load_clip(video_path, spec)
    probabilities = artefact.predict(np.asarray(clip)[None])
    return decode_predictions(probabilities, top, artefact.card)[0]


def _kind_and_path(path):
    if not path.exists():
        raise FileNotFoundError(
            f"Nothing is at '{path}'. Pass a .keras, .tflite or .onnx file, "
            "a SavedModel directory or a run directory."
        )
    if path.is_file() and path.suffix in FILE_KINDS:
        return path.suffix[1:], path
    if (path / "saved_model.pb").is_file():
        return "saved_model", path
    if (path / "model.keras").is_file():
        return "keras", path / "model.keras"
    raise ValueError(
        f"'{path}' is no artefact. Expected a .keras, .tflite or .onnx file, "
        "a directory with a saved_model.pb, or a run directory with a "
        "model.keras."
    )

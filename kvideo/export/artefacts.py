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
from kvideo.export.prediction import is_path, predict_file
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
        card: Its `kvideo.export.Card`. A Keras file that a plain
            `model.save` wrote has one of what is known
            (`kvideo.export.default_card`); of other files without one it is
            None.
    """

    kind: str
    path: Path
    clip_shape: tuple
    batch_size: int
    run: Callable
    card: Card | None

    def predict(self, clips, top=3, fps=None):
        """Returns the probabilities of clips, or names the action in videos.

        Args:
            clips: (B, T, H, W, 3) in [0, 255], any B of one or more; or the
                path of a video, or a list of paths.
            top: Of a video: how many classes to name.
            fps: Of a video: frames a second that it is read at, by time; 0:
                its frames as they are; None: as the card says, by time where
                its rate is not that of the training videos.

        Returns:
            Of clips: float32 (B, classes). Of a video: a `Prediction`; of a
            list: a list of them.

        Raises:
            ValueError: Clips of another shape, values that are not finite,
                a network that answers with NaN or other classes than its
                card has, a video that cannot be read, or one to predict
                where no card says how.
        """
        if is_path(clips):
            if isinstance(clips, list | tuple):
                return [predict_file(self, path, top, fps) for path in clips]
            return predict_file(self, clips, top, fps)
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
    """Loads a trained or exported network, ready to predict.

    `kvideo.load("runs/motion").predict("video.mp4", top=3)` names the action.

    Args:
        path: A `.keras`, `.h5`, `.tflite` or `.onnx` file, a SavedModel
            directory, or a run directory (its `model.keras` is loaded).
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
        clip_shape, batch_size, run, known = LOADERS[kind](path, threads)
    card = card or known
    return Artefact(kind, path, tuple(clip_shape), batch_size, run, card)


load = load_artefact  # of `kvideo`, where it needs no second word


def predict_video(artefact, video_path, top=3, fps=None):
    """Predicts one video file, prepared as the artefact's card says.

    Args:
        artefact: What `load_artefact` returned.
        video_path: A video file.
        top: How many classes to return.
        fps: See `Artefact.predict`.

    Returns:
        A list of `(class_name, probability)`, the most probable first.
    """
    return list(predict_file(artefact, video_path, top, fps))


def _kind_and_path(path):
    if not path.exists():
        raise FileNotFoundError(
            f"Nothing is at '{path}'. Pass a .keras, .h5, .tflite or .onnx "
            "file, a SavedModel directory or a run directory."
        )
    if path.is_file() and path.suffix in FILE_KINDS:
        return FILE_KINDS[path.suffix], path
    if (path / "saved_model.pb").is_file():
        return "saved_model", path
    if (path / "model.keras").is_file():
        return "keras", path / "model.keras"
    raise ValueError(
        f"'{path}' is no artefact. Expected a .keras, .h5, .tflite or .onnx "
        "file, a directory with a saved_model.pb, or a run directory with a "
        "model.keras."
    )

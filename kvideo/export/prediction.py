"""What a network says of video files."""

import dataclasses
import os

import numpy as np


@dataclasses.dataclass(frozen=True)
class Prediction:
    """The most probable classes of one video.

    It is a sequence of pairs (class name, probability), the most probable
    first, and prints as a line for each.

    Attributes:
        path: The video.
        classes: Those pairs.
        times: Seconds after the first frame at which the frames stand that
            the network saw, in their order; None of files without times.
    """

    path: str
    classes: tuple
    times: tuple | None

    def __len__(self):
        return len(self.classes)

    def __iter__(self):
        return iter(self.classes)

    def __getitem__(self, index):
        return self.classes[index]

    def __str__(self):
        lines = [f"{p:6.1%}  {name}" for name, p in self.classes]
        span = ""
        if self.times:
            span = f", {min(self.times):.2f} to {max(self.times):.2f} s"
        return "\n".join([f"{self.path}{span}", *lines])


def is_path(value):
    """Whether it names a video, or a list of them."""
    if isinstance(value, list | tuple):
        return bool(value) and all(map(is_path, value))
    return isinstance(value, str | os.PathLike)


def predict_file(artefact, path, top, fps=None):
    """The `Prediction` of a video file, prepared as the card says."""
    if artefact.card is None:
        raise ValueError(
            f"'{artefact.path}' has no card, so nothing says how to make its "
            "clips and what its classes are called. Write one with "
            "`Card(...).save(kvideo.export.card_path(path))`."
        )
    from kvideo.data import ClipSpec, decode_predictions, load_clip

    spec = ClipSpec.from_dict(artefact.card.clip_spec).read_at(fps)
    files = _Remembering(spec.modality)
    clip = load_clip(path, spec, files=files)
    scores = artefact.predict(np.asarray(clip)[None])
    classes = decode_predictions(scores, top, artefact.card)[0]
    return Prediction(str(path), tuple(classes), files.times(path))


class _Remembering:
    """Reads files as the modality does, and knows which frames it gave."""

    def __init__(self, modality):
        from kvideo.data.modality import MODALITIES

        self._files, self._numbers = MODALITIES[modality].files, ()

    def __getattr__(self, name):
        return getattr(self._files, name)

    def read_frames(self, path, numbers):
        self._numbers = np.asarray(numbers)
        return self._files.read_frames(path, numbers)

    def times(self, path):
        if not hasattr(self._files, "frame_times"):
            return None
        return tuple(self._files.frame_times(path)[self._numbers].tolist())

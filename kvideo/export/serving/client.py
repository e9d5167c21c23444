"""A client that sends the frames of a video, not a tensor.

The card says which frames make a clip; they travel as JPEG images, and the
server cuts, resizes and normalises them. As float32 numbers, 8 frames of
224 x 224 pixels alone are 5 MB. Needs no TensorFlow over REST.
"""

import io
from pathlib import Path

import numpy as np

from kvideo.data import ClipSpec
from kvideo.data.jpeg_file import pillow
from kvideo.data.predictions import decode_predictions
from kvideo.data.views import read_clips
from kvideo.export.card import Card
from kvideo.export.metadata import read_card
from kvideo.export.serving.transports import Grpc, Rest, ServerError

QUALITY = 95
# What a stored protocol says about time; the server crops by the card.
SAMPLING = ("sampler", "frame_stride")


class Client:
    """Asks TensorFlow Serving what happens in a video file.

    Args:
        url: `"http://HOST:8501"` for REST, `"grpc://HOST:8500"` for gRPC,
            which needs the extra `kvideo[serving]`.
        card: The `kvideo.export.Card` of the network, or the path of an
            artefact that has it, such as the folder that is served, or of
            the card's own file, `....card.json`.
        name: Of the model on the server. Defaults to the card's.
        clips: Clips of each video, spread over its length, whose
            probabilities are averaged. Defaults to the number and the
            sampling of the card's stored protocol; one clip where there is
            none. A number takes the sampling of the card's `clip_spec`; 1 is
            the clip of `kvideo.data.load_clip`.
        timeout: Seconds to wait for an answer.
        fps: Frames a second that videos are read at, by time; 0: their frames
            as they are; None: as the card says.

    Crops other than the centre are not sent: the server cuts.

    Raises:
        ValueError: A URL of another kind, no card, a network of optical
            flow, or `clips` below 1.
    """

    def __init__(
        self, url, card, name=None, clips=None, timeout=60.0, fps=None
    ):
        self.card = card if isinstance(card, Card) else _card_at(card)
        spec = ClipSpec.from_dict(self.card.clip_spec)
        if spec.modality != "rgb":
            raise ValueError(
                "Optical flow cannot be sent as JPEG frames. "
                f"Received: modality={spec.modality!r} on the card"
            )
        spec, self.clips = _sampling(spec, self.card.protocol, clips)
        self.spec = spec.read_at(fps)
        transport = _transport(url)
        self.ask = transport(url, name or self.card.model, timeout)

    def predict(self, video_path, top=3):
        """Names what happens in a video file.

        Args:
            video_path: A video file.
            top: How many classes to return.

        Returns:
            A list of `(class_name, probability)`, the most probable first.

        Raises:
            ServerError: The server refuses, does not answer, or serves
                another network than the card's.
            kvideo.data.VideoDecodeError: The file cannot be read.
        """
        frames, places = read_clips(video_path, self.spec, self.clips)
        found = self.predict_frames([frames[clip] for clip in places])
        mean = found.mean(axis=0, keepdims=True)
        return decode_predictions(mean, top, self.card)[0]

    def predict_frames(self, clips):
        """Probabilities (B, classes) of clips of sampled frames.

        Args:
            clips: B arrays of uint8 frames (T, h, w, 3), one or more.

        Raises:
            ServerError: See `predict`.
            ValueError: Clips of another shape or type.
        """
        _check_clips(clips, self.spec.num_frames)
        answer = self.ask([[_jpeg(frame) for frame in clip] for clip in clips])
        probabilities = np.asarray(answer["probabilities"], "float32")
        self._check_answer(answer, probabilities, len(clips))
        return probabilities

    def _check_answer(self, answer, probabilities, number):
        names = dict(enumerate(self.card.class_names))
        found = [list(row) for row in answer["class_names"]]
        wanted = [[names.get(i) for i in row] for row in answer["class_ids"]]
        if probabilities.shape != (number, len(names)) or found != wanted:
            raise ServerError(
                "The server has another network than the card describes: its "
                f"probabilities have shape {probabilities.shape}, for classes "
                f"such as {found[:1]}. The card of '{self.card.model}' has "
                f"{len(names)} classes, and {number} clips were sent."
            )
        if not np.isfinite(probabilities).all():
            raise ServerError(
                "The server answers NaN in place of probabilities. The "
                f"weights of '{self.card.model}' are damaged there."
            )


def _card_at(path):
    card = read_card(Path(path))
    if card is None:
        raise ValueError(
            "A client needs the card, which says how clips are made. "
            f"Received: '{path}', which has none"
        )
    return card


def _check_clips(clips, frames):
    shapes = [(np.shape(clip), np.asarray(clip).dtype) for clip in clips]
    for number, (shape, dtype) in enumerate(shapes):
        fits = len(shape) == 4 and shape[0] == frames and shape[3] == 3
        if not fits or 0 in shape or dtype != np.uint8:
            raise ValueError(
                f"A clip is uint8 frames of shape ({frames}, h, w, 3). "
                f"Received: {dtype} of shape {shape} for clip {number}"
            )
    if not shapes:
        raise ValueError("Expected one clip or more. Received: none")


def _sampling(spec, protocol, clips):
    """(`ClipSpec`, number of clips)."""
    if clips is not None:
        if clips < 1:
            raise ValueError(f"`clips` must be 1 or more. Received: {clips}")
        return spec, clips
    changes = {k: protocol[k] for k in SAMPLING if protocol.get(k)}
    if protocol.get("window"):
        changes["frame_stride"] = max(1, protocol["window"] // spec.num_frames)
    changed = ClipSpec.from_dict(spec.to_dict() | changes)
    changed = changed.read_at(protocol.get("target_fps"))
    return changed, protocol.get("clips", 1)


def _transport(url):
    if url.startswith(("http://", "https://")):
        return Rest
    if url.startswith("grpc://"):
        return Grpc
    raise ValueError(
        "The server is http://HOST:8501 (REST) or grpc://HOST:8500. "
        f"Received: url={url!r}"
    )


def _jpeg(frame):
    file = io.BytesIO()
    pillow().fromarray(frame).save(file, "jpeg", quality=QUALITY)
    return file.getvalue()

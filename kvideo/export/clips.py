"""Clips on which an artefact is compared with its network, or calibrated."""

import tempfile

import numpy as np

from kvideo.data import ClipSpec, load_clip, write_motion_dataset
from kvideo.data.folders import VIDEOS, video_files

NUMBER = 8  # to compare on


def comparison_clips(model, card, folder=None, number=NUMBER):
    """Clips for `kvideo.export.export_all`, and words for what they are.

    Args:
        model: The network.
        card: Its `Card`, whose `clip_spec` says how clips are made.
        folder: A folder of videos, at any depth. None renders videos of the
            motion data set; a network that takes optical flow gets noise.
        number: How many, at most.

    Returns:
        float32 clips (B, T, H, W, C) in [0, 255], and a description.

    Raises:
        FileNotFoundError: No video in the folder.
        ValueError: A video that cannot be read, or a card that makes other
            clips than the network takes.
    """
    shape = model.input_shape[1:]
    if folder is None and shape[-1] != 3:
        noise = np.random.default_rng(0).uniform(0, 255, (number, *shape))
        return noise.astype("float32"), f"{number} clips of noise"
    if folder is not None:
        clips = np.stack(list(folder_clips(folder, card, number)))
        words = f"{len(clips)} clips of the videos in {folder}"
    else:
        with tempfile.TemporaryDirectory() as rendered:
            write_motion_dataset(rendered, {"test": 1})
            clips = np.stack(list(folder_clips(rendered, card, number)))
        words = f"{len(clips)} rendered clips of the motion data set"
    if clips.shape[1:] != shape:
        raise ValueError(
            "The card's `clip_spec` must make the clips that the network "
            f"takes, {shape}. Received: {clips.shape[1:]}"
        )
    return clips, words


def folder_clips(folder, card, number):
    """Yields float32 clips (T, H, W, C) of up to `number` videos.

    They are spread evenly over all videos of the folder, by name, so that each
    class folder gives some.
    """
    spec = ClipSpec.from_dict(card.clip_spec)
    videos = sorted(video_files(folder))
    if not videos:
        raise FileNotFoundError(
            f"No video in '{folder}'. Expected {VIDEOS}, at any depth."
        )
    picks = np.linspace(0, len(videos) - 1, min(number, len(videos)))
    for index in picks.round().astype(int):
        yield load_clip(videos[index], spec)

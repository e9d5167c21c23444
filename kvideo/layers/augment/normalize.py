"""Pixels less their mean, by their standard deviation.

The networks of `kvideo.applications` do this themselves
(`include_preprocessing`); the layer is for networks that do not.
"""

import keras

from kvideo.layers.augment.clip_transform import ClipTransform
from kvideo.layers.checks import numbers_of

# (mean, standard deviation) of RGB in [0, 1], as the networks were trained.
NORMALIZATIONS = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "inception": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "kinetics": ((0.45, 0.45, 0.45), (0.225, 0.225, 0.225)),
    # BTSNet's code, from Kinetics.
    "btsnet": ((0.4345, 0.4051, 0.3775), (0.2768, 0.2713, 0.2737)),
    # MTNet's code, which multiplies by 0.0167 at the end.
    "mtnet": (
        (124 / 255, 117 / 255, 104 / 255),
        (1 / (255 * 0.0167),) * 3,
    ),
    # The weights that its authors trained: their code takes RGB's means off
    # BGR pixels.
    "mtnet_bgr": (
        (104 / 255, 117 / 255, 124 / 255),
        (1 / (255 * 0.0167),) * 3,
    ),
    # Keras' ResNet: pixels less their mean, not divided.
    "caffe": (
        (123.68 / 255, 116.779 / 255, 103.939 / 255),
        (1 / 255, 1 / 255, 1 / 255),
    ),
}


def normalize_clips(clips, mean, std, ops=keras.ops):
    """Normalise pixels in [0, 255].

    Args:
        clips: float32 (..., C) in [0, 255].
        mean, std: C numbers each, of pixels in [0, 1].
        ops: `keras.ops`, or what stands for it.
    """
    mean, std = (
        ops.convert_to_tensor([255.0 * value for value in values], "float32")
        for values in (mean, std)
    )
    return (clips - mean) / std


def _pair_of_rows(statistics):
    """(means, deviations) of the channels, or a ValueError."""
    rows = statistics if isinstance(statistics, list | tuple) else ()
    if len(rows) != 2 or not all(rows):
        raise ValueError(
            f"`statistics` must be one of {', '.join(NORMALIZATIONS)}, or "
            f"(means, deviations). Received: statistics={statistics!r}."
        )
    channels = len(rows[0]) if isinstance(rows[0], list | tuple) else 1
    return tuple(numbers_of("statistics", row, channels) for row in rows)


@keras.saving.register_keras_serializable(package="kvideo")
class ClipNormalize(ClipTransform):
    """Normalises pixels in [0, 255], in training and in testing.

    Args:
        statistics: Row of `NORMALIZATIONS`: `"imagenet"`, `"kinetics"`
            (0.45 and 0.225), `"btsnet"`, and others; or (means, standard
            deviations), C positive numbers each, of pixels in [0, 1].

    Input and output shape:
        See `ClipTransform`.
    """

    def __init__(self, statistics="imagenet", **kwargs):
        super().__init__(**kwargs)
        if isinstance(statistics, str) and statistics not in NORMALIZATIONS:
            raise ValueError(
                f"`statistics` must be one of {', '.join(NORMALIZATIONS)}, or "
                f"(means, deviations). Received: statistics={statistics!r}."
            )
        if not isinstance(statistics, str):
            statistics = _pair_of_rows(statistics)
        self.statistics = statistics

    def draw(self, tools, shape):
        return self.rest(tools, shape)

    def rest(self, tools, shape):
        row = self.statistics
        mean, std = NORMALIZATIONS[row] if isinstance(row, str) else row
        if not len(mean) == len(std) == shape[-1]:
            raise ValueError(
                f"Clips have {shape[-1]} channels. Expected as many means and "
                f"deviations. Received: statistics={self.statistics}."
            )
        return mean, std

    def transform(self, tools, clips, parameters):
        return normalize_clips(clips, *parameters, tools.ops)

    def get_config(self):
        return {**super().get_config(), "statistics": self.statistics}

"""MixUp and CutMix of clips.

Papers: Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018;
Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with
Localizable Features", ICCV 2019 (equations 1 and 2). CutMix takes the same box
from all frames. Each clip has a weight of its own, as in
`keras.layers.MixUp`. As the box has whole pixels and is cut at the edges of
the frame, the weight of the labels is counted from the pixels (as in the
paper's code).

Deviation from Keras: a clip without a batch is an error here, since it has
nobody to be mixed with; Keras leaves it as it is.
"""

import keras

from kvideo.layers.augment.clip_transform import ClipTransform
from kvideo.layers.augment.crop_and_resize import box_masks, stack_boxes
from kvideo.layers.checks import check_number


def mix_clips(clips, weights, order, ops=keras.ops):
    """Weighted mean of each clip and its partner (MixUp).

    Args:
        clips: float32 (B, T, H, W, C).
        weights: float32 (B,), of the clip itself.
        order: int32 (B,), the partner of each clip.
        ops: `keras.ops`, or what stands for it.
    """
    weights = weights[:, None, None, None, None]
    return weights * clips + (1.0 - weights) * ops.take(clips, order, axis=0)


def paste_boxes(clips, boxes, order, ops=keras.ops):
    """Replaces a box, in all frames, by that of the partner (CutMix).

    Args:
        clips: (B, T, H, W, C).
        boxes: int32 (B, 4), top, left, height, width.
        order: int32 (B,), the partner of each clip.
        ops: `keras.ops`, or what stands for it.
    """
    masks = box_masks(boxes, ops.shape(clips), ops)
    return ops.where(masks, ops.take(clips, order, axis=0), clips)


def mix_labels(labels, weights, order, ops=keras.ops):
    """Weighted mean, float32, of the labels (B, classes) of two clips."""
    labels = ops.cast(labels, "float32")
    weights = weights[:, None]
    return weights * labels + (1.0 - weights) * ops.take(labels, order, axis=0)


class _Mix(ClipTransform):
    """Base of both: weights from Beta(alpha, alpha), partners by chance."""

    def __init__(self, alpha, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        check_number("alpha", alpha, above=0)
        self.alpha = alpha

    def check_labels(self, labels, single):
        name = type(self).__name__
        if single:
            raise ValueError(
                f"{name} mixes the clips of a batch (B, T, H, W, C). Received "
                "one clip. Put it after `dataset.batch(...)`."
            )
        if labels is not None and len(labels.shape) != 2:
            raise ValueError(
                f"{name} needs one number a class, (B, classes): "
                "`keras.ops.one_hot(labels, classes)`, or a data set with "
                '`label_mode="categorical"`. Received: labels of shape '
                f"{tuple(labels.shape)}."
            )

    def get_config(self):
        return {
            **super().get_config(),
            "alpha": self.alpha,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="kvideo")
class ClipMixUp(_Mix):
    """Mixes each clip, and its label, with another one of the batch.

    Args:
        alpha: The weight of the clip is drawn from Beta(alpha, alpha): small
            numbers mix little. Positive.
        seed: See `ClipTransform`.

    Input shape:
        Clips (B, T, H, W, C), or `{"clips": ..., "labels": ...}`, or the pair
        (clips, labels), with labels (B, classes).
    Output shape:
        The same; labels float32.
    """

    def __init__(self, alpha=0.2, seed=None, **kwargs):
        super().__init__(alpha, seed=seed, **kwargs)

    def draw(self, tools, shape):
        weights = tools.beta((shape[0],), self.alpha)
        return weights, tools.permutation(shape[0])

    def transform(self, tools, clips, parameters):
        return mix_clips(clips, *parameters, tools.ops)

    def transform_labels(self, tools, labels, parameters):
        return mix_labels(labels, *parameters, tools.ops)


@keras.saving.register_keras_serializable(package="kvideo")
class ClipCutMix(_Mix):
    """Pastes a box of another clip into each clip, and mixes the labels.

    Args:
        alpha: The share of the frame that stays is drawn from
            Beta(alpha, alpha); 1 makes all shares equally likely. Positive.
        seed: See `ClipTransform`.

    Input shape:
        Clips (B, T, H, W, C), or `{"clips": ..., "labels": ...}`, or the pair
        (clips, labels), with labels (B, classes).
    Output shape:
        The same; labels float32.
    """

    def __init__(self, alpha=1.0, seed=None, **kwargs):
        super().__init__(alpha, seed=seed, **kwargs)

    def draw(self, tools, shape):
        kept = tools.beta((shape[0],), self.alpha)
        centres = [tools.uniform((shape[0],)) for _ in range(2)]
        boxes = cut_boxes(shape, kept, centres, tools.ops)
        weights = kept_shares(boxes, shape, tools.ops)
        return boxes, weights, tools.permutation(shape[0])

    def transform(self, tools, clips, parameters):
        boxes, _, order = parameters
        return paste_boxes(clips, boxes, order, tools.ops)

    def transform_labels(self, tools, labels, parameters):
        _, weights, order = parameters
        return mix_labels(labels, weights, order, tools.ops)


def cut_boxes(shape, kept, centres, ops=keras.ops):
    """Boxes (B, 4) around random centres, cut at the edges of the frame.

    Args:
        shape: (B, T, H, W, C) of the clips.
        kept: float32 (B,), share of the frame outside the box before the cut.
        centres: (down, across), each float32 (B,) in [0, 1).
        ops: `keras.ops`, or what stands for it.
    """
    starts, sides = [], []
    for whole, centre in zip(shape[2:4], centres, strict=True):
        whole = ops.cast(whole, "float32")
        half = ops.floor(whole * ops.sqrt(1.0 - kept)) / 2
        middle = ops.floor(whole * centre)
        start = ops.floor(ops.maximum(middle - half, 0.0))
        starts.append(start)
        sides.append(ops.floor(ops.minimum(middle + half, whole)) - start)
    return stack_boxes(shape, (*starts, *sides), ops)


def kept_shares(boxes, shape, ops=keras.ops):
    """Shares (B,), float32, of the frame that are outside the boxes."""
    height, width = (ops.cast(boxes[:, i], "float32") for i in (2, 3))
    return 1.0 - height * width / ops.cast(shape[2] * shape[3], "float32")

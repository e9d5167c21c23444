"""Mirrored clips, and the labels that change with them."""

import keras

from kvideo.layers.augment.arguments import check_rate
from kvideo.layers.augment.clip_transform import ClipTransform


def flip_clips(clips, flips, ops=keras.ops):
    """Mirror some clips of a batch from left to right.

    Args:
        clips: (B, T, H, W, C).
        flips: Booleans (B,).
        ops: `keras.ops`, or what stands for it.
    """
    mirrored = ops.flip(clips, axis=3)
    return ops.where(flips[:, None, None, None, None], mirrored, clips)


def swap_labels(labels, flips, label_swaps, ops=keras.ops):
    """Labels of clips that were mirrored by `flip_clips`.

    Args:
        labels: Integers (B,) or (B, 1), or one number a class (B, classes).
        flips: Booleans (B,).
        label_swaps: Dictionary from a label to that of its mirror image.
        ops: `keras.ops`, or what stands for it.
    """
    if len(labels.shape) == 2 and labels.shape[1] != 1:
        order = list(range(labels.shape[1]))
        for old, new in label_swaps.items():
            order[old] = new
        swapped = ops.take(labels, ops.convert_to_tensor(order), axis=1)
        return ops.where(flips[:, None], swapped, labels)
    swapped = labels
    for old, new in label_swaps.items():
        swapped = ops.where(labels == old, new, swapped)
    flips = ops.reshape(flips, (-1,) + (1,) * (len(labels.shape) - 1))
    return ops.where(flips, swapped, labels)


@keras.saving.register_keras_serializable(package="kvideo")
class ClipRandomFlip(ClipTransform):
    """Mirrors clips from left to right, all frames or none.

    RGB only: optical flow has a direction of its own, see
    `kvideo.data.transforms.flip_flow`.

    Args:
        rate: Share of the clips that are mirrored, in [0, 1].
        label_swaps: Dictionary from a label to that of its mirror image, both
            ways, as `kvideo.data.flips.decide(class_names).swaps`; the layer
            then takes the labels too: `{"clips": ..., "labels": ...}` or a
            pair, integers (B,) or one number a class (B, classes).
        seed: See `ClipTransform`.

    Input and output shape:
        See `ClipTransform`.
    Raises:
        ValueError: If `rate` is outside [0, 1], or there are label swaps and
            no labels come.
    """

    def __init__(self, rate=0.5, label_swaps=None, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        check_rate(rate)
        self.rate = rate
        if not isinstance(label_swaps, dict | None):
            raise ValueError(
                "`label_swaps` must be a dictionary from labels to labels. "
                f"Received: label_swaps={label_swaps!r}."
            )
        # JSON has turned the keys to text.
        swaps = {int(k): int(v) for k, v in (label_swaps or {}).items()}
        if any(swaps.get(new) != old for old, new in swaps.items()):
            raise ValueError(
                "`label_swaps` must hold each pair both ways. Received: "
                f"label_swaps={label_swaps}."
            )
        self.label_swaps = swaps

    def check_labels(self, labels, single):
        if self.label_swaps and labels is None:
            raise ValueError(
                "ClipRandomFlip has `label_swaps` and so must see the labels. "
                'Call it with {"clips": clips, "labels": labels}.'
            )

    def draw(self, tools, shape):
        return tools.uniform((shape[0],)) < self.rate

    def transform(self, tools, clips, parameters):
        return flip_clips(clips, parameters, tools.ops)

    def transform_labels(self, tools, labels, parameters):
        return swap_labels(labels, parameters, self.label_swaps, tools.ops)

    def get_config(self):
        return {
            **super().get_config(),
            "rate": self.rate,
            "label_swaps": self.label_swaps,
            "seed": self.seed,
        }

"""Colour jitter: brightness, contrast, saturation and hue.

Source: Krizhevsky et al., NIPS 2012 (random lighting), in the form of
torchvision's `ColorJitter`, with one order for all (brightness, contrast,
saturation, hue) instead of a random one. The contrast is taken around the
mean grey of the whole clip, so that frames of different brightness are all
changed by the same map.
"""

import keras

from kvideo.layers.augment.arguments import check_value_range
from kvideo.layers.augment.clip_transform import ClipTransform
from kvideo.layers.checks import check_number

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def jitter_colors(clips, factors, ops=keras.ops):
    """Change the colours of each clip by its own factors.

    Args:
        clips: float32 RGB (B, T, H, W, 3) in [0, 1].
        factors: float32 (B, 4): brightness, contrast and saturation as
            multipliers (1 changes nothing), hue as a shift in turns (0
            changes nothing).
        ops: `keras.ops`, or what stands for it.

    Returns:
        The same shape, in [0, 1].
    """
    # In two steps: TensorFlow's optimizer of graphs mistakes `[:, i, None]`
    # of a stacked tensor for another axis.
    brightness, contrast, saturation, hue = (
        factors[:, i][:, None, None, None, None] for i in range(4)
    )
    clips = ops.clip(clips * brightness, 0.0, 1.0)
    mean = ops.mean(grey(clips, ops), axis=(1, 2, 3, 4), keepdims=True)
    clips = blend(mean, clips, contrast, ops)
    clips = blend(grey(clips, ops), clips, saturation, ops)
    return shift_hue(clips, hue, ops)


def grey(clips, ops=keras.ops):
    """Brightness (..., 1) of RGB (..., 3)."""
    weights = ops.convert_to_tensor(LUMA, "float32")
    return ops.sum(clips * weights, axis=-1, keepdims=True)


def blend(first, second, share, ops=keras.ops):
    """`second` by a share of 1, `first` by 0; above 1 away from it."""
    return ops.clip(first + share * (second - first), 0.0, 1.0)


def shift_hue(clips, hue, ops=keras.ops):
    """Turn the hue of RGB in [0, 1]; `hue` in turns, (B, 1, 1, 1, 1)."""
    shape = ops.shape(clips)
    frames = ops.reshape(clips, (shape[0], -1, *shape[3:]))
    colors = ops.image.rgb_to_hsv(frames)
    turned = ops.mod(colors[..., :1] + hue[:, 0] + 1.0, 1.0)
    colors = ops.concatenate([turned, colors[..., 1:]], axis=-1)
    return ops.reshape(ops.image.hsv_to_rgb(colors), shape)


def to_unit(clips, value_range):
    """Pixels of a range as numbers in [0, 1]."""
    low, high = value_range
    return (clips - low) / (high - low)


def from_unit(clips, value_range):
    """Numbers in [0, 1] as pixels of a range."""
    low, high = value_range
    return clips * (high - low) + low


@keras.saving.register_keras_serializable(package="kvideo")
class ClipColorJitter(ClipTransform):
    """Changes brightness, contrast, saturation and hue of RGB clips.

    Args:
        brightness, contrast, saturation: Factors are drawn from
            [max(0, 1 - value), 1 + value]; 0 changes nothing.
        hue: Shifts are drawn from [-hue, hue], in turns, up to 0.5.
        value_range: Smallest and largest value of a pixel; results stay
            within.
        seed: See `ClipTransform`.

    Input shape:
        See `ClipTransform`, C = 3.
    Output shape:
        The same.
    """

    def __init__(
        self,
        brightness=0.4,
        contrast=0.4,
        saturation=0.4,
        hue=0.1,
        value_range=(0, 255),
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        check_number("brightness", brightness, low=0)
        check_number("contrast", contrast, low=0)
        check_number("saturation", saturation, low=0)
        check_number("hue", hue, 0, 0.5)
        check_value_range(value_range)
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.hue = hue
        self.value_range = tuple(value_range)

    def draw(self, tools, shape):
        factors = [
            tools.uniform((shape[0],), max(0.0, 1.0 - value), 1.0 + value)
            for value in (self.brightness, self.contrast, self.saturation)
        ]
        hue = tools.uniform((shape[0],), -self.hue, self.hue)
        return tools.ops.stack([*factors, hue], axis=1)

    def transform(self, tools, clips, parameters):
        unit = to_unit(clips, self.value_range)
        unit = jitter_colors(unit, parameters, tools.ops)
        return from_unit(unit, self.value_range)

    def get_config(self):
        return {
            **super().get_config(),
            "brightness": self.brightness,
            "contrast": self.contrast,
            "saturation": self.saturation,
            "hue": self.hue,
            "value_range": self.value_range,
            "seed": self.seed,
        }

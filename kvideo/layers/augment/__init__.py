"""Clip transforms: augmentation and the crops of testing.

One operator, one file: a pure function of clips and parameters, and a layer
that draws the parameters (`clip_transform` says how they all behave, in
`tf.data` and in a model). The layers are `kvideo.layers.Clip...`.

Glossary: a *box* is top, left, height, width in pixels; *tools* are the
operations and random numbers of the backend that a tensor belongs to.
"""

from kvideo.layers.augment.center_crop import ClipCenterCrop
from kvideo.layers.augment.color_jitter import ClipColorJitter, jitter_colors
from kvideo.layers.augment.crop_and_resize import crop_and_resize
from kvideo.layers.augment.mix import (
    ClipCutMix,
    ClipMixUp,
    mix_clips,
    mix_labels,
    paste_boxes,
)
from kvideo.layers.augment.multi_scale_crop import (
    ClipMultiScaleCrop,
    multi_scale_boxes,
)
from kvideo.layers.augment.normalize import ClipNormalize, normalize_clips
from kvideo.layers.augment.rand_augment import (
    ClipRandAugment,
    apply_operations,
)
from kvideo.layers.augment.random_erasing import ClipRandomErasing, erase_boxes
from kvideo.layers.augment.random_flip import (
    ClipRandomFlip,
    flip_clips,
    swap_labels,
)
from kvideo.layers.augment.random_resized_crop import (
    ClipRandomResizedCrop,
    area_sides,
)
from kvideo.layers.augment.short_side_jitter import ClipShortSideJitter
from kvideo.layers.augment.view_crops import ClipTenCrop, ClipThreeCrop

__all__ = [
    "ClipCenterCrop",
    "ClipColorJitter",
    "ClipCutMix",
    "ClipMixUp",
    "ClipMultiScaleCrop",
    "ClipNormalize",
    "ClipRandAugment",
    "ClipRandomErasing",
    "ClipRandomFlip",
    "ClipRandomResizedCrop",
    "ClipShortSideJitter",
    "ClipTenCrop",
    "ClipThreeCrop",
    "apply_operations",
    "area_sides",
    "crop_and_resize",
    "erase_boxes",
    "flip_clips",
    "jitter_colors",
    "mix_clips",
    "mix_labels",
    "multi_scale_boxes",
    "normalize_clips",
    "paste_boxes",
    "swap_labels",
]

"""Operators as Keras layers, one file each, each opening with its paper.

Glossary of axes, used in every docstring and shape of this package:

    B  clips in a batch
    T  frames of a clip (time)
    H  height
    W  width
    C  channels

Clips and feature maps are (B, T, H, W, C), channels last. Frames are RGB.
Where a paper has an abbreviation of its own, it is an alias of the class
(`MBPM`, `BPLC`), so that a reader of the paper finds it.
"""

from kvideo.layers.attention_chain import AttentionChain
from kvideo.layers.attention_propagation import AttentionPropagation
from kvideo.layers.augment import (
    ClipCenterCrop,
    ClipColorJitter,
    ClipCutMix,
    ClipMixUp,
    ClipMultiScaleCrop,
    ClipNormalize,
    ClipRandAugment,
    ClipRandomErasing,
    ClipRandomFlip,
    ClipRandomResizedCrop,
    ClipShortSideJitter,
    ClipTenCrop,
    ClipThreeCrop,
)
from kvideo.layers.band_pass_lateral_connection import (
    BandPassLateralConnection,
)
from kvideo.layers.cbam3d import CBAM3D
from kvideo.layers.channel_gate import ChannelGate
from kvideo.layers.conv3d import Conv3D
from kvideo.layers.conv_pyramid_attention import ConvPyramidAttention
from kvideo.layers.directional_temporal_conv import DirectionalTemporalConv
from kvideo.layers.dynamic_image import DynamicImage
from kvideo.layers.frame_pool import FramePool
from kvideo.layers.global_context import GlobalContext
from kvideo.layers.grouped_decomposed import GroupedDecomposed
from kvideo.layers.grouped_spatial_temporal import GroupedSpatialTemporal
from kvideo.layers.motion_band_pass import MotionBandPass
from kvideo.layers.mt_conv import MTConv
from kvideo.layers.non_local import NonLocal
from kvideo.layers.normalization import BatchNorm
from kvideo.layers.pixel_wise_temporal_projection import (
    PixelWiseTemporalProjection,
)
from kvideo.layers.pooling import AveragePool3D, MaxPool3D
from kvideo.layers.quiet_input import QuietInput
from kvideo.layers.region_non_local import RegionNonLocal
from kvideo.layers.resize_clip import ResizeClip
from kvideo.layers.rgb_difference import RGBDifference
from kvideo.layers.slow_frames import SlowFrames
from kvideo.layers.soft_pool import SoftPool2D, SoftPool3D
from kvideo.layers.squeeze_recursion import SqueezeRecursion
from kvideo.layers.streaming_average import StreamingAverage
from kvideo.layers.streaming_shift import StreamingShift
from kvideo.layers.temporal_shift import TemporalShift
from kvideo.layers.temporal_spatial_pathway import TemporalSpatialPathway
from kvideo.layers.temporal_squeeze_pooling import TemporalSqueezePooling
from kvideo.layers.triplet_cosine_frame_selection import (
    TripletCosineFrameSelection,
)
from kvideo.layers.video_squeeze_excite import VideoSqueezeExcite

CIDC = DirectionalTemporalConv
CPA = ConvPyramidAttention
GDM = GroupedDecomposed
MBPM = MotionBandPass
NL = NonLocal
PWTP = PixelWiseTemporalProjection
RNL = RegionNonLocal
BPLC = BandPassLateralConnection
TSP = TemporalSqueezePooling
TSPBlock = TemporalSpatialPathway

__all__ = [
    "BPLC",
    "CBAM3D",
    "CIDC",
    "CPA",
    "GDM",
    "MBPM",
    "NL",
    "PWTP",
    "RNL",
    "TSP",
    "AttentionChain",
    "AttentionPropagation",
    "AveragePool3D",
    "BandPassLateralConnection",
    "BatchNorm",
    "ChannelGate",
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
    "Conv3D",
    "ConvPyramidAttention",
    "DirectionalTemporalConv",
    "DynamicImage",
    "FramePool",
    "GlobalContext",
    "GroupedDecomposed",
    "GroupedSpatialTemporal",
    "MTConv",
    "MaxPool3D",
    "MotionBandPass",
    "NonLocal",
    "PixelWiseTemporalProjection",
    "QuietInput",
    "RGBDifference",
    "RegionNonLocal",
    "ResizeClip",
    "SlowFrames",
    "SoftPool2D",
    "SoftPool3D",
    "SqueezeRecursion",
    "StreamingAverage",
    "StreamingShift",
    "TSPBlock",
    "TemporalShift",
    "TemporalSpatialPathway",
    "TemporalSqueezePooling",
    "TripletCosineFrameSelection",
    "VideoSqueezeExcite",
]

"""Keras finds our classes in saved files once kvideo is imported.

`import kvideo` loads no layer, and Keras looks a class up by its registered
name only. So stand-ins go into Keras' table, which import a class when a file
names it; where the class is imported before, it has taken their place.
"""

import importlib

# Module below kvideo -> the names that it registers with Keras.
REGISTERED = {
    "evaluation.metrics": ("MeanClassAccuracy",),
    "layers.attention_chain": ("AttentionChain",),
    "layers.attention_propagation": ("AttentionPropagation",),
    "layers.augment.center_crop": ("ClipCenterCrop",),
    "layers.augment.color_jitter": ("ClipColorJitter",),
    "layers.augment.mix": ("ClipMixUp", "ClipCutMix"),
    "layers.augment.multi_scale_crop": ("ClipMultiScaleCrop",),
    "layers.augment.normalize": ("ClipNormalize",),
    "layers.augment.rand_augment": ("ClipRandAugment",),
    "layers.augment.random_erasing": ("ClipRandomErasing",),
    "layers.augment.random_flip": ("ClipRandomFlip",),
    "layers.augment.random_resized_crop": ("ClipRandomResizedCrop",),
    "layers.augment.short_side_jitter": ("ClipShortSideJitter",),
    "layers.augment.view_crops": ("ClipThreeCrop", "ClipTenCrop"),
    "layers.band_pass_lateral_connection": ("BandPassLateralConnection",),
    "layers.bottleneck_mlp": ("BottleneckMLP",),
    "layers.cbam3d": ("CBAM3D",),
    "layers.channel_bottleneck": ("ChannelBottleneck",),
    "layers.channel_gate": ("ChannelGate",),
    "layers.context_pool": ("ContextPool",),
    "layers.conv3d": ("Conv3D",),
    "layers.conv_pyramid_attention": ("ConvPyramidAttention",),
    "layers.directional_temporal_conv": ("DirectionalTemporalConv",),
    "layers.dynamic_image": ("DynamicImage",),
    "layers.frame_pool": ("FramePool",),
    "layers.global_context": ("GlobalContext",),
    "layers.grouped_decomposed": ("GroupedDecomposed",),
    "layers.grouped_spatial_temporal": ("GroupedSpatialTemporal",),
    "layers.motion_band_pass": ("MotionBandPass",),
    "layers.mt_conv": ("MTConv",),
    "layers.non_local": ("NonLocal",),
    "layers.normalization": ("BatchNorm",),
    "layers.pixel_wise_temporal_projection": ("PixelWiseTemporalProjection",),
    "layers.pooling": ("MaxPool3D", "AveragePool3D"),
    "layers.quiet_input": ("QuietInput",),
    "layers.region_non_local": ("RegionNonLocal",),
    "layers.resize_clip": ("ResizeClip",),
    "layers.rgb_difference": ("RGBDifference",),
    "layers.slow_frames": ("SlowFrames",),
    "layers.soft_pool": ("SoftPool2D", "SoftPool3D"),
    "layers.squeeze_recursion": ("SqueezeRecursion",),
    "layers.streaming_average": ("StreamingAverage",),
    "layers.streaming_shift": ("StreamingShift",),
    "layers.temporal_shift": ("TemporalShift",),
    "layers.temporal_spatial_pathway": ("TemporalSpatialPathway",),
    "layers.temporal_squeeze_pooling": ("TemporalSqueezePooling",),
    "layers.triplet_cosine_frame_selection": ("TripletCosineFrameSelection",),
    "layers.video_squeeze_excite": ("VideoSqueezeExcite",),
    "trainers.accumulation": ("GradientAccumulation",),
    "trainers.joint_training": ("JointTraining",),
    "trainers.muon": ("Muon",),
    "trainers.optimizers": ("AdamW", "CoupledSGD"),
    "trainers.schedules": ("Warmup", "StepDecay", "ScaledRate"),
}


def enter_stand_ins(keras):
    """Enters a stand-in for each of our classes that is not imported yet."""
    known = keras.saving.get_custom_objects()
    for module, names in REGISTERED.items():
        for name in names:
            known.setdefault(f"kvideo>{name}", _stand_in(module, name))


def _stand_in(module, name):
    """What has a class' `from_config`, all that Keras loads with."""

    def from_config(config):
        home = importlib.import_module(f"kvideo.{module}")
        return getattr(home, name).from_config(config)

    return type(name, (), {"from_config": staticmethod(from_config)})

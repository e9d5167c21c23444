"""What `preflight` knows of each layer, found by converting and running it.

TensorFlow 2.21, ai-edge-litert 2.3, tf2onnx 1.17 and ONNX Runtime 1.31.
"""

HALF = "converted as a copy in float32; its softmax always is"
_IN_2D = "3-D convolution: a sum of 2-D ones over the frames, split by groups"
_POOL = "3-D pooling: one over the frames and one over space, both 2-D"
_RESIZE = "trilinear resizing: two bilinear ones"
_SOFTMAX = "its softmax over many positions stays in float32"
# For TFLite and ONNX, which get the "mobile" lowering of `kvideo.ops`.
KVIDEO = {
    "AttentionPropagation": _RESIZE,
    "AveragePool3D": _POOL,
    "BandPassLateralConnection": _RESIZE,
    "ContextPool": _SOFTMAX,
    "Conv3D": _IN_2D,
    "ConvPyramidAttention": _SOFTMAX,
    "DirectionalTemporalConv": _SOFTMAX,
    "DynamicImage": "depthwise 3-D convolution: a sum of 2-D ones",
    "MTConv": f"soft pooling as average pooling; {_RESIZE}",
    "MaxPool3D": _POOL,
    "MotionBandPass": "depthwise 3-D convolution: a sum of 2-D ones",
    "NonLocal": "attention: a fixed number of parts, softmax in float32",
    "PixelWiseTemporalProjection": (
        "matrix inverse: Gram and Schmidt's steps, unrolled"
    ),
    "QuietInput": _POOL,
    "RegionNonLocal": "attention: a fixed number of parts, softmax in float32",
    "ResizeClip": _RESIZE,
    "SoftPool2D": "soft pooling as average pooling of weighted values",
    "SoftPool3D": "soft pooling as average pooling of weighted values",
    "SqueezeRecursion": "recurrence: unrolled over the T frames",
    "TemporalShift": "slices and a concatenation",
    "TemporalSpatialPathway": _SOFTMAX,
    "TemporalSqueezePooling": (
        "matrix inverse: Gram and Schmidt's steps, unrolled"
    ),
    "TripletCosineFrameSelection": (
        "frames by their numbers: one gather for all clips"
    ),
}

# Plain arithmetic, or made of layers that are looked up themselves.
KVIDEO_AS_IT_IS = frozenset(
    (
        *("AttentionChain", "BatchNorm", "BottleneckMLP", "CBAM3D"),
        *("ChannelBottleneck", "ChannelGate", "FramePool", "GlobalContext"),
        *("GroupedDecomposed", "GroupedSpatialTemporal", "RGBDifference"),
        *("SlowFrames", "StreamingAverage", "StreamingShift"),
        "VideoSqueezeExcite",
    )
)


def _always(layer):
    return True


def _grouped(layer):
    return layer.groups > 1


def _dilated(layer):
    return max(layer.dilation_rate) > 1


# (targets, class, when, what to use).
KERAS_REFUSED = (
    *(
        (("tflite",), f"{name}Pooling3D", _always, f"use kvideo.layers.{ours}.")
        for name, ours in (
            ("Max", "MaxPool3D"),
            ("Average", "AveragePool3D"),
            ("AdaptiveMax", "MaxPool3D"),
            ("AdaptiveAverage", "AveragePool3D"),
        )
    ),
    (
        *(("tflite", "onnx"), "Conv3D", _grouped),
        "its groups convert and then fail to load; use kvideo.layers.Conv3D.",
    ),
    (
        *(("tflite",), "Conv3D", _dilated),
        "its dilation has no built-in operation; use kvideo.layers.Conv3D.",
    ),
    (
        *(("tflite",), "PReLU", _always),
        "on clips it does not convert; use keras.layers.LeakyReLU.",
    ),
    (
        *(("onnx",), "Normalization", _always),
        "tf2onnx loses its constants; use keras.layers.Rescaling.",
    ),
)

_TESTED = """
Activation ActivityRegularization Add AdditiveAttention AlphaDropout
Attention Average AveragePooling1D AveragePooling2D AveragePooling3D
AdaptiveAveragePooling3D AdaptiveMaxPooling3D BatchNormalization
Bidirectional Concatenate Conv1D Conv2D Conv2DTranspose Conv3D
Conv3DTranspose ConvLSTM2D ConvLSTMCell Cropping3D Dense DepthwiseConv1D
DepthwiseConv2D Dot Dropout ELU Flatten GRU GRUCell GaussianNoise
GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
GlobalMaxPooling1D GlobalMaxPooling3D GroupNormalization
GroupedQueryAttention Identity InputLayer LSTM LSTMCell
LayerNormalization LeakyReLU Masking MaxPooling1D MaxPooling2D
MaxPooling3D Maximum Minimum MultiHeadAttention Multiply Normalization
PReLU Permute RMSNormalization ReLU RepeatVector Rescaling Reshape
SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax
SpatialDropout3D SpectralNormalization Subtract TimeDistributed
UnitNormalization UpSampling3D ZeroPadding3D
"""
KERAS_TESTED = frozenset(_TESTED.split())

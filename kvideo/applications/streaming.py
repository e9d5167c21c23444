"""A clip network as a network of one frame, which keeps what it must know.

Paper: Lin, Gan, Han, "TSM: Temporal Shift Module for Efficient Video
Understanding", ICCV 2019, section 4.2. A 2-D network whose shifts look at the
past alone needs an eighth of the channels of the previous frame at each
shift, and nothing else: each frame is seen once, not in T clips.

`stream` takes the layers of such a network, and with them its weights. What
it computes after t frames is what the clip network says of a clip of these t
frames. A network with shifts in both directions has no such form; `to_online`
makes one that shifts from the past alone, which is another function and must
be measured, or better trained, anew.

Of the Busy-Quiet Net each pathway streams, and so do both with lateral
connections that look at one time step (`lateral=None`, `"busy_to_quiet"`,
`"bplc_identity"`); a step is three frames. The band-pass on the way from Quiet
to Busy does not: a second difference over segments needs the next segment, in
one connection after the other, eight segments ahead in the ResNet-50.
"""

import keras

from kvideo.applications.folding import calls_in_order
from kvideo.layers import (
    AveragePool3D,
    BandPassLateralConnection,
    Conv3D,
    FramePool,
    MaxPool3D,
    MotionBandPass,
    QuietInput,
    ResizeClip,
    StreamingAverage,
    StreamingShift,
    TemporalShift,
)

FRAMES, SCORES = "frames", "scores"
# Segments of the Busy-Quiet Net.
SEGMENT = 3
_KERAS = keras.layers
# Layers, and whether they treat each frame (or segment) by itself.
_RULES = {
    (
        *(_KERAS.Activation, _KERAS.Add, _KERAS.Average, _KERAS.Maximum),
        *(_KERAS.BatchNormalization, _KERAS.Dense, _KERAS.Dropout),
        *(_KERAS.ReLU, _KERAS.Rescaling, FramePool, QuietInput),
        # They have a form of their own here.
        *(_KERAS.GlobalAveragePooling1D, TemporalShift),
    ): lambda layer: True,
    Conv3D: lambda layer: layer.kernel_size[0] == layer.strides[0] == 1,
    (AveragePool3D, MaxPool3D): lambda layer: (
        layer.pool_size[0] == layer.strides[0] == 1
    ),
    _KERAS.Concatenate: lambda layer: layer.axis == -1,
    _KERAS.ZeroPadding3D: lambda layer: layer.padding[0] == (0, 0),
    ResizeClip: lambda layer: layer.frames is None,
    MotionBandPass: lambda layer: layer.strides == SEGMENT,
    BandPassLateralConnection: lambda layer: layer.transform != "band_pass",
}


def stream(network, last=None):
    """The network of one frame, or segment, after the other.

    Args:
        network: A functional network of clips that knows nothing of the
            future: `tsm_resnet50` and its like built with
            `online_shift=True`, or from `to_online`.
        last: Whose logits are averaged: the last N frames', a positive
            integer, or all frames' so far (None).

    Returns:
        A functional `keras.Model` that shares its weights with `network`.
        It takes a dictionary of tensors: `"frames"`, (B, 1, H, W, C) in the
        network's range (of a Busy-Quiet Net three frames, (B, 3, H, W, C)),
        and the states by their names. It gives a dictionary: `"scores"`,
        (B, classes), and the next states by the same names. A stream begins
        with `initial_states`. For inference only.
    Raises:
        ValueError: If a layer looks into the future, or at all frames at
            once; the message names it. If H or W is unknown.
    """
    _check_network(network)
    clip = network.inputs[0]
    segmented = any(isinstance(x, MotionBandPass) for x in network.layers)
    frames = keras.Input(
        (SEGMENT if segmented else 1, *clip.shape[2:]),
        dtype=clip.dtype,
        name=FRAMES,
    )
    states = _States(last)
    scores = network._run_through_graph(
        frames, operation_fn=lambda layer: layer, call_fn=states.call
    )
    return keras.Model(
        {FRAMES: frames, **states.before},
        {SCORES: scores, **states.after},
        name=f"{network.name}_stream",
    )


def initial_states(step, batch_size=1):
    """Zeros for each state of a network from `stream`, by name."""
    return {
        x.name: keras.ops.zeros((batch_size, *x.shape[1:]), x.dtype)
        for x in step.inputs
        if x.name != FRAMES
    }


def to_online(network):
    """A clip network whose shifts take from the past alone.

    Channels that came from the next frame stay what they are in this one.
    That is another function: measure it before you use it.

    Args:
        network: A functional network with shifts, such as `tsm_resnet50`.

    Returns:
        A functional `keras.Model` that shares its weights with `network`.
    Raises:
        ValueError: If nothing in it shifts.
    """
    _check_functional(network)
    if not any(isinstance(x, TemporalShift) for x in network.layers):
        raise ValueError(
            "Only a network with TemporalShift layers can be made online. "
            f"Received: {network.name!r}, which has none."
        )

    def online(layer):
        if not isinstance(layer, TemporalShift):
            return layer
        return TemporalShift.from_config(layer.get_config() | {"online": True})

    clip = network.inputs[0]
    clips = keras.Input(clip.shape[1:], dtype=clip.dtype, name=clip.name)
    outputs = network._run_through_graph(
        clips,
        operation_fn=online,
        call_fn=lambda layer, *args, **kwargs: layer(*args, **kwargs),
    )
    return keras.Model(clips, outputs, name=network.name)


class _States:
    """Calls layers one frame at a time; collects what they keep.

    Attributes:
        before, after: Name -> input and output of each state.
    """

    def __init__(self, last):
        self.last = last
        self.before, self.after = {}, {}

    def call(self, layer, *args, **kwargs):
        """What the layer makes of one frame."""
        if isinstance(layer, TemporalShift):
            return self._shift(layer, *args)
        if isinstance(layer, keras.layers.GlobalAveragePooling1D):
            return self._average(layer, *args)
        return layer(*args, **kwargs)

    def _shift(self, layer, x):
        fold = x.shape[-1] // layer.fold_div
        if not fold:
            return x
        name = f"{layer.name}_state"
        kept = self._new(name, (*x.shape[1:-1], fold), x.dtype)
        shift = StreamingShift(
            layer.fold_div, name=layer.name, dtype=layer.dtype_policy
        )
        x, self.after[name] = shift([x, kept])
        return x

    def _average(self, layer, x):
        name, classes = layer.name, x.shape[-1]
        # First, because it refuses a wrong `last`.
        average = StreamingAverage(
            self.last, name=name, dtype=layer.dtype_policy
        )
        shape = (classes,) if self.last is None else (self.last, classes)
        memory = self._new(f"{name}_memory", shape, layer.compute_dtype)
        count = self._new(f"{name}_count", (1,), layer.compute_dtype)
        x, *after = average([x, memory, count])
        self.after[f"{name}_memory"], self.after[f"{name}_count"] = after
        return x

    def _new(self, name, shape, dtype):
        self.before[name] = keras.Input(shape, dtype=dtype, name=name)
        return self.before[name]


def _check_functional(network):
    shapes = [tuple(x.shape) for x in getattr(network, "inputs", None) or ()]
    functional = hasattr(network, "_nodes_by_depth")
    if not functional or len(shapes) != 1 or len(shapes[0]) != 5:
        raise ValueError(
            "`network` must be a functional keras.Model of clips "
            "(B, T, H, W, C), as kvideo.create_model returns. Received: "
            f"network={network!r}, inputs={shapes}."
        )


def _check_network(network):
    _check_functional(network)
    shape = tuple(network.inputs[0].shape)
    if None in shape[2:]:
        raise ValueError(
            "The states of a stream are as large as its frames, so H and W "
            f"must be known. Received: an input of shape {shape}. Build the "
            "network with input_shape=."
        )
    layers = [call.operation for call in calls_in_order(network)]
    refused = [x.name for x in layers if not _by_frame(x)]
    if refused:
        raise ValueError(
            "A stream sees one frame after the other, and these layers need "
            "several at once, or kvideo does not know that they do not: "
            f"{', '.join(dict.fromkeys(refused))}. Only 2-D networks with "
            f"shifts stream. Received: network {network.name!r}."
        )
    both = [x for x in layers if isinstance(x, TemporalShift) and not x.online]
    if both:
        raise ValueError(
            "These layers take channels from the next frame: "
            f"{', '.join(x.name for x in both[:3])}, ... Train the network "
            "with online_shift=True, or take to_online(network) and measure "
            f"it. Received: network {network.name!r}."
        )


def _by_frame(layer):
    return any(
        isinstance(layer, kinds) and rule(layer)
        for kinds, rule in _RULES.items()
    )

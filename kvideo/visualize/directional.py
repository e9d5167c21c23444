"""Where a network with CIDC is active, and what its kernels weigh.

Paper: X. Li, B. Shuai, J. Tighe, "Directional Temporal Modeling for Action
Recognition", ECCV 2020: att(F) of Eq. 3 over the representative frame of each
sub-clip, Fig. 1 and 4, for the backbone's last stage and for CIDC's output.

Decision, where the paper is silent: the representative frame of a step that
sees part of a clip is the last one that it sees (of a backward step, the
first); of a step that sees a stretch of its own, the middle one.
"""

import re

import keras
import numpy as np

from kvideo.visualize.canvas import new_figure
from kvideo.visualize.film_strip import clip_to_uint8
from kvideo.visualize.heat import overlay, stretch

PANEL = 150
MOST_CHANNELS = 12


def activation(model, clip, layer):
    """att(F), the mean over channels through a sigmoid, of one layer.

    Args:
        model: A functional network of clips.
        clip: float32 (T, H, W, 3), as the network takes it.
        layer: Name of a layer with one feature map (B, T', H', W', C).

    Returns:
        float32 array (T', H', W') in (0, 1).
    Raises:
        ValueError: If the layer's output is no such map.
    """
    output = model.get_layer(layer).output
    if getattr(output, "ndim", None) != 5:
        raise ValueError(
            "`layer` must have one feature map (B, T, H, W, C) as its output. "
            f"Received: layer={layer!r}."
        )
    inner = keras.Model(model.input, output)
    features = inner(np.asarray(clip, "float32")[None], training=False)
    means = keras.ops.convert_to_numpy(keras.ops.mean(features, axis=-1))[0]
    return 1 / (1 + np.exp(-means.astype("float32")))


def activation_overlay(model, clip):
    """Backbone and CIDC side by side, as Fig. 1 and 4 of the paper.

    Args:
        model: A network with CIDC: `kvideo.applications.CIDC` or what
            `kvideo.attach_cidc` returns.
        clip: float32 (T, H, W, 3), in [0, 255].

    Returns:
        Dictionary from `"backbone"` and `"CIDC"` to the frames, int array
        (T',), and these frames with the activation over them, uint8
        (T', H, W, 3). Each map is stretched from its smallest to its largest
        value.
    Raises:
        ValueError: If the network has no CIDC unit.
    """
    clip = np.asarray(clip, "float32")
    pixels = clip_to_uint8(clip)
    found = {}
    backbone, last = _ends(model)
    for name, layer in (("backbone", backbone), ("CIDC", last)):
        maps = activation(model, clip, layer)
        steps = len(maps)
        frames = _middles(steps, len(clip))
        if name == "CIDC":
            unit = model.get_layer(layer.replace("_relu", "_directional"))
            # Frames of the feature map, which may be fewer than the clip's.
            frames = _middles(unit.input.shape[1], len(clip))[step_frames(unit)]
        heat = stretch(maps, (steps, *clip.shape[1:3]))
        heat = (heat - heat.min()) / max(np.ptp(heat), 1e-12)
        found[name] = frames, overlay(pixels[frames], heat)
    return found


def kernels_figure(model, layer=None, channels=MOST_CHANNELS):
    """Draw the weights of a directional convolution, a panel a channel.

    Args:
        model: A network with CIDC.
        layer: Name of a `DirectionalTemporalConv`; None: the last one.
        channels: Panels; the channels are spread evenly over all.

    Returns:
        A `matplotlib.figure.Figure`: rows are steps of the output, columns
        frames of the input; one scale of colours, symmetric about 0. White,
        for a weight of 0, is also what a step does not see.
    Raises:
        ValueError: If there is no such layer.
    """
    layer = layer or _ends(model)[1].replace("_relu", "_directional")
    unit = model.get_layer(layer)
    if not hasattr(unit, "mixing_weights"):
        raise ValueError(
            "`layer` must be a DirectionalTemporalConv. Received: "
            f"layer={layer!r}, a {type(unit).__name__}."
        )
    weights = keras.ops.convert_to_numpy(unit.mixing_weights())
    chosen = np.linspace(0, len(weights) - 1, min(channels, len(weights)))
    chosen = chosen.astype(int)
    columns = min(6, len(chosen))
    rows = -(-len(chosen) // columns)
    figure = new_figure(PANEL * columns + 80, PANEL * rows + 70)
    figure.set_layout_engine("constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    peak = np.abs(weights[chosen]).max()
    for panel in panels[len(chosen) :]:
        panel.axis("off")
    for panel, channel in zip(panels, chosen, strict=False):
        image = panel.imshow(
            weights[channel], cmap="RdBu_r", vmin=-peak, vmax=peak
        )
        panel.set_title(f"channel {channel}", fontsize=9)
        panel.tick_params(labelsize=7)
    bar = figure.colorbar(image, ax=panels.tolist(), shrink=0.8)
    bar.set_label("weight", fontsize=9)
    bar.ax.tick_params(labelsize=8)
    figure.supxlabel("frame of the input", fontsize=9)
    figure.supylabel("step of the output", fontsize=9)
    figure.suptitle(layer, fontsize=11)
    return figure


def _ends(model):
    """Names: the last layer of the backbone's last stage, CIDC's last."""
    units = [x.name for x in model.layers if re.match(r"cidc\d_unit", x.name)]
    if not units:
        raise ValueError(
            "The network has no CIDC unit. Received: "
            f"model={model.name!r}. `kvideo.attach_cidc` gives it one."
        )
    last = [name for name in units if name.endswith("_relu")][-1]
    features = model.get_layer("fusion").input[0]
    return features._keras_history[0].name, last


def step_frames(unit):
    """The frame that represents each step of a built directional layer.

    Args:
        unit: A `DirectionalTemporalConv` in a functional network.

    Returns:
        int array (T',), frames of the layer's input.
    """
    if unit.directions == "none":
        return _middles(unit.output.shape[1], unit.input.shape[1])
    return unit.last_seen()


def _middles(parts, length):
    """The middle of each of so many equal parts of a clip."""
    return (2 * np.arange(parts) + 1) * length // (2 * parts)

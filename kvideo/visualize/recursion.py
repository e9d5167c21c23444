"""What an MTNet keeps of a clip, and when it listens to which channels.

Paper: Stergiou and Poppe, "Multi-Temporal Convolutions for Human Action
Recognition in Videos": the frames of the triplet cosine selection (Eq. 6 and
7), and the excitation of squeeze and recursion (Eq. 8 to 11).
"""

import keras
import numpy as np

from kvideo.visualize.canvas import new_figure
from kvideo.visualize.film_strip import clip_to_uint8, film_strip
from kvideo.visualize.pathways import (
    COLUMNS,
    WIDTH,
    draw_frames,
    strip_height,
)

PANEL_HEIGHT = 190
FADED = 0.75  # How white a frame becomes that was not kept.


def kept_frames(model, clip):
    """The frames that each selection of a network keeps, of those it sees.

    Args:
        model: A network with `TripletCosineFrameSelection` among its layers.
        clip: float32 (T, H, W, 3) in [0, 255].

    Returns:
        Dictionary from the name of a layer to its frames' numbers, int array
        (K,), in ascending order: 0 to T' - 1 for inputs of T' frames.

    Raises:
        ValueError: If the network has no such layer, or `clip` is not one.
    """
    layers = _layers(model, "TripletCosineFrameSelection", "select frames")
    return {
        layer.name: _kept(layer, feature)
        for layer, feature in zip(
            layers, _features(model, layers, clip), strict=True
        )
    }


def _kept(layer, feature):
    length = feature.shape[1]
    if layer.compute_output_shape(feature.shape)[1] == length:
        return np.arange(length)
    return keras.ops.convert_to_numpy(layer.indices(feature))[0]


def kept_frames_strip(model, clip, height=96):
    """Draw a clip, once for each selection, with what is not kept faded.

    Args:
        model, clip: See `kept_frames`.
        height: Height of a frame in the picture, in pixels.

    Returns:
        uint8 array (H', W', 3). A selection that sees fewer frames than the
        clip has shows the first frame of each equal part.
    """
    pixels = clip_to_uint8(clip)
    rows, titles = [], []
    for name, frames in kept_frames(model, clip).items():
        length = model.get_layer(name).input.shape[1]
        row = pixels[np.arange(length) * len(pixels) // length]
        faded = np.setdiff1d(np.arange(length), frames)
        row[faded] = clip_to_uint8(row[faded] * (1 - FADED) + 255 * FADED)
        rows.append(row)
        titles.append(f"{name}: keeps {', '.join(map(str, frames))}")
    return film_strip(rows, titles, height)


def excitation(model, clip):
    """What squeeze and recursion multiply the channels with over time.

    Args:
        model: A network with `SqueezeRecursion` among its layers.
        clip: float32 (T, H, W, 3) in [0, 255].

    Returns:
        Dictionary from the name of a layer to a float32 array (T', C) between
        -1 and 1, T' being the frames that the layer sees.

    Raises:
        ValueError: If the network has no such layer, or `clip` is not one.
    """
    layers = _layers(model, "SqueezeRecursion", "excite channels over time")
    return {
        layer.name: keras.ops.convert_to_numpy(layer.excitation(feature))[0]
        for layer, feature in zip(
            layers, _features(model, layers, clip), strict=True
        )
    }


def excitation_figure(model, clip, title=None, groups=8):
    """Draw the excitation over time, a panel for each layer.

    Args:
        model, clip: See `excitation`.
        title: Line above the picture, or None.
        groups: Most groups of neighbouring channels; a row is their mean.

    Returns:
        A `matplotlib.figure.Figure`: frames of the clip, and below them a
        panel for each layer, time to the right, a row for each group. One
        scale of colours, symmetric about 0, is that of all panels.
    """
    clip = np.asarray(clip)
    means = {
        name: _group_means(values, groups)
        for name, values in excitation(model, clip).items()
    }
    rows = -(-len(means) // COLUMNS)
    heights = [strip_height(clip), *[PANEL_HEIGHT] * rows]
    figure = new_figure(WIDTH, int(sum(heights)) + 60)
    figure.set_layout_engine("constrained")
    grid = figure.add_gridspec(1 + rows, COLUMNS, height_ratios=heights)
    draw_frames(figure.add_subplot(grid[0, :]), clip)
    peak = max(np.abs(values).max() for values in means.values())
    panels = []
    for index, (name, values) in enumerate(means.items()):
        row, column = divmod(index, COLUMNS)
        panels.append(figure.add_subplot(grid[1 + row, column]))
        image = _draw_panel(panels[-1], values, name, peak)
    bar = figure.colorbar(image, ax=panels, shrink=0.8)
    bar.set_label("mean excitation of the group", fontsize=9)
    bar.ax.tick_params(labelsize=8)
    if title:
        figure.suptitle(title, fontsize=12)
    return figure


def _group_means(values, groups):
    """(T, C) to (groups, T); neighbouring channels, in equal parts."""
    parts = np.array_split(values.T, min(groups, values.shape[1]))
    return np.stack([part.mean(axis=0) for part in parts])


def _draw_panel(axes, values, name, peak):
    groups, steps = values.shape
    image = axes.imshow(
        values,
        cmap="RdBu_r",
        vmin=-peak,
        vmax=peak,
        extent=(0.5, steps + 0.5, groups, 0),
        aspect="auto",
        interpolation="nearest",
    )
    axes.set_title(name, fontsize=10, loc="left")
    axes.set_xlabel("frame that the layer sees", fontsize=9)
    axes.set_ylabel("group of channels", fontsize=9)
    axes.set_yticks(np.arange(groups) + 0.5, range(1, groups + 1))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.tick_params(labelsize=8, length=0)
    return image


def _layers(model, kind, what):
    found = [layer for layer in model.layers if type(layer).__name__ == kind]
    if not found:
        raise ValueError(
            f"Only networks with {kind} layers, such as MTNet, {what}. "
            f"Received: model={model.name!r}"
        )
    return found


def _features(model, layers, clip):
    """What each of some layers sees of a clip: tensors (1, T', H, W, C)."""
    clip = np.asarray(clip, "float32")
    if clip.ndim != 4:
        raise ValueError(
            "`clip` must be a single clip (T, H, W, 3). Received: "
            f"shape={clip.shape}"
        )
    network = keras.Model(model.input, [layer.input for layer in layers])
    features = network(clip[None], training=False)
    # A network with one such layer gives a tensor instead of a list.
    return features if isinstance(features, list) else [features]

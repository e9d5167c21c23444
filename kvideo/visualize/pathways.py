"""Which pathway a BTSNet listens to, block by block and frame by frame.

The pictures of S. Hong, M.-K. Choi, "Blockwise Temporal-Spatial Pathway
Network", ICIP 2021: contributions over time (Fig. 1 and 4), and the pathway
that contributes most (Fig. 2, right). As in the released code, a contribution
is the mean over channels of the weights of Eq. 6, and the curves show how far
it lies from 1 / M.
"""

import keras
import numpy as np

from kvideo.visualize.canvas import new_figure
from kvideo.visualize.film_strip import clip_to_uint8

# Okabe and Ito's colours, which colour-blind readers can tell apart.
COLORS = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#777777",
)
WIDTH, STRIP_WIDTH, COLUMNS, MOST_FRAMES = 960, 870, 3, 10


def pathway_weights(model, clip):
    """The contribution of each pathway in each TSP block at each frame.

    Args:
        model: A network with TSP blocks: `kvideo.applications.BTSNet(...)`.
        clip: float32 (T, H, W, 3) in [0, 255].

    Returns:
        float32 array (blocks, T, M) in the order of the network, which adds
        up to 1 over M. A block with fewer time steps than the clip has frames
        gives each frame the weights of the step that covers it.

    Raises:
        ValueError: If the network has no TSP block, or `clip` is not one.
    """
    blocks = _blocks(model)
    clip = np.asarray(clip, "float32")
    if clip.ndim != 4:
        raise ValueError(
            "`clip` must be a single clip (T, H, W, 3). Received: "
            f"shape={clip.shape}"
        )
    inputs = [block.input for block in blocks]
    features = keras.Model(model.inputs, inputs).predict_on_batch(clip[None])
    # A network with one such block gives an array instead of a list.
    features = features if isinstance(features, list) else [features]
    return np.stack(
        [
            _contributions(block, feature, len(clip))
            for block, feature in zip(blocks, features, strict=True)
        ]
    )


def _blocks(model):
    blocks = [
        layer
        for layer in model.layers
        if type(layer).__name__ == "TemporalSpatialPathway"
    ]
    if not blocks:
        raise ValueError(
            "Only networks with temporal-spatial pathway blocks, such as "
            f"BTSNet, have pathways to show. Received: model={model.name!r}"
        )
    return blocks


def _contributions(block, feature, frames):
    """(frames, M): mean over channels, each time step spread over frames."""
    _, attention = block(feature, training=False, return_attention=True)
    weights = keras.ops.convert_to_numpy(attention)[0].mean(-1).T
    return weights[np.arange(frames) * len(weights) // frames]


def pathways_figure(model, clip, title=None):
    """Draw the clip, its top-1 pathways, and all contributions over time.

    Args:
        model: A network with TSP blocks.
        clip: float32 (T, H, W, 3) in [0, 255].
        title: Line above the picture, or None.

    Returns:
        A `matplotlib.figure.Figure`: frames of the clip; below them the
        pathway that contributes most, a row for each block; below that a
        panel for each block with the curves of all its pathways.

    Raises:
        ValueError: As `pathway_weights`.
    """
    clip = np.asarray(clip)
    weights = pathway_weights(model, clip)
    blocks = _blocks(model)
    names = [block.name.removesuffix("_tsp") for block in blocks]
    rows = -(-len(names) // COLUMNS)
    heights = [strip_height(clip), 60 + 22 * len(names), *([170] * rows)]
    figure = new_figure(WIDTH, int(sum(heights)) + 110)
    figure.set_layout_engine("constrained")
    grid = figure.add_gridspec(2 + rows, COLUMNS, height_ratios=heights)
    draw_frames(figure.add_subplot(grid[0, :]), clip)
    _draw_top_pathways(figure.add_subplot(grid[1, :]), weights, names)
    for index, name in enumerate(names):
        row, column = divmod(index, COLUMNS)
        axes = figure.add_subplot(grid[2 + row, column])
        _draw_curves(axes, weights[index], name, first=column == 0)
    _draw_legend(figure, blocks[0])
    if title:
        figure.suptitle(title, fontsize=12)
    return figure


def strip_height(clip):
    """That at which frames keep their proportions, and room for a title."""
    frames, height, width, _ = clip.shape
    return 25 + STRIP_WIDTH / min(frames, MOST_FRAMES) * height / width


def draw_frames(axes, clip):
    """The middle frames of equal parts of the clip, above the time axis."""
    frames = len(clip)
    parts = min(frames, MOST_FRAMES)
    middles = (np.arange(parts) + 0.5) * frames / parts
    strip = np.concatenate(clip_to_uint8(clip[middles.astype(int)]), axis=1)
    axes.imshow(strip, extent=(0, frames, 0, 1), aspect="auto")
    for edge in np.arange(1, parts) * frames / parts:
        axes.axvline(edge, color="white", linewidth=2)
    axes.set_axis_off()
    axes.set_title("Clip", fontsize=10, loc="left")


def _draw_top_pathways(axes, weights, names):
    from matplotlib.colors import to_rgb

    blocks, frames, _ = weights.shape
    colors = np.array([to_rgb(_color(m)) for m in range(weights.shape[2])])
    axes.imshow(
        colors[weights.argmax(-1)],
        extent=(0, frames, blocks, 0),
        aspect="auto",
        interpolation="nearest",
    )
    axes.set_yticks(np.arange(blocks) + 0.5, names, fontsize=8)
    for edge in range(1, blocks):
        axes.axhline(edge, color="white", linewidth=2)
    axes.set_title("Pathway that contributes most", fontsize=10, loc="left")
    axes.set_xlabel("frame", fontsize=9)
    axes.tick_params(length=0, labelsize=8)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _draw_curves(axes, weights, name, first):
    """How far each contribution lies from an equal share, in points."""
    frames, pathways = weights.shape
    for m in range(pathways):
        axes.stairs(
            100 * (weights[:, m] - 1 / pathways),
            np.arange(frames + 1),
            baseline=None,
            color=_color(m),
            linewidth=1.8,
        )
    axes.axhline(0, color="#999999", linewidth=0.8)
    axes.set_xlim(0, frames)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_title(name, fontsize=10, loc="left")
    axes.set_xlabel("frame", fontsize=9)
    if first:
        axes.set_ylabel(f"share less 1/{pathways}, points", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_legend(figure, block):
    from matplotlib.patches import Patch

    rates = [conv.dilation_rate for conv in block.convs]
    patches = [
        Patch(color=_color(m), label=f"{m + 1}: {rate}")
        for m, rate in enumerate(rates)
    ]
    figure.legend(
        handles=patches,
        title="Pathway: dilation (T, H, W)",
        loc="outside lower center",
        ncols=min(len(patches), 4),
        frameon=False,
        fontsize=9,
        title_fontsize=9,
    )


def _color(pathway):
    return COLORS[pathway % len(COLORS)]

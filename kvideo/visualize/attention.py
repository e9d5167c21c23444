"""What a position of a clip looks at, in layers of attention.

The pictures of G. Huang, thesis, 2022, Fig. 4.1 and 4.9: the weights with
which all positions of a clip add to one of them, the reference, laid over
the frames.
"""

import inspect

import keras
import numpy as np

from kvideo.visualize.heat import overlay, stretch, to_heat


def attention_map(model, clip, position=None, layer=None):
    """The weights with which the positions of a clip add to one of them.

    Args:
        model: A functional network with layers that give their weights:
            `RegionNonLocal`, `NonLocal`, `ConvPyramidAttention`, alone or
            in an `AttentionChain`.
        clip: float32 (T, H, W, 3), as the network takes it.
        position: The reference (frame, row, column), in frames and pixels of
            the clip; None: its middle. Without meaning where all positions
            look at the same, as in `ConvPyramidAttention`.
        layer: Name of the layer; None: the last one in the network.

    Returns:
        float32 array (T', H', W'), with the positions of the layer. It adds
        up to 1 where the layer's weights do.

    Raises:
        ValueError: For another network, clip, position or layer.
    """
    clip = np.asarray(clip, "float32")
    position = _checked_position(clip, position)
    found = _find_layer(model, layer)
    x = keras.Model(model.input, found.input)(clip[None], training=False)
    for earlier in _before(found):
        x = earlier(x, training=False)
    inner = _inner(found)
    arguments = {}
    if "position" in inspect.signature(inner.call).parameters:
        cells = zip(position, x.shape[1:4], clip.shape[:3], strict=True)
        arguments["position"] = tuple(i * n // size for i, n, size in cells)
    _, scores = inner(x, return_attention_scores=True, **arguments)
    return keras.ops.convert_to_numpy(scores)[0]


def attention_overlay(model, clip, position=None, layer=None):
    """The clip with the weights over its frames, the reference in a square.

    Args:
        model, clip, position, layer: As of `attention_map`; `clip` in
            [0, 255].

    Returns:
        uint8 array (T, H, W, 3). The hottest place has the largest weight.

    Raises:
        ValueError: As `attention_map`.
        ImportError: If matplotlib is not installed.
    """
    position = _checked_position(np.asarray(clip), position)
    weights = attention_map(model, clip, position, layer)
    frames = overlay(clip, stretch(to_heat(weights), np.shape(clip)[:3]))
    return _mark(frames, position)


def attention_layers(model):
    """Names of the layers of a network that give their weights, in order."""
    return [layer.name for layer in model.layers if _inner(layer) is not None]


def _checked_position(clip, position):
    """The position as three integers inside of the clip."""
    if clip.ndim != 4:
        raise ValueError(
            "`clip` must be a single clip (T, H, W, 3). Received: "
            f"shape={clip.shape}"
        )
    sizes = clip.shape[:3]
    if position is None:
        return tuple(size // 2 for size in sizes)
    inside = len(position) == 3 and all(
        0 <= i < size for i, size in zip(position, sizes, strict=True)
    )
    if not inside:
        raise ValueError(
            "`position` must be (frame, row, column), from 0 to below "
            f"{sizes}. Received: position={position!r}."
        )
    return tuple(position)


def _find_layer(model, name):
    names = attention_layers(model)
    if not names:
        raise ValueError(
            "The network has no layer of attention that gives its weights, "
            "such as RegionNonLocal or NonLocal. Received: "
            f"model={model.name!r}."
        )
    if name is not None and name not in names:
        raise ValueError(
            f"`layer` must be one of {', '.join(names)}. Received: "
            f"layer={name!r}."
        )
    return model.get_layer(name or names[-1])


def _chain(layer):
    """The layers of an `AttentionChain`, else the layer alone."""
    if isinstance(layer, keras.Model):
        return [layer]
    return list(getattr(layer, "layers", [layer]))


def _inner(layer):
    """The last layer in a chain that gives its weights, or None."""
    for part in reversed(_chain(layer)):
        # Keras' own layers of attention have no axes of a clip.
        ours = not type(part).__module__.startswith("keras.")
        names = inspect.signature(part.call).parameters
        if ours and "return_attention_scores" in names:
            return part
    return None


def _before(layer):
    """The layers in a chain before the one that gives its weights."""
    chain = _chain(layer)
    return chain[: chain.index(_inner(layer))]


def _mark(frames, position, side=4):
    """A white square with a black edge around the reference."""
    frame, row, column = position
    height, width = frames.shape[1:3]
    # At a sixteenth of the frame it is seen in a small picture too.
    half = max(side, height // 16) // 2
    for margin, color in ((half + 1, 0), (half, 255)):
        top, left = max(row - margin, 0), max(column - margin, 0)
        bottom = min(row + margin, height - 1)
        right = min(column + margin, width - 1)
        frames[frame, [top, bottom], left : right + 1] = color
        frames[frame, top : bottom + 1, [left, right]] = color
    return frames

"""What is drawn into frames: pictures that move, turn and change size.

Places wrap around: what leaves on the left returns on the right, so a thing in
motion is anywhere at any time, and a frame alone tells nothing.
"""

import numpy as np

from kvideo.data.procedural.textures import SIZE


def outline(rng):
    """The opacity of a random shape, float32 `(64, 64)` in [0, 1]."""
    line = np.linspace(-1, 1, SIZE, dtype=np.float32)
    x, y = line, line[:, None]
    angle, radius = np.arctan2(y, x), np.hypot(x, y)
    corners, depth = rng.integers(0, 7), rng.uniform(0.05, 0.45)
    power = rng.uniform(1, 6)
    if corners < 2:
        # A superellipse: from a diamond over an ellipse to a box.
        squash = rng.uniform(0.45, 1)
        edge = 1 - (np.abs(x) ** power + np.abs(y / squash) ** power)
    else:
        wave = np.cos(corners * angle + rng.uniform(0, 2 * np.pi))
        edge = 0.95 - depth * (1 - wave) - radius
    return np.clip(edge * 8, 0, 1).astype(np.float32)


def moving_texture(texture, path, size):
    """Frames `(T, size, size, 3)`: a texture that fills them and moves.

    Args:
        texture: uint8 `(64, 64, 3)`, periodic.
        path: `(T, 4)`: how far it has moved to the right and down, in its
            own pixels; angle in turns; pixels of it for each of the frame.
        size: Side of the frames in pixels.
    """
    line = np.arange(size, dtype=np.float32) - size / 2
    line = np.broadcast_to(line, (len(path), size))
    u, v = _turned(line, line, path)
    u -= path[:, 0, None, None]
    v -= path[:, 1, None, None]
    texels = _periodic(v) * SIZE + _periodic(u)
    return texture.reshape(-1, 3)[texels].astype(np.float32)


def draw(frames, texture, opacity, path):
    """Draws a textured shape into frames, in place.

    Args:
        frames: float32 `(T, S, S, 3)`, changed.
        texture: `(64, 64, 3)`.
        opacity: float32 `(64, 64)`.
        path: `(T, 4)`: x and y of the centre in pixels, angle in turns
            (clockwise), radius in pixels.
    """
    span = min(2 * int(np.ceil(path[:, 3].max() * 1.42)) + 2, frames.shape[1])
    corner = np.floor(path[:, :2] - span / 2).astype(np.int64)
    step = np.arange(span)
    x, y = (corner[:, axis, None] + step for axis in (0, 1))
    place = [
        (pixels - path[:, axis, None]).astype(np.float32)
        for axis, pixels in ((0, x), (1, y))
    ]
    scale = path.copy()
    scale[:, 3] = SIZE / 2 / path[:, 3]
    u, v = _turned(*place, scale)
    texels = _inside(v) * SIZE + _inside(u)
    share = opacity.reshape(-1)[texels][..., None]
    colour = texture.reshape(-1, 3)[texels]
    blend(frames, x, y, colour, share)


def blend(frames, x, y, colour, share):
    """Lays colours over boxes of frames that wrap around, in place.

    Args:
        frames: `(T, S, S, 3)`, changed.
        x, y: integers `(T, w)` and `(T, h)`: columns and rows of the boxes.
        colour: `(T, h, w, 3)`.
        share: `(T, h, w, 1)`, opacity in [0, 1].
    """
    size = frames.shape[1]
    index = (
        np.arange(len(frames))[:, None, None],
        (y % size)[:, :, None],
        (x % size)[:, None, :],
    )
    behind = frames[index]
    frames[index] = behind + share * (colour - behind)


def _turned(x, y, path):
    """Texture coordinates `(T, h, w)` of pixels, from the centre.

    Args:
        x, y: Places beside the centre, `(T, w)` and `(T, h)`.
        path: `(T, 4)`; its last column is how many texels a pixel is.
    """
    turn = 2 * np.pi * path[:, 2]
    cos = (np.cos(turn) * path[:, 3])[:, None].astype(np.float32)
    sin = (np.sin(turn) * path[:, 3])[:, None].astype(np.float32)
    u = (cos * x)[:, None, :] + (sin * y)[:, :, None]
    v = (cos * y)[:, :, None] - (sin * x)[:, None, :]
    return u, v


def _periodic(position):
    return position.astype(np.int32) & (SIZE - 1)


def _inside(position):
    """What lies outside meets the transparent border."""
    return np.clip(position + SIZE / 2, 0, SIZE - 1).astype(np.int32)

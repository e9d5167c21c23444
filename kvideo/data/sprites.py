"""Drawing for the motion data set: backgrounds, and sprites that wrap around.

Pictures are float32 RGB in [0, 255]; places are in frame widths, angles in
turns, and both, like the size, wrap around at 1. y points down, so a growing
angle turns clockwise on the screen.
"""

import numpy as np

SMALLEST, LARGEST = 0.18, 0.42  # radius of a sprite, in frame widths
_TEXTURE = 160  # pixels along the side of a sprite's own picture


def background(rng, size, camera):
    """Textured frames `(T, size, size, 3)` as seen from a moving camera.

    The picture is periodic, so that the camera can go on for ever.

    Args:
        rng: `numpy.random.Generator`.
        size: side of the frames in pixels.
        camera: `(T, 2)`, x and y of the camera in each frame.
    """
    base = rng.uniform(60, 150, 3)
    tint = rng.uniform(-1, 1, (2, 3))
    coarse, fine = _noise(rng, size, 3), _noise(rng, size, 10)
    picture = base + 28 * coarse[..., None] * tint[0]
    picture = picture + 14 * fine[..., None] * (0.5 + 0.5 * tint[1])
    picture = np.clip(picture, 0, 255).astype(np.float32)
    return np.stack([_rolled(picture, place * size) for place in camera])


def draw(frames, rng, path, camera, opacity=1.0):
    """Draws one random sprite into `frames`, in place.

    Args:
        frames: float32 `(T, S, S, 3)`, changed.
        rng: `numpy.random.Generator`: kind, texture and colours.
        path: `(T, 4)`: x, y, angle and size in each frame, from 0 to 1. The
            size runs from `SMALLEST` to `LARGEST` in equal ratios.
        camera: `(T, 2)`, as for `background`.
        opacity: from 0 to 1.
    """
    sprite = random_sprite(rng)
    sprite[..., 3] *= opacity
    pixels = _lookup(path, camera, frames.shape[1])
    seen = sprite.reshape(-1, 4)[pixels]
    frames += seen[..., 3:] * (seen[..., :3] - frames)


def random_sprite(rng):
    """A sprite's own picture, float32 `(160, 160, 4)`: RGB and opacity.

    One half is dark, so that every sprite, discs too, shows its angle; the
    pattern alone would not, stripes look alike every half turn.
    """
    line = np.linspace(-1, 1, _TEXTURE)
    x, y = np.meshgrid(line, line)
    inside = _SHAPES[rng.integers(len(_SHAPES))](x, y)
    pattern = _PATTERNS[rng.integers(len(_PATTERNS))](rng, x, y)
    bright, dark = _colours(rng)
    mix = (0.55 + 0.3 * pattern)[..., None]
    half = 1 / (1 + np.exp(-8 * x))[..., None]
    colour = mix * bright + (1 - mix) * dark
    colour = (0.25 + 0.75 * half) * colour + (1 - half) * 0.2 * bright[::-1]
    opacity = np.clip(inside / 0.06, 0, 1)[..., None]
    picture = np.concatenate([np.clip(colour, 0, 255), opacity], axis=-1)
    return picture.astype(np.float32)


def _lookup(path, camera, size):
    """Which pixel of the sprite's picture each pixel of the frames shows."""
    path = path % 1.0
    radius = SMALLEST * (LARGEST / SMALLEST) ** path[:, 3]
    angle = 2 * np.pi * path[:, 2]
    dx = _offsets(path[:, 0] - camera[:, 0], size) / radius[:, None]
    dy = _offsets(path[:, 1] - camera[:, 1], size) / radius[:, None]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    u = (cos * dx)[:, None, :] + (sin * dy)[:, :, None]
    v = (-sin * dx)[:, None, :] + (cos * dy)[:, :, None]
    return _texel(v) * _TEXTURE + _texel(u)


def _offsets(centre, size):
    """Shortest way round from the centre to each pixel: `(T, size)`."""
    place = (np.arange(size, dtype=np.float32) + 0.5) / size
    away = place - centre[:, None].astype(np.float32)
    return away - np.rint(away)


def _texel(position):
    """[-1, 1] to 0..159; what lies outside meets the transparent border."""
    texel = (position.astype(np.float32) + 1) * (_TEXTURE / 2)
    return np.clip(texel, 0, _TEXTURE - 1).astype(np.int32)


def _rolled(picture, shift):
    """The periodic picture seen from `shift` pixels to the right and below."""
    for axis, offset in ((1, shift[0]), (0, shift[1])):
        whole = int(np.floor(offset))
        part = np.float32(offset - whole)
        near = np.roll(picture, -whole, axis)
        picture = near + part * (np.roll(near, -1, axis) - near)
    return picture


def _noise(rng, size, cycles):
    """Periodic smooth noise `(size, size)`, mean 0, largest magnitude 1."""
    spectrum = np.fft.fft2(rng.standard_normal((size, size)))
    rate = np.fft.fftfreq(size, 1 / size)
    spectrum *= np.exp(-(rate[:, None] ** 2 + rate**2) / cycles**2)
    spectrum[0, 0] = 0
    noise = np.fft.ifft2(spectrum).real
    return noise / np.abs(noise).max()


def _colours(rng):
    """A bright and a dark colour, so that a sprite shows on any background."""
    bright = rng.uniform(120, 255, 3)
    bright[rng.integers(3)] = rng.uniform(215, 255)
    dark = rng.uniform(0, 110, 3)
    dark[rng.integers(3)] = rng.uniform(0, 25)
    return bright, dark


# Fields that are positive inside the shape and negative outside, within the
# unit disc, so that no sprite meets the border of its picture.


def _disc(x, y):
    return 0.85 - np.hypot(x, y)


def _ring(x, y):
    return 0.27 - np.abs(np.hypot(x, y) - 0.62)


def _square(x, y):
    return 0.66 - np.maximum(np.abs(x), np.abs(y))


def _triangle(x, y):
    sides = [2 * np.pi * k / 3 for k in range(3)]
    return 0.45 - np.max([np.cos(s) * x + np.sin(s) * y for s in sides], 0)


def _star(x, y):
    return 0.65 + 0.25 * np.cos(5 * np.arctan2(y, x)) - np.hypot(x, y)


def _cross(x, y):
    bars = [np.maximum(np.abs(a) / 2.6, np.abs(b)) for a, b in ((x, y), (y, x))]
    return 0.32 - np.min(bars, axis=0)


_SHAPES = (_disc, _ring, _square, _triangle, _star, _cross)


def _stripes(rng, x, y):
    angle, phase = rng.uniform(0, 2 * np.pi, 2)
    wave = rng.uniform(5, 9) * (np.cos(angle) * x + np.sin(angle) * y)
    return np.tanh(3 * np.sin(wave + phase))


def _checks(rng, x, y):
    rate, phase = rng.uniform(4, 7), rng.uniform(0, 2 * np.pi, 2)
    wave = np.sin(rate * x + phase[0]) * np.sin(rate * y + phase[1])
    return np.tanh(5 * wave)


def _blobs(rng, x, y):
    return np.tanh(4 * _noise(rng, len(x), 3))


_PATTERNS = (_stripes, _checks, _blobs)

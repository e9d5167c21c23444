"""Surfaces: periodic pictures of many kinds, made once and used many times."""

import numpy as np

SIZE = 64  # pixels along the side of a texture; a power of two
KINDS = ("noise", "stripes", "checks", "blobs", "plain")


class TexturePool:
    """A stock of textures, uint8 `(n, 64, 64, 3)`, each periodic.

    Args:
        seed: Integer from 0.
        number: How many there are, at least 1.
        images: Pictures to take textures from besides, a list of uint8
            arrays `(h, w, 3)` of 64 pixels or more along each side: half of
            the stock are cuts of them, mirrored so that they are periodic.

    Raises:
        ValueError: A number below 1, or a picture of another kind.
    """

    def __init__(self, seed=0, number=256, images=()):
        if number < 1:
            raise ValueError(
                f"`number` must be 1 or more. Received: number={number}"
            )
        rng = np.random.default_rng(np.random.SeedSequence((seed, 0)))
        self.textures = np.stack([_texture(rng) for _ in range(number)])
        pictures = [_checked(image) for image in images]
        for index in range(0, number if pictures else 0, 2):
            picture = pictures[rng.integers(len(pictures))]
            self.textures[index] = _cut(rng, picture)

    def draw(self, rng):
        """One of them, `(64, 64, 3)`."""
        return self.textures[rng.integers(len(self.textures))]


def _texture(rng):
    """A picture between two random colours, at random contrast."""
    kind = KINDS[rng.integers(len(KINDS))]
    mix = _PATTERNS[kind](rng)
    if rng.random() < 0.5:
        mix = 0.7 * mix + 0.3 * _noise(rng, 12)
    low, high = rng.uniform(0, 255, (2, 3))
    picture = low + mix[..., None] * (high - low)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _noise(rng, cycles=None):
    """Smooth noise in [0, 1] whose finest waves are so many in a picture."""
    cycles = cycles or rng.integers(2, 16)
    rate = np.abs(np.fft.fftfreq(SIZE) * SIZE)
    distance = np.hypot(*np.meshgrid(rate, rate))
    white = np.fft.fft2(rng.standard_normal((SIZE, SIZE)))
    smooth = np.fft.ifft2(white * np.exp(-((distance / cycles) ** 2))).real
    spread = smooth - smooth.min()
    return spread / max(spread.max(), 1e-6)


def _stripes(rng):
    """Waves with whole numbers of periods along both sides."""
    along = rng.integers(-6, 7, 2)
    if not along.any():
        along[0] = 3
    line = np.arange(SIZE) / SIZE
    phase = along[0] * line[:, None] + along[1] * line + rng.random()
    sharp = rng.uniform(1, 8)
    return 0.5 + 0.5 * np.tanh(sharp * np.sin(2 * np.pi * phase))


def _checks(rng):
    line = np.arange(SIZE) * int(2 ** rng.integers(1, 4)) * 2 // SIZE
    return ((line[:, None] + line) % 2).astype(float)


def _blobs(rng):
    return (_noise(rng) > rng.uniform(0.35, 0.65)).astype(float)


def _plain(rng):
    return 0.2 * _noise(rng, 3)


_PATTERNS = {
    "noise": _noise,
    "stripes": _stripes,
    "checks": _checks,
    "blobs": _blobs,
    "plain": _plain,
}


def _checked(image):
    image = np.asarray(image)
    fits = image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8
    if not fits or min(image.shape[:2]) < SIZE:
        raise ValueError(
            f"`images` must be uint8 (h, w, 3), h and w of {SIZE} or more. "
            f"Received: shape={image.shape}, dtype={image.dtype}"
        )
    return image


def _cut(rng, picture):
    """A piece of a picture with its mirror images beside it."""
    half = SIZE // 2
    step = int(rng.integers(1, min(picture.shape[:2]) // half))
    room = np.array(picture.shape[:2]) - (half - 1) * step
    top, left = (rng.integers(size) for size in room)
    piece = picture[top::step, left::step][:half, :half]
    piece = np.concatenate([piece, piece[:, ::-1]], axis=1)
    return np.concatenate([piece, piece[::-1]])

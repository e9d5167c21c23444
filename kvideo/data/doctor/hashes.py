"""Perceptual hashes of videos, and which of many are near each other.

The hash of a frame is that of C. Zauner, "Implementation and benchmarking of
perceptual image hash functions" (thesis, Hagenberg, 2010), section 3.2.1: the
frame in gray at 32 x 32, its DCT, the 8 x 8 lowest frequencies, and a bit for
each that says whether it is above their median. Scaling, re-encoding,
brightness and contrast move few bits. Deviations: the frame is averaged over
areas instead of blurred and sampled, and the constant term, whose bit would
always be set, is left out, so 63 of the 64 bits are used.

A video has the hashes of a few frames. The distance of two videos is the mean
number of bits in which their frames differ, frame by frame.
"""

import numpy as np

SIDE, LOW = 32, 8
# Frames with less contrast (standard deviation, of 255) have no shape: their
# bits would be noise.
FLAT = 2.0
# Distances that are held in memory at a time.
_BLOCK = 1 << 22

# Luma of BT.601.
_GRAY = np.array([0.299, 0.587, 0.114], np.float32)


def fingerprint(frames):
    """The hashes of some frames of a video and of their mirror images.

    Args:
        frames: uint8 `(k, H, W, 3)`.

    Returns:
        uint64 `(2, k)`, as they are and mirrored; 0 for flat frames. `None`
        where more than half of the frames are flat.
    """
    small = [shrink(frame, SIDE, SIDE) @ _GRAY for frame in frames]
    shapes = [image.std() > FLAT for image in small]
    if 2 * sum(shapes) < len(frames):
        return None
    rows = [
        [
            _hash(turned(i)) if s else 0
            for i, s in zip(small, shapes, strict=True)
        ]
        for turned in (np.asarray, np.fliplr)
    ]
    return np.array(rows, np.uint64)


def shrink(image, height, width):
    """An image averaged over areas: `(H, W, C)` to `(height, width, C)`.

    The borders of the areas are whole pixels; pixels of smaller images are
    repeated.
    """
    total, area = image, 1
    for axis, size in enumerate((height, width)):
        starts = np.arange(size) * image.shape[axis] // size
        total = np.add.reduceat(total, starts, axis=axis, dtype=np.float32)
        widths = np.diff(starts, append=image.shape[axis]).clip(1)
        area = area * widths.reshape((-1, 1) if axis == 0 else (1, -1))
    return total / area[..., None]


def _dct(size, rows):
    """The first rows of the matrix of the DCT-II, `(rows, size)`."""
    places = (np.arange(size) + 0.5) / size
    return np.cos(np.pi * np.arange(rows)[:, None] * places)


_LOWEST = _dct(SIDE, LOW)


def _hash(image):
    values = (_LOWEST @ image @ _LOWEST.T).ravel()[1:]
    bits = values > np.median(values)
    return int(np.packbits(bits, bitorder="little").view(np.uint64)[0])


def near(first, second, bits):
    """Which videos of two lists look alike.

    Every pair is compared: n * m * k operations on 64 bits.

    Args:
        first: uint64 `(n, k)`, the hashes of n videos.
        second: uint64 `(m, k)`.
        bits: the largest distance, in bits a frame.

    Yields:
        (i, j, distance) for all pairs with i < j, a block of rows at a time:
        int, int and float arrays of one length.
    """
    frames = first.shape[1] if len(first) else 1
    step = max(1, _BLOCK // max(1, len(second)))
    for start in range(0, len(first), step):
        rows = first[start : start + step]
        total = np.zeros((len(rows), len(second)), np.uint16)
        for frame in range(frames):
            differ = rows[:, frame, None] ^ second[None, :, frame]
            total += np.bitwise_count(differ)
        i, j = np.nonzero(total <= bits * frames)
        kept = i + start < j
        i, j = i[kept], j[kept]
        yield i + start, j, total[i, j] / frames

"""SoftPool: an average in which each value is weighted by its exponential.

Paper: Stergiou, Poppe, Kalliatakis, "Refining Activation Downsampling with
SoftPool", ICCV 2021; Eq. 5 of Stergiou and Poppe, "Multi-Temporal
Convolutions for Human Action Recognition in Videos".

The sums are taken over x - m, with m the maximum of the window:

    y = m + sum_i e_i (x_i - m) / sum_i e_i,    e_i = exp(x_i - m)

No e_i is above 1 and that of the maximum is 1, so the lower sum is between 1
and the size n of the window; and -1/e <= d exp(d) <= 0 for d <= 0, so the
upper sum is between -n/e and 0. Nothing is divided by 0, and where x - m would
leave the range of the type it stops at a number whose exponential is 0. One m
for a whole channel would not do: all e_i of a window that lies 104 below it are
0 in float32, and 0 / 0 is NaN. With w_i = e_i / sum_j
e_j the gradient is

    dy / dx_i = w_i (1 + x_i - y)

and automatic differentiation finds it in this form, m being a constant that y
does not depend on.

Decisions:
- The weights are those of each channel, Eq. 5, as in the authors' CUDA
  kernel; their PyTorch fallback shares one weight among all channels. That
  kernel clamps results at 0, for it follows a ReLU; Eq. 5 does not.
- Where windows do not fill an axis, the last row, column or frame is repeated
  (their code repeats the first ones). No position is lost.
"""

import functools
import itertools

from keras import ops

from kvideo.ops.arguments import check_clip, triple
from kvideo.ops.windows import covering_length, fill_windows

# The exponential of it is 0 in every type, and no type has it as infinity.
_LOWEST = -1e4


def soft_pool(x, pool_size, strides=None):
    """Mean of each window, weighted by the exponentials of its values.

    Args:
        x: clips, (B, T, H, W, C), T, H and W known.
        pool_size: int or three ints (T, H, W).
        strides: int or three ints; `None` means `pool_size`.

    Returns:
        Clips with `covering_length` positions on each of T, H and W, each
        value between the mean and the maximum of its window.

    Raises:
        ValueError: on another rank, a size that is no positive int, or an
            axis of unknown length.
    """
    check_clip(x)
    window = triple(pool_size, "pool_size", minimum=1)
    strides = triple(window if strides is None else strides, "strides", 1)
    lengths = [
        covering_length(*axis)
        for axis in zip(x.shape[1:4], window, strides, strict=True)
    ]
    x = fill_windows(x, window, strides)
    if window == strides:
        return _average(_tiles(x, window, lengths))
    return _average(_shifted(x, window, strides, lengths))


def _tiles(x, window, lengths):
    """The values of windows that lie side by side, one tensor for each place.

    Runs of memory taken apart along time, height and width in turn, with
    nothing transposed: two to six times faster than slices with a step.
    """
    (time, high, wide), (t, h, w) = window, lengths
    channels = x.shape[-1]
    row = w * wide * channels
    places = []
    for frames in _parts(x, time, h * high * row):
        for rows in _parts(frames, high, row):
            columns = ops.reshape(rows, (-1, t, h, w, wide * channels))
            places += ops.split(columns, wide, axis=-1)
    return places


def _parts(x, count, length):
    """Of every `count` runs of this length all first ones, second ones, ..."""
    if count == 1:
        return [x]
    return ops.unstack(ops.reshape(x, (-1, count, length)), count, axis=1)


def _shifted(x, window, strides, lengths):
    """The same for windows that overlap or leave gaps."""
    places = []
    for starts in itertools.product(*map(range, window)):
        index = [
            slice(start, start + (length - 1) * stride + 1, stride)
            for start, length, stride in zip(
                starts, lengths, strides, strict=True
            )
        ]
        places.append(x[(slice(None), *index)])
    return places


def _average(places):
    """The formula above, over a list of tensors of one shape."""
    largest = ops.stop_gradient(functools.reduce(ops.maximum, places))
    below = [ops.maximum(x - largest, _LOWEST) for x in places]
    weights = [ops.exp(x) for x in below]
    upper = sum(e * x for e, x in zip(weights, below, strict=True))
    return largest + upper / sum(weights)

"""Time stamps that increase, from those that a file has."""

import numpy as np


def repaired(times, fps):
    """Seconds of each frame after the first one.

    A stamp that is missing, or not above all before it, is thrown away. Gaps
    between good stamps are filled evenly; before the first and after the last
    good stamp frames are `1 / fps` apart.

    Args:
        times: float64 `(n,)` seconds in the order of display, `nan` where
            there is no stamp.
        fps: frames a second, above 0.

    Returns:
        float64 `(n,)`, from 0, strictly increasing.
    """
    places = np.arange(len(times))
    known = np.where(np.isnan(times), -np.inf, times)
    before = np.maximum.accumulate(np.r_[-np.inf, known])[:-1]
    good = np.flatnonzero(known > before)
    if not len(good):
        return places / fps
    first, last = good[0], good[-1]
    filled = np.interp(places, good, times[good])
    filled[:first] -= (first - places[:first]) / fps
    filled[last + 1 :] += (places[last + 1 :] - last) / fps
    return filled - filled[0]


def is_variable(times, tick):
    """Whether the steps between frames differ by more than rounding does.

    Args:
        times: float64 `(n,)` seconds, increasing.
        tick: the unit that the file rounds its stamps to, in seconds.
    """
    return breaks(times, tick) > 0


def breaks(times, tick):
    """How many steps between frames are not as long as most.

    Args:
        times: float64 `(n,)` in any unit.
        tick: what the file rounds its stamps to, in that unit.
    """
    steps = np.diff(times)
    if len(steps) < 2:
        return 0
    usual = np.median(steps)
    limit = max(0.1 * usual, 1.5 * tick)
    return int((np.abs(steps - usual) > limit).sum())

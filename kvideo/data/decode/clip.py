"""Wanted frames, put into one array as they come."""

import numpy as np

from kvideo.data.decode.errors import VideoDecodeError


class Clip:
    """The frames of a clip.

    One array, because frames of 1080p are large: a list that is stacked and
    then put into order would need three times the memory.

    Args:
        path: the file, for errors.
        places: int `(n,)`: for each frame of the clip, the number of its
            frame among the distinct ones, as `np.unique` gives it.
    """

    def __init__(self, path, places):
        self.path, self.places, self.frames = path, places, None
        self._damaged = np.zeros(len(places), bool)

    @property
    def damaged(self):
        """The places of damaged frames in the clip, int `(k,)`."""
        return np.flatnonzero(self._damaged)

    def put(self, number, array, damaged=False):
        """Stores a distinct frame, uint8 `(H, W, 3)`, wherever it is wanted."""
        if self.frames is None:
            shape = (len(self.places), *array.shape)
            self.frames = np.empty(shape, np.uint8)
        if array.shape != self.frames.shape[1:]:
            sizes = sorted({array.shape[:2], self.frames.shape[1:3]})
            reason = f"its frames change size: {sizes}"
            raise VideoDecodeError(self.path, reason)
        here = self.places == number
        self.frames[here], self._damaged[here] = array, damaged

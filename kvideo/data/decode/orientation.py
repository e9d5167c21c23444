"""How the pictures of a file are to be shown: turned, mirrored, or both.

A file says so by a matrix, `(x', y') = (a x + c y, b x + d y)`, which holds for
the file or comes with each picture. It is read as FFmpeg's own programs do
(`insert_rotate` of fftools/ffmpeg_filter.c), so that what is shown here is
what a player shows.
"""

import dataclasses

import numpy as np
from av.sidedata.sidedata import Type


@dataclasses.dataclass(frozen=True)
class Orientation:
    """What makes a stored picture upright.

    Attributes:
        turns: quarter turns clockwise, 0 to 3.
        mirrored: whether left and right are exchanged after that.
    """

    turns: int = 0
    mirrored: bool = False

    def upright(self, array):
        """A picture `(H, W, C)` as it is to be shown."""
        array = np.rot90(array, -self.turns) if self.turns else array
        return array[:, ::-1] if self.mirrored else array

    def size(self, height, width):
        """(height, width) of the upright picture."""
        return (width, height) if self.turns % 2 else (height, width)


def of(frame):
    """The `Orientation` of an `av.VideoFrame`.

    Angles in between are taken for the nearest quarter turn.
    """
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    if matrix is None:
        return Orientation()
    a, _, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].tolist()
    turns = round(-frame.rotation / 90) % 4
    if turns % 2:
        # FFmpeg looks at one number alone, also where the others disagree.
        return Orientation(turns, c > 0 if turns == 1 else c < 0)
    if turns == 2:
        return _flips(a < 0, d < 0)
    return _flips(False, d < 0)


def _flips(across, down):
    """Mirrored left to right, upside down, or both, which is half a turn."""
    return Orientation(2 * down, across != down)

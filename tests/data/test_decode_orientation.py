"""Turned and mirrored pictures are shown as a player shows them."""

import itertools

import numpy as np
import pytest

from kvideo.data import decode
from tests.support.videos import numbered_frames, write_numbered_video

# (a, b, c, d) of x' = a x + c y, y' = b x + d y: all turns, all mirrors.
MATRICES = [
    matrix
    for s, t in itertools.product((1, -1), (1, -1))
    for matrix in ((s, 0, 0, t), (0, s, t, 0))
]


def _moved(frame, matrix):
    """Each pixel is put where the matrix says; places start from 0 again."""
    a, b, c, d = matrix
    y, x = np.indices(frame.shape[:2])
    across, down = a * x + c * y, b * x + d * y
    across, down = across - across.min(), down - down.min()
    moved = np.zeros((down.max() + 1, across.max() + 1, 3), np.uint8)
    moved[down, across] = frame
    return moved


def _write_matrix(path, matrix):
    """Into the header of the track."""
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 4 + 40
    a, b, c, d = matrix
    for cell, value in enumerate((a, b, 0, c, d)):
        place = start + 4 * cell
        word = (value << 16).to_bytes(4, "big", signed=True)
        content[place : place + 4] = word
    path.write_bytes(content)


@pytest.mark.parametrize("matrix", MATRICES)
def test_each_of_the_eight(tmp_path, matrix):
    path = write_numbered_video(tmp_path / "turned.mp4", 10)
    frames = numbered_frames(10)
    _write_matrix(path, matrix)
    for place in (1, 9):
        expected = _moved(frames[place], matrix)
        [found] = decode.read_frames(path, [place])
        np.testing.assert_array_equal(found, expected)
    info = decode.probe(path)
    assert (info.height, info.width) == expected.shape[:2]
    a, b, c, d = matrix
    assert info.mirrored == (a * d - b * c < 0)


@pytest.mark.parametrize(
    ("matrix", "rotation"),
    [
        ((1, 0, 0, 1), 0),
        ((0, 1, -1, 0), 90),
        ((-1, 0, 0, -1), 180),
        ((0, -1, 1, 0), 270),
    ],
)
def test_rotation_is_clockwise(tmp_path, matrix, rotation):
    path = write_numbered_video(tmp_path / "turned.mp4", 2)
    _write_matrix(path, matrix)
    info = decode.probe(path)
    assert (info.rotation, info.mirrored) == (rotation, False)

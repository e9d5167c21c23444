import dataclasses

import numpy as np
import pytest

from kvideo.data import ClipSpec, Listing, decode, load_clip
from kvideo.data.tempo import TempoFiles, at_rate
from kvideo.data.timing import NoTimesError
from tests.support.videos import write_numbered_video

SPEC = ClipSpec(4, (16, 24), "dense", frame_stride=2)


class Files:
    """A file of n frames that are their own numbers, one each second."""

    def __init__(self, number, promised=None):
        self.number, self.promised = number, promised or number

    def count_frames(self, path):
        return self.promised

    def frame_times(self, path):
        return np.arange(self.number, dtype=float)

    def read_frames(self, path, indices):
        if max(indices) >= self.number:
            raise decode.VideoTooShortError(path, self.number, max(indices))
        numbers = np.uint8(indices)[:, None, None, None]
        return np.tile(numbers, (1, 2, 2, 3))


def frames_of(files, rate, spec, path="a"):
    listing, spec = at_rate(Listing([path], files=files), spec, rate)
    spec = dataclasses.replace(spec, frame_size=(2, 2))
    return load_clip(path, spec, files=listing.files)[:, 0, 0, 0].tolist()


@pytest.mark.parametrize(
    "number,half,double",
    [(7, [0, 2, 4, 6], [*range(7)]), (6, [0, 2, 4], [*range(6)])],
)
def test_frames_by_hand(number, half, double):
    for rate, expected in ((0.5, half), (2, np.repeat(double, 2).tolist())):
        files = TempoFiles(Files(number), rate)
        assert files.count_frames("a") == len(expected)
        shown = files.read_frames("a", np.arange(len(expected)))
        assert shown[:, 0, 0, 0].tolist() == expected
        times = expected if rate < 1 else np.arange(len(expected)) / 2
        assert files.frame_times("a").tolist() == list(times)


def test_rates_are_strides():
    """From 32 frames, four at stride 2 have a middle of 15 or 16."""
    assert frames_of(Files(32), 0.5, SPEC) == [8, 12, 16, 20]
    assert frames_of(Files(32), 2, SPEC) == [14, 15, 16, 17]
    single = dataclasses.replace(SPEC, frame_stride=1)
    assert frames_of(Files(32), 2, single) == [15, 15, 16, 16]


def test_single_frames_of_segments_hardly_move():
    spec = ClipSpec(4, (2, 2), "segment")
    normal = np.array(frames_of(Files(40), 0.5, spec))
    assert np.abs(normal - frames_of(Files(40), 2, spec)).max() <= 2


def test_instants_in_seconds_change_their_rate():
    spec = dataclasses.replace(SPEC, target_fps=1, frame_stride=1)
    assert frames_of(Files(16), 0.5, spec) == [4, 6, 8, 10]
    listing, changed = at_rate(Listing(["a"]), spec, 2)
    assert (listing.files, changed.target_fps) == (None, 2)


def test_the_usual_rate_changes_with_the_videos():
    """So that the network meets another speed, whatever its videos' rate."""
    timed = dataclasses.replace(SPEC, frame_rate=1)
    for rate in (0.5, 2):
        expected = frames_of(Files(32), rate, SPEC)
        assert frames_of(Files(32), rate, timed) == expected
    slow = dataclasses.replace(SPEC, frame_rate=2, frame_stride=4)
    assert frames_of(Files(32), 0.5, slow) == frames_of(Files(32), 0.5, SPEC)


def test_no_times():
    class Untimed:
        pass

    with pytest.raises(NoTimesError, match="'a'"):
        TempoFiles(Untimed(), 2).frame_times("a")


def test_a_header_that_promises_too_much():
    """Seen as half of 12 frames there seem to be 6 and are 3."""
    spec = ClipSpec(3, (2, 2), "consecutive")
    assert frames_of(Files(6, promised=12), 0.5, spec) == [0, 2, 4]


def test_a_real_file(tmp_path):
    path = write_numbered_video(tmp_path / "a.mp4", 20)
    listing, spec = at_rate(Listing([str(path)]), SPEC, 0.5)
    clip = load_clip(path, spec, files=listing.files)
    assert clip[:, 0, 0, 0].tolist() == [2, 6, 10, 14]


def test_another_rate_is_refused():
    with pytest.raises(ValueError, match="rate=3"):
        TempoFiles(Files(3), 3)

import os
import sys

import numpy as np
import pytest

from kvideo.data import cache, decode, jpeg_file
from kvideo.data.decode import damage


class Videos:
    """Videos of grey frames, 20 more from frame to frame; counts decodings."""

    def __init__(self, frames=8, header=None, size=(16, 24), fails_at=None):
        self.frames, self.header = frames, header or frames
        self.size, self.fails_at, self.decoded = size, fails_at, 0

    def count_frames(self, path):
        return self.header

    def frame_times(self, path):
        return np.arange(self.header) / 10

    def iterate_frames(self, path):
        for number in range(self.frames):
            if number == self.fails_at:
                raise decode.VideoDecodeError(path, "it broke")
            self.decoded += 1
            yield np.full((*self.size, 3), 20 * number, np.uint8)

    def read_frames(self, path, indices):
        self.decoded += len(indices)
        return np.stack(
            [np.full((*self.size, 3), 20 * i, np.uint8) for i in indices]
        )


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "video.mp4"
    path.write_bytes(b"a video")
    return path


def numbers(clip):
    """Frame numbers; a flat grey block survives JPEG to one step."""
    assert clip.max(axis=(1, 2, 3)).tolist() == pytest.approx(
        clip.min(axis=(1, 2, 3)).tolist(), abs=1
    )
    return np.rint(clip.mean(axis=(1, 2, 3)) / 20).astype(int).tolist()


def test_frames_keep_their_numbers_and_are_decoded_once(video, tmp_path):
    source = Videos()
    frames = cache.FrameCache(tmp_path / "cache", source)
    assert frames.count_frames(video) == 8
    clip = frames.read_frames(video, np.array([7, 2, 2, 0]))
    assert clip.dtype == np.uint8
    assert clip.shape == (4, 16, 24, 3)
    assert numbers(clip) == [7, 2, 2, 0]
    again = cache.FrameCache(tmp_path / "cache", source)
    assert numbers(again.read_frames(video, [3])) == [3]
    np.testing.assert_array_equal(again.frame_times(video), np.arange(8) / 10)
    assert source.decoded == 8
    assert os.listdir(tmp_path / "cache") == [frames.path_of(video).name]


def test_videos_of_one_name_have_their_own_files(video, tmp_path):
    other = tmp_path / "other" / "video.mp4"
    frames = cache.FrameCache(tmp_path / "cache", Videos())
    assert frames.path_of(other) != frames.path_of(video)


def test_a_changed_video_or_setting_is_stored_again(video, tmp_path):
    source = Videos()
    frames = cache.FrameCache(tmp_path, source)
    frames.count_frames(video)
    os.utime(video, ns=(0, 1))
    assert numbers(frames.read_frames(video, [1])) == [1]
    assert source.decoded == 16
    video.write_bytes(b"another video")
    os.utime(video, ns=(0, 1))
    frames.count_frames(video)
    assert source.decoded == 24
    other = cache.FrameCache(tmp_path, source, quality=80)
    other.count_frames(video)
    assert source.decoded == 32


@pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.999])
def test_a_cut_file_is_stored_again(video, tmp_path, share):
    source = Videos()
    frames = cache.FrameCache(tmp_path, source)
    frames.count_frames(video)
    stored = frames.path_of(video)
    content = stored.read_bytes()
    stored.write_bytes(content[: int(share * len(content))])
    assert numbers(frames.read_frames(video, [5])) == [5]
    assert source.decoded == 16
    assert stored.read_bytes() == content


def test_every_changed_byte_is_noticed(video, tmp_path):
    source = Videos(frames=2)
    frames = cache.FrameCache(tmp_path, source)
    frames.count_frames(video)
    stored = frames.path_of(video)
    content = stored.read_bytes()
    places = range(0, len(content), 37)
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1
        stored.write_bytes(changed)
        assert numbers(frames.read_frames(video, [0, 1])) == [0, 1]
        assert stored.read_bytes() == content
    assert source.decoded == 2 + 2 * len(places)


def test_an_interrupted_write_leaves_nothing(video, tmp_path):
    def interrupted():
        yield np.zeros((8, 8, 3), np.uint8)
        raise KeyboardInterrupt

    folder = tmp_path / "cache"
    folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        jpeg_file.write(folder / "video.jpegs", interrupted())
    assert not os.listdir(folder)


def test_what_a_killed_run_left_is_not_taken_for_a_video(video, tmp_path):
    frames = cache.FrameCache(tmp_path / "cache", Videos())
    partial = frames.path_of(video)
    partial.with_name(f".partial-{partial.name}-x").write_bytes(b"half")
    assert numbers(frames.read_frames(video, [4])) == [4]


def test_a_header_that_promises_too_much(video, tmp_path):
    frames = cache.FrameCache(tmp_path, Videos(frames=6, header=9))
    assert frames.count_frames(video) == len(frames.frame_times(video)) == 6
    with pytest.raises(decode.VideoTooShortError) as error:
        frames.read_frames(video, [2, 8])
    assert error.value.num_frames == 6


def test_damaged_frames_stay_known(video, tmp_path):
    class Damaged(Videos):
        def iterate_frames(self, path):
            yield from super().iterate_frames(path)
            damage.report(path, [2, 5, 6], 8)

    for source in (Damaged(), None):
        frames = cache.FrameCache(tmp_path / "cache", source or Videos())
        with damage.collected() as reports:
            assert numbers(frames.read_frames(video, [5, 0, 1])) == [5, 0, 1]
        [report] = reports
        assert report.frames == (0,)
        with pytest.raises(decode.VideoDecodeError, match="2 of 3 frames"):
            frames.read_frames(video, [2, 0, 6])


def test_what_an_earlier_version_miscounted_is_stored_again(video, tmp_path):
    frames = cache.FrameCache(tmp_path / "cache", Videos(frames=6))
    name = frames.path_of(video)
    whole = [np.zeros((16, 24, 3), np.uint8)] * 6
    state, times = frames._state(video), list(range(9))
    jpeg_file.write(name, whole, 90, state=state, count=9, times=times)
    assert numbers(frames.read_frames(video, [5])) == [5]
    np.testing.assert_allclose(frames.frame_times(video), np.arange(6) / 10)


def test_a_video_that_breaks_off_is_read_without_the_cache(video, tmp_path):
    source = Videos(fails_at=3)
    frames = cache.FrameCache(tmp_path / "cache", source)
    assert frames.count_frames(video) == 8
    assert len(frames.frame_times(video)) == 8
    clip = frames.read_frames(video, [1, 0])
    assert numbers(clip) == [1, 0]
    # Storing was tried once: three frames, and the two of the clip.
    assert source.decoded == 5
    assert not os.listdir(tmp_path / "cache")


def test_frames_that_change_size_are_left_to_the_decoder(video, tmp_path):
    class Growing(Videos):
        def iterate_frames(self, path):
            yield np.zeros((8, 8, 3), np.uint8)
            yield np.zeros((8, 16, 3), np.uint8)

    frames = cache.FrameCache(tmp_path / "cache", Growing())
    assert numbers(frames.read_frames(video, [1])) == [1]
    assert not os.listdir(tmp_path / "cache")


@pytest.mark.parametrize(
    ("size", "stored"), [((40, 60), (20, 30)), ((60, 40), (30, 20))]
)
def test_larger_frames_are_reduced(video, tmp_path, size, stored):
    frames = cache.FrameCache(tmp_path, Videos(size=size), short_side=20)
    assert frames.read_frames(video, [0]).shape == (1, *stored, 3)
    same = cache.FrameCache(tmp_path, Videos(size=(16, 24)), short_side=20)
    assert same.read_frames(video, [0]).shape == (1, *stored, 3)
    other = tmp_path / "small.mp4"
    other.write_bytes(b"small")
    assert same.read_frames(other, [0]).shape == (1, 16, 24, 3)


def test_a_missing_video_is_named(tmp_path):
    frames = cache.FrameCache(tmp_path, Videos())
    with pytest.raises(decode.VideoDecodeError, match=r"gone\.mp4.*No such"):
        frames.count_frames(tmp_path / "gone.mp4")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"short_side": 0}, "cache_short_side=0"),
        ({"short_side": 2.5}, "cache_short_side=2.5"),
        ({"quality": 96}, "quality=96"),
        ({"files": object()}, "without count_frames"),
    ],
)
def test_bad_arguments(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        cache.FrameCache(tmp_path, **arguments)


def test_the_error_without_pillow_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"kvideo\[frames\]"):
        cache.FrameCache(tmp_path)

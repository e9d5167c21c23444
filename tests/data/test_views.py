import numpy as np
import pytest

from kvideo.data import decode, sampling
from kvideo.data.spec import ClipSpec, load_clip
from kvideo.data.views import Views, boxes, load_views, read_clips
from tests.support.videos import frame_numbers, write_numbered_video


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    return write_numbered_video(folder / "numbered.mp4", 20, (16, 24))


def test_parse():
    assert Views.parse("10x3") == Views(10, 3)
    assert str(Views(10, 3)) == "10x3"
    assert len(Views(10, 3)) == 30
    assert Views() == Views.parse("1x1")


@pytest.mark.parametrize("text", ["10", "x3", "10x", "-1x3", "3x3x3", "axb"])
def test_views_that_cannot_be_read(text):
    with pytest.raises(ValueError, match=r"such as '10x3'\. Received: "):
        Views.parse(text)


def test_bad_views():
    with pytest.raises(ValueError, match="crops=2"):
        Views(2, 2)
    with pytest.raises(ValueError, match="clips=0"):
        Views(0, 3)
    whole = ClipSpec(2, 8, crop_to_aspect_ratio=False)
    with pytest.raises(ValueError, match=r"one crop\. Received: views=2x3"):
        load_views("video", whole, "2x3")


def test_three_boxes_along_the_long_side():
    spec = ClipSpec(frame_size=8)
    assert boxes((16, 24), spec, 3).tolist() == [
        [0, 0, 16, 16],
        [0, 4, 16, 16],
        [0, 8, 16, 16],
    ]
    assert boxes((24, 16), spec, 3)[:, :2].tolist() == [[0, 0], [4, 0], [8, 0]]
    # 12 of a short side of 16 that is resized to 16: the rest is divided.
    inner = ClipSpec(frame_size=12, resize_to=16)
    assert boxes((16, 24), inner, 3).tolist() == [
        [2, 0, 12, 12],
        [2, 6, 12, 12],
        [2, 12, 12, 12],
    ]


def test_ten_boxes():
    inner = ClipSpec(frame_size=12, resize_to=16)
    found = boxes((16, 24), inner, 10)[:, :2].tolist()
    assert found[:5] == [[0, 0], [0, 12], [4, 0], [4, 12], [2, 6]]
    assert found[5:] == found[:5]


@pytest.mark.parametrize(
    "settings",
    [
        {"sampler": "segment", "frames_per_segment": 2},
        {"sampler": "dense", "frame_stride": 3},
        {"sampler": "uniform"},
    ],
)
def test_views_are_single_clips_cut_by_hand(video, settings):
    spec = ClipSpec(4, frame_size=16, **settings)
    found = load_views(video, spec, "3x3")
    assert found.shape == (9, 4, 16, 16, 3)
    assert found.dtype == np.float32
    whole = decode.read_frames(video, range(20))
    for clip in range(3):
        numbers = sampling.sample(20, spec, clip=(clip, 3))
        for crop, left in enumerate((0, 4, 8)):
            np.testing.assert_array_equal(
                found[3 * clip + crop], whole[numbers, :, left : left + 16]
            )


def test_ten_crops_end_mirrored(video):
    spec = ClipSpec(2, frame_size=12, resize_to=16)
    found = load_views(video, spec, "1x10")
    np.testing.assert_array_equal(found[5:], found[:5, :, :, ::-1])
    assert found[:5, 0, 0, 0, 1].tolist() == [0, 12, 0, 12, 6]


def test_one_view_is_the_clip_of_testing(video):
    for size in (16, (8, 11)):
        spec = ClipSpec(6, size, frames_per_segment=3)
        view = load_views(video, spec, Views())
        np.testing.assert_array_equal(view[0], load_clip(video, spec))


def test_frames_that_clips_share_are_read_once(video):
    calls = []

    class Files:
        count_frames = staticmethod(decode.count_frames)

        @staticmethod
        def read_frames(path, indices):
            calls.append(list(indices))
            return decode.read_frames(path, indices)

    spec = ClipSpec(12, 16, "consecutive")
    frames, places = read_clips(video, spec, 5, files=Files)
    assert calls == [list(range(20))]
    assert len(frames) == 20
    assert places[:, 0].tolist() == [0, 2, 4, 6, 8]
    for row in places:
        assert frame_numbers(frames[row]) == list(range(row[0], row[0] + 12))


def test_a_header_that_promises_too_much(video, monkeypatch):
    monkeypatch.setattr(decode, "count_frames", lambda path: 30)
    spec = ClipSpec(4, 16, "consecutive")
    found = load_views(video, spec, "3x1")
    assert [frame_numbers(clip)[0] for clip in found] == [0, 8, 16]


def test_a_segment(video):
    spec = ClipSpec(2, 16, "consecutive")
    found = load_views(video, spec, "2x1", segment=(0.2, 0.4))
    # At 25 frames a second: frames 5 to 9.
    assert [frame_numbers(clip) for clip in found] == [[5, 6], [8, 9]]

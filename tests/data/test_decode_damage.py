"""Frames that the decoder calls damaged are told of, or are no clip."""

import concurrent.futures
import warnings

import av
import numpy as np
import pytest

from kvideo.data import decode, video_dataset_from_directory
from kvideo.data.decode import damage, live
from tests.support.videos import write_numbered_video

NUMBER = 12


def _write(path, damaged, size=(64, 64)):
    """Key frames alone, some of which end in noise."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (*size, 3), np.uint8)
    frames = np.stack([np.roll(picture, 5 * n, 1) for n in range(NUMBER)])
    whole = path.with_name(f"whole-{path.name}")
    options = {"g": "1", "q": "8"}
    decode.write_video(whole, frames, codec="mpeg4", options=options)
    with av.open(str(whole)) as given, av.open(str(path), "w") as made:
        video = given.streams.video[0]
        stream = made.add_stream_from_template(video)
        for number, packet in enumerate(given.demux(video)):
            if not packet.size:
                continue
            data = bytearray(bytes(packet))
            if number in damaged:
                half = len(data) // 2
                data[half:] = rng.bytes(len(data) - half)
            copy = av.Packet(bytes(data))
            copy.pts, copy.dts = packet.pts, packet.dts
            copy.time_base, copy.stream = packet.time_base, stream
            copy.is_keyframe = True
            made.mux(copy)
    whole.unlink()
    return path


@pytest.fixture
def video(tmp_path):
    path = _write(tmp_path / "a.mp4", (3, 9, 10))
    with av.open(str(path)) as file:
        flags = [frame.is_corrupt for frame in file.decode(video=0)]
    assert np.flatnonzero(flags).tolist() == [3, 9, 10]
    return path


def test_less_than_most_is_a_warning_with_the_count(video):
    for clip, number in (([0, 3, 5], 1), ([9, 9, 10, 11, 1, 2], 3)):
        with pytest.warns(
            decode.DamagedFramesWarning,
            match=f"a.mp4: {number} of {len(clip)} frames",
        ):
            assert len(decode.read_frames(video, clip)) == len(clip)


def test_most_is_a_broken_file(video):
    for clip, count in (([3], "1 of 1"), ([9, 10, 1], "2 of 3")):
        with pytest.raises(decode.VideoDecodeError, match=count):
            decode.read_frames(video, clip)


def test_whole_frames_of_a_damaged_file_are_read_in_silence(video):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decode.read_frames(video, [0, 2, 11])
        assert decode.count_frames(video) == NUMBER


@pytest.mark.parametrize(
    "read", [decode.iterate_frames, live.iterate_timed_frames]
)
def test_reading_all_tells_at_the_end(video, tmp_path, read):
    with pytest.warns(decode.DamagedFramesWarning, match="3 of 12"):
        assert len(list(read(video))) == NUMBER
    path = _write(tmp_path / "b.mp4", range(1, NUMBER))
    with pytest.raises(decode.VideoDecodeError, match="of 12 frames"):
        list(read(path))


def test_reports_are_collected_by_thread(video):
    def read(clip):
        with damage.collected() as reports:
            decode.read_frames(video, clip)
        return damage.summary(reports)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            found = list(pool.map(read, ([3, 0], [1, 2], [9, 10, 0, 1, 2])))
    assert found == [
        "1 of 2 frames are damaged",
        None,
        "2 of 5 frames are damaged",
    ]


def test_training_counts_them_in_the_summary_of_the_epoch(tmp_path):
    (tmp_path / "run").mkdir()
    marred = _write(tmp_path / "run" / "a.mp4", (3, 9, 10))
    broken = _write(tmp_path / "run" / "b.mp4", range(NUMBER))
    write_numbered_video(tmp_path / "run" / "c.mp4", NUMBER)
    dataset = video_dataset_from_directory(
        tmp_path,
        num_frames=NUMBER,
        sampler="consecutive",
        frame_size=16,
        labels=None,
        label_mode=None,
        verbose=False,
        shuffle=False,
    )
    with pytest.warns(UserWarning) as caught:
        [clips] = dataset
    texts = "\n".join(str(warning.message) for warning in caught)
    assert len(clips) == 2
    assert "1 of 3 video files could not be decoded and were" in texts
    assert "1 of 3 video files gave clips with damaged or" in texts
    assert dataset.damaged_files == {str(marred): "3 of 12 frames are damaged"}
    assert list(dataset.broken_files) == [str(broken)]
    assert not any(
        issubclass(warning.category, decode.DamagedFramesWarning)
        for warning in caught
    )

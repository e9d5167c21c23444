import numpy as np
import pytest

from kvideo.data import flow_files, write_flow_dataset
from tests.support.videos import write_numbered_video


@pytest.fixture
def videos(tmp_path):
    for name in ("jump/1.mp4", "run/1.mp4", "run/deep/2.mp4"):
        write_numbered_video(tmp_path / "videos" / name, 3)
    return tmp_path / "videos"


def test_a_folder_for_each_video(videos, tmp_path):
    to = tmp_path / "flow"
    assert write_flow_dataset(videos, to) == (3, 0)
    found = flow_files.flow_folders(to)
    names = [path.removeprefix(f"{to}/") for path in found]
    assert names == ["jump/1", "run/1", "run/deep/2"]
    assert [flow_files.count_frames(path) for path in found] == [2, 2, 2]


def test_it_goes_on_where_it_stopped(videos, tmp_path):
    to = tmp_path / "flow"
    write_flow_dataset(videos / "jump", to / "jump")
    before = (to / "jump" / "1" / "flow_x_00001.jpg").stat().st_mtime_ns
    seen = []

    def track(videos):
        seen.extend(task[0] for task in videos)
        return videos

    assert write_flow_dataset(videos, to, track=track) == (2, 1)
    assert seen == [str(videos / "run/1.mp4"), str(videos / "run/deep/2.mp4")]
    after = (to / "jump" / "1" / "flow_x_00001.jpg").stat().st_mtime_ns
    assert after == before
    assert write_flow_dataset(videos, to) == (0, 3)


def test_processes_give_the_same(videos, tmp_path):
    paths = [tmp_path / "alone", tmp_path / "together"]
    for workers, path in enumerate(paths, start=1):
        write_flow_dataset(videos, path, (16, 16), workers=workers)
    names = ["jump/1", "run/deep/2"]
    alone, together = (
        [flow_files.read_frames(path / name, [0, 1]) for name in names]
        for path in paths
    )
    np.testing.assert_array_equal(alone, together)


def test_broken_videos_are_named_when_the_others_are_done(videos, tmp_path):
    (videos / "jump" / "1.mp4").write_bytes(b"no video")
    with pytest.raises(ValueError, match=r"(?s)1 of 3 videos.*jump/1\.mp4"):
        write_flow_dataset(videos, tmp_path / "flow")
    assert len(flow_files.flow_folders(tmp_path / "flow")) == 2
    # A video that was mended is all that is left to do.
    write_numbered_video(videos / "jump" / "1.mp4", 2)
    assert write_flow_dataset(videos, tmp_path / "flow") == (1, 2)


def test_bad_arguments(videos, tmp_path):
    with pytest.raises(ValueError, match="Received: 0"):
        write_flow_dataset(videos, tmp_path / "flow", workers=0)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_flow_dataset(tmp_path / "nowhere", tmp_path / "flow")
    write_numbered_video(videos / "jump" / "1.mkv", 2)
    with pytest.raises(ValueError, match=r"1\.mkv' and .*1\.mp4"):
        write_flow_dataset(videos, tmp_path / "flow")


def test_a_video_beside_a_folder_of_its_name(videos, tmp_path):
    write_numbered_video(videos / "run.mp4", 2)
    with pytest.raises(ValueError, match=r"run\.mp4' and .*run/1\.mp4"):
        write_flow_dataset(videos, tmp_path / "flow")

import numpy as np
import pytest

from kvideo.data import decode, flow, flow_files
from kvideo.data.folders import video_files
from tests.support.videos import write_flow_folder, write_numbered_video

SQUARE = 8


def write_square(path, steps=3, speed=2, size=(32, 40)):
    """A bright square on a textured ground moves to the right."""
    rng = np.random.default_rng(0)
    ground = rng.integers(0, 80, (*size, 1)).repeat(3, axis=2)
    frames = np.stack([ground] * steps).astype(np.uint8)
    bright = rng.integers(150, 255, (SQUARE, SQUARE, 1)).astype(np.uint8)
    for step in range(steps):
        left = 12 + speed * step
        frames[step, 12 : 12 + SQUARE, left : left + SQUARE] = bright
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"crf": "0", "preset": "ultrafast"}
    decode.write_video(path, frames, codec="libx264rgb", options=options)
    return path


def test_names_and_content_of_a_video(tmp_path):
    video = write_square(tmp_path / "a.mp4")
    folder = tmp_path / "flow" / "a"
    assert flow_files.write_flow(video, folder) == 2
    assert sorted(path.name for path in folder.iterdir()) == [
        "flow_x_00001.jpg",
        "flow_x_00002.jpg",
        "flow_y_00001.jpg",
        "flow_y_00002.jpg",
    ]
    assert [path.name for path in folder.parent.iterdir()] == ["a"]
    assert flow_files.count_frames(folder) == 2
    fields = flow.from_bytes(flow_files.read_frames(folder, [0, 1]))
    assert fields.shape == (2, 32, 40, 2)
    inside = fields[0, 14:18, 14:18].mean((0, 1))
    assert inside[0] == pytest.approx(2, abs=0.5)
    assert inside[1] == pytest.approx(0, abs=0.5)
    assert abs(fields[:, :8]).mean() < 0.2


def test_jpeg_keeps_what_was_computed(tmp_path):
    """The second field, and its axes, to a few bytes."""
    video = write_square(tmp_path / "a.mp4")
    flow_files.write_flow(video, tmp_path / "a")
    grey = [flow_files._grey(x, None) for x in decode.iterate_frames(video)]
    wanted = flow.to_bytes(flow.tv_l1(*grey[1:])).astype(int)
    (found,) = flow_files.read_frames(tmp_path / "a", [1])
    assert np.ptp(wanted[..., 0]) > 8
    assert abs(found - wanted).mean() < 1


def test_frames_are_resized_first(tmp_path):
    video = write_square(tmp_path / "a.mp4", steps=2)
    flow_files.write_flow(video, tmp_path / "a", frame_size=(24, 48))
    assert flow_files.read_frames(tmp_path / "a", [0]).shape == (1, 24, 48, 2)


def test_indices_in_any_order(tmp_path):
    folder = write_flow_folder(tmp_path / "a", 5, tag=40)
    found = flow_files.read_frames(folder, [3, 0, 3])
    assert found.dtype == np.uint8
    assert found[:, 0, 0, 1].tolist() == [3, 0, 3]
    assert (found[:, :, :8, 0] == 40).all()
    assert (found[:, :, 8:, 0] == 200).all()


def test_folders_in_order(tmp_path):
    for name in ("b/2", "b/10", "a", ".partial-c"):
        write_flow_folder(tmp_path / name, 1)
    (tmp_path / "d").mkdir()
    names = [
        path.removeprefix(f"{tmp_path}/")
        for path in flow_files.flow_folders(tmp_path)
    ]
    assert names == ["a", "b/10", "b/2"]


def test_folders_in_the_order_of_the_videos(tmp_path):
    names = ("clip", "clip (1)", "clip-2", "clip_3", "clips/4", "clips")
    for name in names:
        write_flow_folder(tmp_path / "flow" / name, 1)
        video = tmp_path / "rgb" / f"{name}.mp4"
        video.parent.mkdir(parents=True, exist_ok=True)
        video.touch()
    videos = [
        path.removeprefix(f"{tmp_path / 'rgb'}/").removesuffix(".mp4")
        for path in video_files(tmp_path / "rgb")
    ]
    assert videos != sorted(videos)
    folders = flow_files.flow_folders(tmp_path / "flow")
    assert folders == [str(tmp_path / "flow" / name) for name in videos]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "the file is empty"), (b"no video", "Invalid data")],
)
def test_a_broken_video_leaves_nothing(tmp_path, content, message):
    video = tmp_path / "a.mp4"
    video.write_bytes(content)
    with pytest.raises(decode.VideoDecodeError, match=message) as error:
        flow_files.write_flow(video, tmp_path / "flow")
    assert error.value.path == str(video)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_single_frame(tmp_path):
    video = write_numbered_video(tmp_path / "a.mp4", 1)
    with pytest.raises(decode.VideoDecodeError, match="two frames or more"):
        flow_files.write_flow(video, tmp_path / "flow")


def test_frames_that_change_size(tmp_path, monkeypatch):
    frames = [np.zeros((16, side, 3), np.uint8) for side in (16, 24)]
    monkeypatch.setattr(decode, "iterate_frames", lambda path: iter(frames))
    with pytest.raises(decode.VideoDecodeError, match=r"a\.mp4: .*change size"):
        flow_files.write_flow("a.mp4", tmp_path / "a")
    flow_files.write_flow("a.mp4", tmp_path / "a", frame_size=(16, 16))
    assert flow_files.count_frames(tmp_path / "a") == 1


def test_an_interrupted_run_leaves_nothing_behind(tmp_path):
    video = write_square(tmp_path / "a.mp4", steps=2)
    (tmp_path / ".partial-a").mkdir()
    (tmp_path / ".partial-a" / "flow_x_00009.jpg").touch()
    flow_files.write_flow(video, tmp_path / "a")
    assert len(list((tmp_path / "a").iterdir())) == 2
    assert not (tmp_path / ".partial-a").exists()


def test_it_writes_over_nothing(tmp_path):
    video = write_square(tmp_path / "a.mp4", steps=2)
    (tmp_path / "a").mkdir()
    with pytest.raises(FileExistsError, match="which exists"):
        flow_files.write_flow(video, tmp_path / "a")


def test_bad_folders(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(decode.VideoDecodeError, match=r"flow_x_00001\.jpg"):
            flow_files.count_frames(path)
    folder = write_flow_folder(tmp_path / "a", 3)
    (folder / "flow_y_00003.jpg").unlink()
    assert flow_files.count_frames(folder) == 2
    with pytest.raises(decode.VideoDecodeError, match=r"flow_y_00003\.jpg"):
        flow_files.read_frames(folder, [2])
    (folder / "flow_x_00002.jpg").write_bytes(b"no picture")
    with pytest.raises(decode.VideoDecodeError, match=r"flow_x_00002\.jpg"):
        flow_files.read_frames(folder, [1])


def test_images_of_two_sizes(tmp_path):
    folder = write_flow_folder(tmp_path / "a", 1)
    other = write_flow_folder(tmp_path / "b", 1, size=(8, 8))
    (other / "flow_y_00001.jpg").replace(folder / "flow_y_00001.jpg")
    with pytest.raises(decode.VideoDecodeError, match="change size"):
        flow_files.read_frames(folder, [0])

import numpy as np
import pytest
from PIL import Image

from kvideo.data import ClipSpec, FrameFiles, VideoDecodeError
from kvideo.data.frame_files import VideoFiles
from kvideo.data.spec import load_frames
from tests.support.videos import numbered_frames, write_numbered_video


@pytest.fixture
def folder(tmp_path):
    for number, frame in enumerate(numbered_frames(6)):
        Image.fromarray(frame).save(tmp_path / f"f{number:02d}.png")
    return tmp_path


FILES = FrameFiles("f{:02d}.png", first=0, fps=2)


def test_wanted_frames_in_any_order(folder):
    assert FILES.count_frames(folder) == 6
    frames = FILES.read_frames(folder, [4, 0, 4])
    assert frames.dtype == np.uint8
    np.testing.assert_array_equal(frames, numbered_frames(6)[[4, 0, 4]])
    assert FILES.frame_times(folder).tolist() == [0, 0.5, 1, 1.5, 2, 2.5]
    later = FrameFiles("f{:02d}.png", first=2)
    assert later.count_frames(folder) == 4
    assert later.read_frames(folder, [1])[0, 0, 0, 0] == 3


def test_clips_and_segments(folder):
    spec = ClipSpec(2, (16, 24), sampler="uniform")
    frames, _ = load_frames(folder, spec, files=FILES)
    assert frames[:, 0, 0, 0].tolist() == [0, 5]
    frames, _ = load_frames(folder, spec, segment=(1, 2.5), files=FILES)
    assert frames[:, 0, 0, 0].tolist() == [2, 4]


def test_gray_images_have_three_channels(tmp_path):
    Image.fromarray(np.full((4, 6), 9, np.uint8)).save(tmp_path / "00001.png")
    frames = FrameFiles("{:05d}.png").read_frames(tmp_path, [0])
    assert frames.tolist() == np.full((1, 4, 6, 3), 9).tolist()


def test_what_cannot_be_read_names_the_folder(folder):
    with pytest.raises(VideoDecodeError, match=r"no folder with an image 1\.x"):
        FrameFiles("{}.x").count_frames(folder)
    with pytest.raises(VideoDecodeError, match=r"f09\.png: No such file"):
        FILES.read_frames(folder, [9])
    (folder / "f02.png").write_bytes(b"")
    with pytest.raises(VideoDecodeError, match=r"f02\.png: it is no picture"):
        FILES.read_frames(folder, [2])
    Image.fromarray(np.zeros((3, 3, 3), np.uint8)).save(folder / "f02.png")
    with pytest.raises(VideoDecodeError, match="change size"):
        FILES.read_frames(folder, [1, 2])


def test_bad_arguments(folder):
    for template in ("img.jpg", "{}{}.jpg", "{name}.jpg", "{:q}.jpg"):
        with pytest.raises(ValueError, match="template="):
            FrameFiles(template)
    with pytest.raises(ValueError, match="fps=0"):
        FrameFiles(fps=0)
    with pytest.raises(ValueError, match="Give their frame rate"):
        FrameFiles("f{:02d}.png").frame_times(folder)


def test_video_files_as_the_decoder(tmp_path):
    path = write_numbered_video(tmp_path / "v.mp4", 5)
    files = VideoFiles(threads=2)
    assert files.count_frames(path) == 5
    assert files.read_frames(path, [3, 1])[:, 0, 0, 0].tolist() == [3, 1]
    assert len(files.frame_times(path)) == 5

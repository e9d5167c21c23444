import numpy as np
import pytest
from PIL import Image

from kvideo.data import ClipSpec, FrameFiles, VideoDecodeError
from kvideo.data.decode import VideoTooShortError, damage
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


def _write(folder, names):
    folder.mkdir(exist_ok=True)
    for name in names:
        shade = int("".join(c for c in name if c.isdigit())) % 256
        picture = np.full((4, 6, 3), shade, np.uint8)
        Image.fromarray(picture).save(folder / name)
    return folder


@pytest.mark.parametrize("numbers", [range(10), range(17, 24), [99998, 99999]])
def test_the_lowest_number_is_the_first_frame(tmp_path, numbers):
    folder = _write(tmp_path / "a", [f"{n:05d}.png" for n in numbers])
    files = FrameFiles("{:05d}.png", fps=10)
    assert files.count_frames(folder) == len(numbers)
    frames = files.read_frames(folder, [0, len(numbers) - 1])
    ends = [numbers[0] % 256, numbers[-1] % 256]
    assert frames[:, 0, 0, 0].tolist() == ends
    assert files.frame_times(folder)[:2].tolist() == [0, 0.1]


def test_gaps_are_told_and_keep_their_time(tmp_path):
    folder = _write(tmp_path / "a", [f"f{n}.png" for n in (1, 2, 3, 6, 10)])
    files = FrameFiles("f{}.png", fps=2)
    assert files.count_frames(folder) == 5
    assert files.frame_times(folder).tolist() == [0, 0.5, 1, 2.5, 4.5]
    text = r"5 images are missing \(number 4, 5, 7, \.\.\.\)"
    with pytest.warns(UserWarning, match=text):
        frames = files.read_frames(folder, [3, 4])
    assert frames[:, 0, 0, 0].tolist() == [6, 10]
    with damage.collected() as reports:
        files.read_frames(folder, [0])
    assert "5 images are missing" in damage.summary(reports)


def test_other_names_are_told(tmp_path):
    folder = _write(tmp_path / "a", ["1.png", "2.png", "10.png"])
    with pytest.raises(VideoDecodeError, match=r"such as '1\.png': give"):
        FrameFiles("{:05d}.png").count_frames(folder)
    assert FrameFiles("{}.png").count_frames(folder) == 3
    with pytest.raises(VideoDecodeError, match=r"with an image 3\.png"):
        FrameFiles("{}.png", first=3).count_frames(folder)
    with pytest.raises(VideoDecodeError, match="it holds no image"):
        FrameFiles("{}.png").count_frames(tmp_path)


# Where the corners of the stored picture (top left, top right, bottom left,
# bottom right, numbered 0 to 3) are to be shown, by EXIF 2.3, section 4.6.4.
ORIENTATIONS = {
    1: [0, 1, 2, 3],
    2: [1, 0, 3, 2],
    3: [3, 2, 1, 0],
    4: [2, 3, 0, 1],
    5: [0, 2, 1, 3],
    6: [2, 0, 3, 1],
    7: [3, 1, 2, 0],
    8: [1, 3, 0, 2],
}


@pytest.mark.parametrize("value", ORIENTATIONS)
def test_pictures_are_upright(tmp_path, value):
    exif = Image.Exif()
    exif[0x112] = value
    shades = np.array([[10, 60], [120, 200]], np.uint8)
    picture = shades.repeat(8, 0).repeat(12, 1)
    path = tmp_path / "00001.png"
    Image.fromarray(picture).save(path, exif=exif)
    [frame] = FrameFiles("{:05d}.png").read_frames(tmp_path, [0])
    assert frame.shape == ((16, 24, 3) if value < 5 else (24, 16, 3))
    corners = frame[[0, 0, -1, -1], [0, -1, 0, -1], 0].tolist()
    assert corners == [int(shades.flat[i]) for i in ORIENTATIONS[value]]


def test_what_cannot_be_read_names_the_folder(folder):
    with pytest.raises(VideoDecodeError, match=r"no folder with an image 1\.x"):
        FrameFiles("{}.x").count_frames(folder)
    with pytest.raises(VideoTooShortError, match="ends after 6 frames"):
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

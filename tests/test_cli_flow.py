"""`kvideo flow`, from videos to folders of images."""

import pytest

from kvideo.data import flow_files
from tests.support.videos import write_numbered_video
from tests.test_cli import error_of, output_of


@pytest.fixture
def videos(tmp_path):
    for name in ("jump/1.mp4", "run/1.mp4"):
        write_numbered_video(tmp_path / "videos" / name, 2)
    return tmp_path / "videos"


def test_it_writes_and_then_leaves_what_is_there(videos, tmp_path):
    to = tmp_path / "flow"
    options = ("flow", videos, "--to", to, "--frame-size", 16, 20)
    text = " ".join(output_of(*options).split())
    assert "Wrote 2 folders" in text
    assert "0 were there" in text
    found = flow_files.read_frames(to / "jump" / "1", [0])
    assert found.shape == (1, 16, 20, 2)
    assert "Wrote 0 folders" in " ".join(output_of(*options).split())


def test_errors_name_the_file(videos, tmp_path):
    (videos / "run" / "1.mp4").write_bytes(b"no video")
    error = error_of("flow", videos, "--to", tmp_path / "flow")
    assert "No flow for 1 of 2 videos" in error
    assert "run/1.mp4" in error
    error = error_of("flow", tmp_path / "nowhere", "--to", tmp_path / "flow")
    assert "nowhere" in error


def test_help_shows_an_example():
    assert "Example: kvideo flow" in output_of("flow", "--help")


@pytest.mark.slow
def test_from_videos_to_a_prediction_of_flow(videos, tmp_path):
    """The clip specification of the run says that it takes flow."""
    to, run = tmp_path / "flow", tmp_path / "run"
    output_of("flow", videos, "--to", to)
    output_of(
        *("train", to, "--model=tsn_resnet_nano", f"--out={run}"),
        *("--epochs=1", "--set=validation_split=0"),
        "--set=model_overrides={input_shape: [1, 16, 16, 2]}",
    )
    text = output_of("evaluate", run / "model.keras", to)
    assert "top-1" in text.lower()
    text = output_of("predict", run, to / "jump" / "1", "--top", 1)
    assert "jump" in text or "run" in text

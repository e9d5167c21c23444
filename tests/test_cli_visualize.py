"""`kvideo visualize`, from videos to PNG files."""

import pytest

import kvideo
from kvideo.data import ClipSpec
from kvideo.export import Card, card_path
from tests.support.videos import write_numbered_video
from tests.test_cli import error_of, output_of

SHAPE = (4, 32, 32, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run folder of an untrained BTSNet, and a video."""
    folder = tmp_path_factory.mktemp("visualize")
    model = kvideo.create_model("btsnet_nano", classes=2, input_shape=SHAPE)
    path = folder / "run" / "model.keras"
    path.parent.mkdir()
    model.save(path)
    spec = ClipSpec(num_frames=4, frame_size=(32, 32))
    Card("btsnet_nano", ("a", "b"), spec.to_dict()).save(card_path(path))
    write_numbered_video(folder / "video.mp4", 30, (64, 64))
    return folder


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG")


def test_help_shows_an_example():
    assert "pathways" in output_of("visualize", "--help")
    text = output_of("visualize", "pathways", "--help")
    assert "Example: kvideo visualize pathways" in text


@pytest.mark.parametrize("model", ["run", "run/model.keras"])
def test_pathways_of_a_trained_network(folder, model):
    out = folder / f"{model.replace('/', '-')}.png"
    text = output_of(
        *("visualize", "pathways", folder / model),
        *(folder / "video.mp4", "--out", out),
    )
    assert f"Saved {out}" in text.replace("\n", "")
    assert is_png(out)


def test_pathways_of_a_name_says_that_weights_are_random(folder):
    out = folder / "name.png"
    text = output_of(
        *("visualize", "pathways", "btsnet_nano"),
        *(folder / "video.mp4", "--out", out),
    )
    assert "random weights" in text
    assert is_png(out)


def test_pathways_of_what_has_none(folder):
    video = folder / "video.mp4"
    error = error_of("visualize", "pathways", "tsm_resnet_nano", video)
    assert "such as BTSNet" in error
    error = error_of("visualize", "pathways", folder / "none.keras", video)
    assert "none" in error
    error = error_of("visualize", "pathways", folder, video)
    assert "registry name" in error

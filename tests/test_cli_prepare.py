"""`kvideo prepare`, from videos to shards that training takes."""

import pytest

from kvideo.data import open_listing
from tests.support.videos import write_folder
from tests.test_cli import error_of, output_of


@pytest.fixture
def videos(tmp_path):
    return write_folder(tmp_path / "videos", per_class=2, frames=3)


def test_it_writes_reports_and_goes_on(videos, tmp_path):
    (videos / "run" / "1.mp4").write_bytes(b"no [red]video")
    to = tmp_path / "shards"
    options = ("--videos-per-shard", 2, "--short-side", 8, "--workers", 2)
    for _ in range(2):
        text = " ".join(
            output_of("prepare", videos, "--to", to, *options).split()
        )
        assert "3 videos in 2 shards" in text
        assert "Left out 1 videos" in text
        assert "run/1.mp4: Invalid data" in text
    assert len(open_listing(to)) == 3


def test_errors(videos, tmp_path):
    to = tmp_path / "shards"
    output_of("prepare", videos, "--to", to, "--encode", "video")
    error = error_of("prepare", videos, "--to", to)
    assert "other videos or settings" in error
    output_of("prepare", videos, "--to", to, "--overwrite")
    assert "nowhere" in error_of("prepare", tmp_path / "nowhere", "--to", to)
    error = error_of("prepare", videos, "--to", to, "--encode", "gif")
    assert "encode" in error


def test_with_beam(videos, tmp_path):
    pytest.importorskip("apache_beam", reason="needs `kvideo[beam]`")
    options = "--runner=DirectRunner --direct_num_workers=1"
    to = tmp_path / "shards"
    text = output_of("prepare", videos, "--to", to, "--beam", options)
    assert "4 videos in 1 shards" in " ".join(text.split())


@pytest.mark.slow
def test_from_shards_to_a_prediction(videos, tmp_path):
    to, run = tmp_path / "shards", tmp_path / "run"
    output_of("prepare", videos, "--to", to)
    output_of(
        *("train", to, "--model=tsn_resnet_nano", f"--out={run}"),
        *("--epochs=1", "--set=validation_split=0"),
        "--set=model_overrides={input_shape: [1, 16, 16, 3]}",
    )
    text = output_of("evaluate", run / "model.keras", to)
    assert "top-1" in text.lower()

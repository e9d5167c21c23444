import numpy as np
import pytest

from tests.support.benchmarks import load
from tests.support.videos import write_folder

decoding = load("decoding")


def test_ratios_are_taken_round_by_round():
    rows = decoding.rows_of({"kvideo": [1.0, 2.0, 4.0], "it": [3.0, 2.0, 8.0]})
    assert rows[0] == ["kvideo", "2.0", "1.00 (1.00-1.00)"]
    assert rows[1] == ["it", "3.0", "2.00 (1.00-3.00)"]


@pytest.mark.slow
def test_each_way_is_timed(tmp_path):
    folder = write_folder(tmp_path / "videos", per_class=1, frames=12)
    tables = decoding.report(str(folder), tmp_path / "cache", rounds=1)
    names = {title: [row[0] for row in rows] for title, rows in tables.items()}
    assert {"kvideo", "kvideo, JPEG cache", "PyAV, all frames"} <= {
        *names["Frames"]
    }
    assert "PyAV map, all frames" in names["Clips"]


def test_a_way_that_gives_other_frames_is_refused(tmp_path):
    ways = {
        "kvideo": lambda path: np.zeros((2, 4, 4, 3), np.uint8),
        "other": lambda path: np.ones((2, 4, 4, 3), np.uint8),
    }
    with pytest.raises(SystemExit, match="other gives other frames"):
        decoding.check_equal(ways, "video.mp4")


def test_its_own_videos_move():
    frames = decoding.moving_texture(0, 3)
    assert frames.shape == (3, 256, 340, 3)
    assert np.abs(frames[0].astype(int) - frames[1]).mean() > 10

"""The benchmark of frame rates: the same movements, and what is printed."""

import numpy as np
import pytest

from kvideo.data import decode, synthetic
from tests.support.benchmarks import load

frame_rates = load("frame_rates")


@pytest.mark.parametrize(
    ("rate", "number"), [("25", 50), ("12.5", 25), ("50", 100)]
)
def test_instants_of_two_seconds(rate, number):
    times = frame_rates.instants(rate, None)
    assert len(times) == number
    np.testing.assert_allclose(np.diff(times), 1 / float(rate))


def test_a_variable_rate_is_drawn_for_eight_frames():
    times = frame_rates.instants("variable", np.random.default_rng(1))
    steps = np.diff(times).round(3)
    assert set(steps) == {0.02, 0.04, 0.08} and times[-1] < 2
    changes = np.flatnonzero(np.diff(steps)) + 1
    assert len(changes) and (changes % 8 == 0).all()


def test_videos_of_the_same_movements(tmp_path, monkeypatch):
    monkeypatch.setattr(synthetic, "MOTION_CLASSES", ("move_left",))
    films = {}
    for rate in ("25", "50"):
        frame_rates.write_videos(tmp_path / rate, rate, 1, seed=3)
        path = tmp_path / rate / "move_left" / "000.mp4"
        films[rate] = decode.read_frames(path, [10, 20]).astype(float)
        number = round(50 * float(rate) / 25)
        assert decode.count_frames(path) == number
    apart = np.abs(films["25"][0] - films["50"][1]).mean()
    moved = np.abs(films["25"][0] - films["50"][0]).mean()
    assert apart < moved / 2


def test_the_table():
    shares = dict.fromkeys(frame_rates.RATES, 0.5)
    found = [
        {
            "network": "a",
            "jitter": "no",
            "seed": seed,
            "top1": {
                reading: shares | {"25": 0.5 + seed / 4}
                for reading in frame_rates.READINGS
            },
        }
        for seed in (0, 1)
    ]
    head, _, *rows = frame_rates.table(found)
    assert head.endswith("| 25 | 12.5 | 50 | variable |")
    assert rows[0] == (
        "| a | no | as they come | 62.5 (50, 75) | 50.0 (50, 50) "
        "| 50.0 (50, 50) | 50.0 (50, 50) |"
    )
    assert len(rows) == 2

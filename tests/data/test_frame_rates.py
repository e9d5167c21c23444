import numpy as np
import pytest

from kvideo.data import ClipSpec, FrameRates, Listing, frame_rates
from kvideo.data.decode import write_video

DENSE = ClipSpec(4, 16, "dense", frame_rate=25.0)
FRAMES = np.zeros((9, 16, 16, 3), np.uint8)


def even(rate, number=20):
    return np.arange(number) / rate


def test_the_median_is_usual():
    assert FrameRates((even(25), even(50), even(25))).usual == 25
    assert FrameRates((even(10), even(20))).usual == 15
    assert FrameRates((even(30000 / 1001),)).usual == 29.97
    assert FrameRates(()).usual is None


def test_what_is_said():
    uneven = np.cumsum([0, *[0.02, 0.06] * 9])
    rates = FrameRates((even(25), even(24), even(50), uneven))
    words = rates.sentence(DENSE)
    assert words.startswith("2 of 4 videos") and "than 25 a second" in words
    assert FrameRates((even(25), even(24))).sentence(DENSE) == ""
    # Nothing is read by time: it makes no difference, or nobody knows a rate.
    for spec in (ClipSpec(4, 16, frame_rate=25.0), DENSE.read_at(0)):
        assert rates.sentence(spec) == ""


@pytest.fixture
def listing(tmp_path):
    """Three of 10 frames a second, one of 20, one of a frame, one damaged."""
    for number, rate in enumerate([10, 10, 20, 10]):
        write_video(tmp_path / f"{number}.mp4", FRAMES, fps=rate)
    write_video(tmp_path / "4.mp4", FRAMES[:1])
    (tmp_path / "5.mp4").write_bytes(b"damaged")
    return Listing([str(tmp_path / f"{n}.mp4") for n in range(6)])


def test_files(listing, monkeypatch):
    rates = FrameRates.of(listing)
    assert (len(rates.times), rates.usual) == (4, 10)
    monkeypatch.setattr(frame_rates, "MOST_FILES", 2)
    assert len(FrameRates.of(listing).times) == 1  # the first and the last


def test_flow_has_no_times(tmp_path):
    assert FrameRates.of(Listing([str(tmp_path)]), "flow").usual is None

import io
import re

import pytest
from rich.console import Console

from kvideo.trainers import DataMeter, ProgressBar, Speed, progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is moved."""
    seconds = [100.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: seconds[0])
    return seconds


def steps(speed, clock, number, seconds, clips=4, wait=0.0):
    for i in range(number):
        clock[0] += seconds
        speed.meter.clips += clips
        speed.meter.waited += wait
        speed.on_train_batch_end(i, {"loss": 1.0})


def a_speed(watching=True):
    meter = DataMeter()
    meter.watching = watching
    return Speed(meter, batch_size=8)


def test_speed_and_waiting_by_hand(clock):
    speed = a_speed()
    assert speed.text() == ""
    speed.on_epoch_begin(0)
    steps(speed, clock, 1, seconds=50)  # the network is compiled
    assert speed.text() == ""
    steps(speed, clock, 3, seconds=2, wait=0.5)
    assert speed.clips_per_second == pytest.approx(2)
    assert speed.data_wait == pytest.approx(0.25)
    assert speed.text() == "2 clips/s, waiting for data 25%"


def test_each_epoch_counts_by_itself_and_without_validation(clock):
    speed = a_speed()
    speed.on_epoch_begin(0)
    steps(speed, clock, 3, seconds=2)
    clock[0] += 1000
    assert speed.clips_per_second == pytest.approx(2)
    speed.on_epoch_begin(1)
    steps(speed, clock, 2, seconds=0.5, wait=1.0)
    assert speed.clips_per_second == pytest.approx(8)
    assert speed.data_wait == 1.0


def test_without_a_meter_batches_are_full(clock):
    speed = a_speed(watching=False)
    speed.on_epoch_begin(0)
    steps(speed, clock, 3, seconds=2)
    assert speed.clips_per_second == pytest.approx(4)
    assert speed.data_wait is None
    assert speed.text() == "4 clips/s"


def drawn(clock, terminal):
    file = io.StringIO()
    console = Console(
        file=file, width=100, force_terminal=terminal, highlight=False
    )
    speed = a_speed()
    bar = ProgressBar(speed, console)
    bar.set_params({"epochs": 3, "steps": 4})
    for callback in (speed, bar):
        callback.on_epoch_begin(1)
    for i in range(4):
        clock[0] += 2
        speed.meter.clips += 4
        for callback in (speed, bar):
            callback.on_train_batch_end(i, {"loss": 1.5})
    bar.on_epoch_end(1, {"loss": 1.5, "val_accuracy": 0.25})
    return file.getvalue()


def test_a_file_gets_a_line_an_epoch(clock):
    line = "Epoch 2/3: loss 1.5, val_accuracy 0.25, 2 clips/s, waiting for"
    assert drawn(clock, terminal=False) == f"{line} data 0%\n"


def test_a_terminal_gets_a_bar(clock):
    text = drawn(clock, terminal=True)
    bars = re.findall(r"\[[#.]{24}\] \d/4  \d s left", text)
    assert bars == [
        f"[{'#' * 6}{'.' * 18}] 1/4  6 s left",
        f"[{'#' * 12}{'.' * 12}] 2/4  4 s left",
        f"[{'#' * 18}{'.' * 6}] 3/4  2 s left",
        f"[{'#' * 24}] 4/4  0 s left",
    ]
    assert text.count("\n") == 1
    assert max(len(line) for line in text.split("\r")) <= 100

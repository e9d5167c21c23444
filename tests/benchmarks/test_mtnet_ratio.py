"""benchmarks/mtnet_ratio.py: what MTNet's ratio saves."""

import numpy as np
import pytest
import tensorflow as tf

import kvideo
from tests.support.benchmarks import load

mtnet_ratio = load("mtnet_ratio")


def test_table_compares_with_the_first_row():
    macs = {"r = 1": 8_000_000_000, "r = 0.5": 6_000_000_000}
    times = {"r = 1": 100.0, "r = 0.5": 110.0}
    first, second = mtnet_ratio.table(macs, times).splitlines()[2:]
    assert first == "| r = 1 | 8.00 | 0 % | 100 | 0 % |"
    assert second == "| r = 0.5 | 6.00 | 25 % | 110 | -10 % |"


@pytest.mark.slow
def test_networks_differ_and_are_timed():
    clip = (8, 32, 32, 3)
    names = ("r = 1", "r = 0.5")
    models = {
        name: mtnet_ratio.build(mtnet_ratio.NETWORKS[name], "nano", clip)
        for name in names
    }
    assert len({kvideo.count(model).macs for model in models.values()}) == 2
    times = mtnet_ratio.measure(models, rounds=1)
    assert set(times) == set(names)
    assert all(0 < milliseconds < 1e5 for milliseconds in times.values())


def test_training_call_trains():
    clip = (8, 32, 32, 3)
    model = mtnet_ratio.build({"ratio": 1}, "nano", clip)
    before = model.get_layer("stem_conv").kernel.numpy()
    mtnet_ratio.training_call(model, tf.ones((1, *clip)))()
    assert not np.array_equal(model.get_layer("stem_conv").kernel, before)

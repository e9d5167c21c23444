"""benchmarks/attention.py: what it measures, and the limits that hold."""

import pathlib

import numpy as np
import pytest
from keras import ops as kops

from kvideo import ops
from tests.support.benchmarks import load

reads_proc = pytest.mark.skipif(
    not pathlib.Path("/proc/self/clear_refs").exists(),
    reason="reads Linux' /proc",
)
# Peak of one layer on a clip of 16x28x28x512, float32.
LIMITS = {"forward": 300, "training": 600}


attention = load("attention")


@pytest.mark.parametrize("weights", ["softmax", "relu", "linear"])
def test_plain_form_is_the_same_sum(weights):
    rng = np.random.default_rng(0)
    x = [kops.convert_to_tensor(rng.normal(size=(2, 9, 4))) for _ in range(3)]
    np.testing.assert_allclose(
        kops.convert_to_numpy(attention.plain(*x, weights)),
        kops.convert_to_numpy(ops.attend(*x, weights, 4)),
        atol=1e-5,
    )


@reads_proc
def test_memory_that_is_freed_again_is_seen():
    def call(values):
        np.ones(values).sum()

    assert 75 < attention.most_resident(call, 10_000_000) < 100
    assert attention.most_resident(call, 10) < 20


def test_cells():
    found = {"plain": (900.4, 2.0), "kvideo": (90.0, 1.6)}
    assert attention.cells(found) == ("900", "90", "2.000", "1.600", "1.25")
    found["plain"] = (None, None)
    row = ("failed", "90", "failed", "1.600", "failed")
    assert attention.cells(found) == row


@reads_proc
@pytest.mark.slow
@pytest.mark.parametrize("mode", LIMITS)
@pytest.mark.parametrize("row", attention.LAYERS)
def test_memory_of_the_largest_clip(row, mode):
    worker = attention.start("kvideo", row)
    try:
        used = worker.ask(("memory", mode, 16, 28, 28))
    finally:
        worker.close()
    assert 25 < used < LIMITS[mode]

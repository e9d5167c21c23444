"""Every layer and small network gives the same on the three backends.

TensorFlow writes weights and outputs, JAX and PyTorch load and compare, each
in a process of its own.
"""

import functools
import os
import pathlib
import subprocess
import sys

import pytest

from kvideo import layers
from tests.support.backends import LAYERS

ROOT = pathlib.Path(__file__).parents[1]
LARGEST = 1e-4  # of the largest output


def run(backend, *words):
    result = subprocess.run(
        [sys.executable, "-m", "tests.support.backends", *words],
        cwd=ROOT,
        env=os.environ
        | {
            "KERAS_BACKEND": backend,
            # Much is compiled and run once.
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr[-3000:]
    return result.stdout


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A function: the folder of what TensorFlow wrote, once for each kind."""

    @functools.cache
    def write(which):
        folder = tmp_path_factory.mktemp(which)
        run("tensorflow", "write", which, str(folder))
        return folder

    return write


def test_every_layer_is_in_the_table():
    classes = {
        cls.__name__
        for name in layers.__all__
        if isinstance(cls := getattr(layers, name), type)
    }
    assert set(LAYERS) == classes


@pytest.mark.timeout(600)
@pytest.mark.parametrize("backend", ["jax", "torch"])
@pytest.mark.parametrize(
    "which", ["some", pytest.param("rest", marks=pytest.mark.slow)]
)
def test_equal_outputs(written, which, backend):
    folder = written(which)
    lines = run(backend, "check", which, str(folder)).splitlines()
    differences = {}
    for line in lines:
        name, _, value = line.partition(" ")
        differences[name] = float(value)
    assert set(differences) == {p.stem for p in folder.glob("*.npy")}
    too_large = {n: d for n, d in differences.items() if not d < LARGEST}
    assert not too_large

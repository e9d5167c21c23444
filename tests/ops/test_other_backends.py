"""The same tests on JAX and on PyTorch, each in a process of its own."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOM = pathlib.Path(__file__).parent
FILES = (
    "attention",
    "conv",
    "pad",
    "pooling",
    "positions",
    "project_onto",
    "resize",
    "scan",
    "select_frames",
    "shift",
    "soft_pool",
)
# The mobile form is TensorFlow's; on the others it is the train form again.
# Sixteen columns are the same loop as five, and JAX compiles each operation.
OPTIONS = [
    *("-q", "-x", "-p", "no:cacheprovider"),
    *("-k", "not mobile and not sixteen"),
]
CODE = """
import sys, pytest
failed = pytest.main(sys.argv[1:])
assert "tensorflow" not in sys.modules, "TensorFlow was imported"
sys.exit(failed)
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_operators_without_tensorflow(backend):
    files = [str(ROOM / f"test_{name}.py") for name in FILES]
    result = subprocess.run(
        [sys.executable, "-c", CODE, *OPTIONS, *files],
        cwd=ROOM.parents[1],
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
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-500:]
    assert " passed" in result.stdout

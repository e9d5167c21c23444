"""Joint training under MirroredStrategy, in a fresh process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("two_devices.py")


def check(*cases):
    """The global batch is the same; three steps, clipped, to 1e-5."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *cases], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert list(found) == list(cases)
    for case, apart in found.items():
        assert apart["weights"] < 1e-5, case
        for name, value in apart["one"].items():
            assert apart["two"][name] == pytest.approx(value, rel=1e-5), name
    return found


def test_two_devices_are_one():
    alpha = check("mgda", "separate")["mgda"]["one"]["alpha"][0]
    assert 0.01 < alpha < 0.99, "the case is to be one between the two"


@pytest.mark.slow
def test_two_devices_are_one_in_the_other_strategies():
    check("fixed", "schedule", "float16")

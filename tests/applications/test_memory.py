"""What building the largest networks needs, in a fresh process."""

import subprocess
import sys
from pathlib import Path

import pytest

# The process' own peak: `resource.getrusage` would start at the parent's.
CODE = """
import kvideo
model = kvideo.create_model({name!r})
for mode in ("macs", "hooks"):
    kvideo.count(model, mode)
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(line.split()[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads Linux' /proc"
)
@pytest.mark.parametrize(
    "name", ["tsm_resnet101", "x3d_l", "bqn_tsm_resnet101"]
)
def test_building_stays_under_a_gigabyte_and_a_half(name):
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(name=name)],
        capture_output=True,
        text=True,
        check=True,
    )
    kilobytes = int(done.stdout.split()[-1])
    # TensorFlow alone takes 0.76 GB.
    assert 0.2e6 < kilobytes < 1.5e6

"""Small networks for tests of all, of which every run tests some."""

import pytest

import kvideo

# One of each kind: two pathways, a head, segments, several branches, gates
# over time, selected frames, attention, shifts, depthwise kernels.
QUICK = (
    "bqn_nano",
    "btsnet_nano",
    "cidc_nano",
    "dan_nano",
    "mtnet_nano",
    "rnl_nano",
    "tsm_resnet_nano",
    "x3d_nano",
)
# For `parametrize`: all, and those of them that are not quick are slow tests.
NANO = [
    name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)
    for name in kvideo.list_models("*nano")
]

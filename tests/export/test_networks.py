"""Every network of the registry, as a SavedModel, a TFLite and an ONNX file.

One network takes half a minute to several of a core, so all but two small
ones are slow tests::

    python -m pytest -m slow tests/export/test_networks.py -k x3d
"""

import keras
import pytest

import kvideo
from tests.support.exports import EXPORTS, check_as_it_is, undecided

NANO = [name for name in kvideo.list_models() if name.endswith("nano")]
LARGE = [name for name in kvideo.list_models() if name not in NANO]
QUICK = ("tsm_resnet_nano",)
# What is smaller does not reach the end of the network.
SIZE = {
    **{"inception_resnet_v2": 96, "tesnet_inception_resnet_v2": 96},
    **{"bqn_tsm_resnet50": 96, "bqn_tsm_resnet101": 96, "bqn_x3d_m": 96},
}


def check(model, folder):
    # One after the other, with nothing left of the one before.
    check_as_it_is(undecided(model), folder, tuple(EXPORTS))
    keras.backend.clear_session()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else pytest.mark.slow)
        for name in NANO
    ],
)
def test_a_small_network(name, tmp_path):
    check(kvideo.create_model(name, classes=8), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_a_full_network_on_small_frames(name, tmp_path):
    """Its frames, width and depth; the operations are those of any size."""
    frames, _, _, channels = kvideo.model_info(name).input_shape
    size = SIZE.get(name, 64)
    shape = (frames, size, size, channels)
    check(kvideo.create_model(name, classes=8, input_shape=shape), tmp_path)

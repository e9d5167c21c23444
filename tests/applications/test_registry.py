import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications.shapes_only import shapes_only
from tests.support import networks

NANO = [name for name in kvideo.list_models("*nano")]

# Trainable parameters at each network's default classes (400). The figures
# of published networks are those of their papers' code; the nano rows' are
# our own. Any change here is a change of a network.
PARAMETERS = {
    "c2d_resnet50": 24_327_632,
    "i3d_resnet50": 28_043_472,
    "i3d_resnet50_gluon": 28_043_472,
    # BTSNet's Table 1 has these with 101 classes: 612,651 fewer.
    "r3d_resnet50": 47_018_576,
    "r3d_resnet101": 86_064_720,
    "resnext3d50_c32": 26_685_264,
    "resnext3d101_c32": 48_340_816,
    "slow_only_resnet50": 32_454_096,
    "tsm_mobilenet_v2": 2_736_272,
    "tsm_resnet50": 24_327_632,
    "tsm_resnet101": 43_319_760,
    "tsn_resnet50": 24_327_632,
    "tsn_resnet101": 43_319_760,
    "x3d_xs": 3_794_274,
    "x3d_s": 3_794_274,
    "x3d_m": 3_794_274,
    "x3d_l": 6_153_384,
}
# GMAC for one clip at the default size.
MACS = {
    "c2d_resnet50": 19.5,
    "i3d_resnet50": 28.4,
    "i3d_resnet50_gluon": 33.1,
    "slow_only_resnet50": 41.7,
    "tsm_mobilenet_v2": 2.400,
    "tsm_resnet50": 32.704,
    "tsm_resnet101": 62.40,
    "x3d_xs": 0.605,
    "x3d_s": 1.963,
    "x3d_m": 4.732,
    "x3d_l": 18.37,
}


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_published_size(name):
    with shapes_only():
        counted = kvideo.count(kvideo.create_model(name))
    assert counted.trainable_params == PARAMETERS[name]
    if name in MACS:
        digits = len(str(MACS[name]).partition(".")[2])
        assert round(counted.macs / 1e9, digits) == MACS[name]


@pytest.mark.parametrize("name", NANO)
def test_nano_takes_flow(name):
    """Of all its layers only the first ones are smaller."""
    with shapes_only():
        rgb = kvideo.create_model(name)
        flow = kvideo.create_model(name, input_shape=(*rgb.input_shape[1:4], 2))
    fewer = rgb.count_params() - flow.count_params()
    assert 0 < fewer < 0.05 * rgb.count_params()


@pytest.mark.parametrize("name", networks.NANO)
def test_nano_trains_saves_and_loads(name, tmp_path):
    """Shape, finite outputs, a gradient for every weight, a `.keras` file."""
    info = kvideo.model_info(name)
    model = kvideo.create_model(name, classes=8)
    assert kvideo.count(model).trainable_params < 500_000
    clips = np.random.default_rng(0).uniform(0, 255, (2, *info.input_shape))
    # Adam: a step shows a gradient however small it is.
    # Eagerly: to trace so many graphs takes longer than to run them.
    model.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    before = [w.copy() for w in model.get_weights()]
    for _ in range(3):  # gates that start closed open one step apart
        model.train_on_batch(clips, np.array([0, 1]))
    changed = [
        not np.array_equal(old, new)
        for old, new in zip(before, model.get_weights(), strict=True)
    ]
    stuck = [
        w.path
        for w, moved in zip(model.weights, changed, strict=True)
        if not moved
    ]
    assert not stuck
    scores = np.asarray(model(clips, training=False))
    np.testing.assert_allclose(scores.sum(-1), 1, rtol=1e-5)
    model.save(tmp_path / "model.keras")
    twin = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(twin(clips, training=False), scores, atol=1e-6)


@pytest.mark.parametrize("name", NANO)
def test_mixed_precision_ends_in_float32(name):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = kvideo.create_model(name, classes=3)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.output.dtype == "float32"
    shape = (1, *kvideo.model_info(name).input_shape)
    scores = model(np.full(shape, 128.0, "float32"), training=False)
    assert np.isfinite(np.asarray(scores)).all()


def test_families_mean_their_default():
    assert kvideo.model_info("bqn").name == "bqn_tsm_resnet50"
    assert "bqn_nano" in kvideo.list_models("bqn*")


def test_unknown_name_lists_the_nearest():
    with pytest.raises(ValueError, match="Nearest: bqn_nano"):
        kvideo.create_model("bqn_nanoo")


def test_names_are_those_of_the_functions():
    model = kvideo.applications.TSM(variant="resnet_nano", classes=2)
    assert model.name == "tsm_resnet_nano"

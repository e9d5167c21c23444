import keras
import numpy as np
import pytest

from kvideo import ops
from kvideo.layers import SoftPool2D, SoftPool3D
from tests.support.contract import check_layer_contract
from tests.support.tflite import check_tflite


def clip(*shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 3, (2, *shape)).astype("float32")


@pytest.mark.parametrize(
    "layer",
    [SoftPool2D(3, (2, 1)), SoftPool3D((2, 3, 1), (1, 2, 2)), SoftPool2D()],
)
def test_contract(layer):
    check_layer_contract(layer, clip(3, 5, 6, 2))


def test_2d_pools_each_frame():
    x = clip(3, 5, 7, 2)
    y = SoftPool2D()(x)
    assert y.shape == (2, 3, 3, 4, 2)
    np.testing.assert_array_equal(y, ops.soft_pool(x, (1, 2, 2)))
    np.testing.assert_array_equal(y[:, 1:2], SoftPool2D()(x[:, 1:2]))


def test_3d_pools_time_too():
    """SPEC's window 1, 2, 3, 4, over time."""
    x = np.array([1, 2, 3, 4], "float32").reshape(1, 4, 1, 1, 1)
    y = SoftPool3D((4, 1, 1))(x)
    np.testing.assert_allclose(np.ravel(y), [3.492653], rtol=1e-6)


def test_half_precision():
    y = SoftPool3D(2, dtype="mixed_float16")(1e4 * clip(2, 4, 4, 2) / 9)
    assert y.dtype == "float16"
    assert np.isfinite(y).all()


def test_unknown_sizes_are_known_in_shapes_only():
    assert SoftPool3D().compute_output_shape((None, None, 5, None, 2)) == (
        (None, None, 3, None, 2)
    )


@pytest.mark.parametrize(
    "layer", [SoftPool2D(), SoftPool3D(2), SoftPool2D(3, 2)]
)
def test_tflite(layer, tmp_path):
    """Built-in operations, at sizes that need filling."""
    inputs = keras.Input((3, 5, 6, 3), name="clips")
    x = keras.layers.GlobalAveragePooling3D()(layer(inputs))
    model = keras.Model(inputs, keras.layers.Softmax()(x))
    check_tflite(model, clip(3, 5, 6, 3)[:1] * 4, tmp_path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SoftPool2D(0), "pool_size=0"),
        (lambda: SoftPool2D(2, (2, 2, 2)), "`strides` must be.*two of them"),
        (lambda: SoftPool3D((2, 2)), "`pool_size` must be.*three"),
        (lambda: SoftPool2D()(np.ones((2, 4, 4, 3))), "rank 5"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()

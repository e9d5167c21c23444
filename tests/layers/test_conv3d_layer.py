import keras
import numpy as np
import pytest

from kvideo.layers import Conv3D
from tests.support.contract import check_layer_contract


def clip(shape=(2, 5, 8, 8, 4)):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    "arguments",
    [
        {"filters": 6, "kernel_size": 3, "strides": (1, 2, 2)},
        {"filters": 4, "kernel_size": 3, "groups": 4, "dilation_rate": 2},
        {"filters": 8, "kernel_size": (1, 3, 3), "groups": 2, "strides": 2},
        {"filters": 6, "kernel_size": (3, 1, 1), "padding": "valid"},
        {
            "filters": 6,
            "kernel_size": 1,
            "use_bias": True,
            "kernel_initializer": "zeros",
        },
    ],
)
def test_contract(arguments):
    check_layer_contract(Conv3D(**arguments), clip())


def test_equals_keras_where_keras_can():
    ours = Conv3D(6, 3)
    theirs = keras.layers.Conv3D(6, 3, padding="same", use_bias=False)
    x = clip()
    ours(x), theirs(x)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(
        np.asarray(ours(x)), np.asarray(theirs(x)), atol=1e-5
    )


def test_padding_is_symmetric_at_stride_two():
    """Keras' "same" would start at the second row here."""
    x = np.zeros((1, 1, 4, 4, 1), "float32")
    x[0, 0, 0, 0] = 1
    layer = Conv3D(1, (1, 3, 3), (1, 2, 2), kernel_initializer="ones")
    out = np.asarray(layer(x))
    assert out[0, 0, :, :, 0].tolist() == [[1, 0], [0, 0]]
    x = np.roll(x, (1, 1), axis=(2, 3))
    assert np.asarray(layer(x))[0, 0, :, :, 0].tolist() == [[1, 1], [1, 1]]


def test_multiply_accumulates():
    layer = Conv3D(8, (1, 3, 3), (1, 2, 2), groups=2)
    shape = (None, 5, 8, 8, 4)
    macs = layer.count_macs(shape, layer.compute_output_shape(shape))
    assert macs == 5 * 4 * 4 * 9 * 2 * 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filters": 4, "kernel_size": 2}, "odd"),
        ({"filters": 4, "kernel_size": 3, "groups": 3}, "groups"),
        ({"filters": 4, "kernel_size": 3, "padding": "same"}, "padding"),
        ({"filters": 4, "kernel_size": (3, 3)}, "three of them"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Conv3D(**arguments)


def test_groups_that_do_not_divide_the_input():
    with pytest.raises(ValueError, match="input channels"):
        Conv3D(6, 3, groups=3)(clip())

import keras
import numpy as np
import pytest
from keras import ops

from kvideo.ops import conv3d, depthwise_conv3d, lowering
from tests.support.convolutions import (
    CONV,
    DEPTHWISE,
    conv_numpy,
    depthwise_numpy,
    draw,
)
from tests.support.gradients import assert_all_close, value_and_gradients


@pytest.mark.parametrize("name", DEPTHWISE)
def test_depthwise_equals_definition(name):
    clip, window, strides, padding = DEPTHWISE[name]
    x, kernel = draw(clip, (*window, clip[-1]))
    (dy,) = draw(depthwise_numpy(x, kernel, None, strides, padding)[0].shape)
    got = value_and_gradients(
        lambda x, k: depthwise_conv3d(x, k, strides, padding), dy, x, kernel
    )
    assert_all_close(got, depthwise_numpy(x, kernel, dy, strides, padding))


@pytest.mark.parametrize("name", CONV)
def test_conv_equals_definition(name):
    clip, window, filters, *settings = CONV[name]
    x, kernel = draw(clip, (*window, clip[-1] // settings[-1], filters))
    (dy,) = draw(conv_numpy(x, kernel, None, *settings)[0].shape)
    got = value_and_gradients(
        lambda x, k: conv3d(x, k, *settings), dy, x, kernel
    )
    assert_all_close(got, conv_numpy(x, kernel, dy, *settings))


@pytest.mark.parametrize("name", DEPTHWISE)
def test_mobile_depthwise_equals_definition(name):
    clip, window, strides, padding = DEPTHWISE[name]
    x, kernel = draw(clip, (*window, clip[-1]))
    with lowering("mobile"):
        y = ops.convert_to_numpy(depthwise_conv3d(x, kernel, strides, padding))
    assert_all_close(
        [y], depthwise_numpy(x, kernel, None, strides, padding)[:1]
    )


@pytest.mark.parametrize("name", CONV)
def test_mobile_conv_equals_definition(name):
    # The value only: grouped CONV_2D has no gradient on a CPU.
    clip, window, filters, *settings = CONV[name]
    x, kernel = draw(clip, (*window, clip[-1] // settings[-1], filters))
    with lowering("mobile"):
        y = ops.convert_to_numpy(conv3d(x, kernel, *settings))
    assert_all_close([y], conv_numpy(x, kernel, None, *settings)[:1])


@pytest.mark.parametrize("name", ["dense", "groups4"])
def test_conv_equals_keras(name):
    clip, window, filters, strides, _, dilations, groups = CONV[name]
    x, kernel = draw(clip, (*window, clip[-1] // groups, filters))
    ours = lambda x, k: conv3d(x, k, strides, 0, dilations, groups)  # noqa: E731
    plain = lambda x, k: ops.conv(  # noqa: E731
        x, k, strides, "valid", "channels_last", dilations
    )
    (dy,) = draw(plain(x, kernel).shape)
    expected = value_and_gradients(plain, dy, x, kernel)
    assert_all_close(value_and_gradients(ours, dy, x, kernel), expected)


def test_depthwise_equals_keras():
    x, kernel = draw((1, 5, 6, 7, 4), (3, 3, 3, 4))
    plain = lambda x, k: ops.conv(  # noqa: E731
        x, k[:, :, :, None], 1, "valid", "channels_last"
    )
    (dy,) = draw(plain(x, kernel).shape)
    expected = value_and_gradients(plain, dy, x, kernel)
    got = value_and_gradients(depthwise_conv3d, dy, x, kernel)
    assert_all_close(got, expected)


@pytest.mark.parametrize("name", ["dense", "depthwise", "groups4"])
def test_bias_is_added_to_every_position(name):
    clip, window, filters, *settings = CONV[name]
    x, kernel, bias = draw(
        clip, (*window, clip[-1] // settings[-1], filters), (filters,)
    )
    plain = lambda x, k, b: conv3d(x, k, *settings) + b  # noqa: E731
    ours = lambda x, k, b: conv3d(x, k, *settings, bias=b)  # noqa: E731
    (dy,) = draw(plain(x, kernel, bias).shape)
    expected = value_and_gradients(plain, dy, x, kernel, bias)
    assert_all_close(value_and_gradients(ours, dy, x, kernel, bias), expected)


def test_depthwise_by_hand():
    # Two channels, three frames of one pixel, kernel (1, 10, 100) and
    # (1, 0, -1) over time: y[t] = k[0] x[t-1] + k[1] x[t] + k[2] x[t+1].
    x = np.array([[1, 5], [2, 7], [3, 4]], "float32").reshape(1, 3, 1, 1, 2)
    kernel = np.array([[1, 1], [10, 0], [100, -1]], "float32")
    y = depthwise_conv3d(x, kernel.reshape(3, 1, 1, 2), padding=(1, 0, 0))
    expected = [[210, -7], [321, 1], [32, 7]]
    np.testing.assert_array_equal(
        ops.convert_to_numpy(y).reshape(3, 2), expected
    )


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision(dtype):
    x, depthwise, grouped = draw((1, 3, 5, 5, 8), (3, 3, 3, 8), (3, 3, 3, 4, 8))
    for function, kernel in [
        (lambda x, k: depthwise_conv3d(x, k, 1, 1), depthwise),
        (lambda x, k: conv3d(x, k, 1, 1, 1, 2), grouped),
    ]:
        y = function(ops.cast(x, dtype), ops.cast(kernel, dtype))
        assert keras.backend.standardize_dtype(y.dtype) == dtype
        exact = ops.convert_to_numpy(function(x, kernel))
        rounded = ops.convert_to_numpy(ops.cast(y, "float32"))
        assert_all_close([rounded], [exact], tolerance=2e-2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": (4, 6, 6, 4)}, r"x\[None\]"),
        ({"kernel": (3, 3, 4, 8)}, "kt, kh, kw"),
        ({"groups": 3}, "groups=3"),
        ({"groups": 2}, "groups=2"),
        ({"strides": 0}, "strides=0"),
        ({"padding": -1}, "padding=-1"),
        ({"dilation_rate": (1, 2)}, "dilation_rate="),
        ({"dilation_rate": (2, 1, 1)}, "covers 5 positions on axis T"),
    ],
)
def test_conv_errors(change, message):
    arguments = {"x": (1, 4, 6, 6, 4), "kernel": (3, 3, 3, 4, 8)} | change
    x, kernel = draw(arguments.pop("x"), arguments.pop("kernel"))
    with pytest.raises(ValueError, match=message):
        conv3d(x, kernel, **arguments)


def test_depthwise_errors():
    x, kernel = draw((1, 4, 6, 6, 4), (3, 3, 3, 5))
    with pytest.raises(ValueError, match="channels of `x`"):
        depthwise_conv3d(x, kernel)
    with pytest.raises(ValueError, match="axis H"):
        depthwise_conv3d(x, kernel[..., :4].repeat(3, axis=1))

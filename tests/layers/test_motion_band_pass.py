import keras
import numpy as np
import pytest

from kvideo.layers import MBPM, MotionBandPass
from kvideo.layers.motion_band_pass import laplacian_of_gaussian
from tests.support.contract import check_layer_contract


def clip(frames=6, size=12, channels=3, seed=0):
    rng = np.random.default_rng(seed)
    shape = (2, frames, size, size, channels)
    return rng.normal(size=shape).astype("float32")


def test_contract():
    layer = MotionBandPass(
        kernel_size=3, sigma=0.9, strides=3, log_norm="sum", trainable=False
    )
    check_layer_contract(layer, clip())
    check_layer_contract(MotionBandPass(7, 0.9, log_norm=None), clip())


def test_alias_of_the_papers_name():
    assert MBPM is MotionBandPass


# SPEC values computed in float64 from Eq. 5.2 divided by its own sum.
@pytest.mark.parametrize(
    ("size", "sigma", "row", "expected"),
    [
        (3, 0.9, 0, [-0.04395, 0.13295, -0.04395]),
        (3, 0.9, 1, [0.13295, 0.64401, 0.13295]),
        (7, 0.9, 3, [-3.994, -28.204, 46.814, 226.767]),
        (9, 1.1, 4, [-2.101, -18.362, -34.807, 108.063, 278.398]),
    ],
)
def test_kernel_divided_by_its_sum(size, sigma, row, expected):
    kernel = laplacian_of_gaussian(size, sigma, "sum")
    np.testing.assert_allclose(
        kernel[row][: len(expected)], expected, rtol=2e-4, atol=6e-6
    )
    np.testing.assert_allclose(kernel.sum(), 1, atol=1e-9)


def test_kernel_divided_by_its_magnitudes():
    kernel = laplacian_of_gaussian(9, 1.1, "l1")
    np.testing.assert_allclose(np.abs(kernel).sum(), 1)
    assert kernel[4, 4] < 0, "the unflipped Laplacian dips in the centre"


def test_sum_norm_of_the_stem_is_1589_times_the_l1_norm():
    kernel = laplacian_of_gaussian(9, 1.1, "sum")
    np.testing.assert_allclose(np.abs(kernel).sum(), 1589.5, rtol=1e-3)


def test_sum_norm_that_would_be_rounding_noise_is_refused():
    with pytest.raises(ValueError, match="almost zero"):
        laplacian_of_gaussian(9, 0.9, "sum")


@pytest.mark.parametrize("norm", ["l1", "sum"])
def test_static_clip_gives_zero(norm):
    frame = clip(frames=1)
    still = np.repeat(frame, 6, axis=1)
    out = np.asarray(MotionBandPass(9, 1.1, 3, norm, dtype="float64")(still))
    np.testing.assert_allclose(out, 0, atol=1e-9)


def test_clip_constant_in_space_gives_the_second_difference():
    values = np.array([1.0, 5.0, 2.0])
    x = np.broadcast_to(values[None, :, None, None, None], (1, 3, 12, 12, 1))
    out = np.asarray(MotionBandPass(9, 1.1, 3, "sum", dtype="float64")(x))
    assert out.shape == (1, 1, 12, 12, 1)
    np.testing.assert_allclose(out, (2 * 5 - 1 - 2) / 3, atol=1e-6)


def test_stride_three_uses_each_triple_alone():
    x = clip(frames=6)
    y = x.copy()
    y[:, 3:] = 7
    layer = MotionBandPass(3, 0.9, 3)
    a, b = np.asarray(layer(x)), np.asarray(layer(y))
    np.testing.assert_array_equal(a[:, 0], b[:, 0])
    assert np.abs(a[:, 1] - b[:, 1]).max() > 0.01


def test_stride_one_repeats_the_border_frames():
    x = clip(frames=4)
    longer = np.concatenate([x[:, :1], x, x[:, -1:]], axis=1)
    layer = MotionBandPass(3, 0.9, 1)
    np.testing.assert_allclose(
        np.asarray(layer(x)), np.asarray(layer(longer))[:, 1:-1], atol=1e-6
    )


def test_reference_in_numpy():
    x = clip(frames=3, size=8, channels=2)
    kernel = laplacian_of_gaussian(5, 1.0, "l1")
    padded = np.pad(x, [(0, 0), (0, 0), (2, 2), (2, 2), (0, 0)], "reflect")
    filtered = sum(
        kernel[i, j] * padded[:, :, i : i + 8, j : j + 8]
        for i in range(5)
        for j in range(5)
    )
    expected = (2 * filtered[:, 1] - filtered[:, 0] - filtered[:, 2]) / 3
    out = np.asarray(MotionBandPass(5, 1.0, 3, "l1")(x))
    np.testing.assert_allclose(out[:, 0], expected, atol=1e-6)


def test_parameters_of_the_stem():
    layer = MotionBandPass(9, 1.1, 3)
    layer.build((None, 24, 32, 32, 3))
    assert layer.count_params() == 252


def test_stem_costs_a_third_of_what_the_thesis_says():
    """Table 5.1 quotes 0.3 G: the spatial filter over all 24 frames."""
    shape = (None, 24, 224, 224, 3)
    layer = MotionBandPass(9, 1.1, 3)
    macs = layer.count_macs(shape, layer.compute_output_shape(shape))
    temporal = 3 * 8 * 224 * 224 * 3
    assert macs == temporal + 81 * 8 * 224 * 224 * 3
    published = temporal + 81 * 24 * 224 * 224 * 3
    assert round(published / 1e9, 3) == 0.296


def test_both_kernels_are_trained():
    layer = MotionBandPass(3, 0.9)
    layer.build((None, 6, 12, 12, 3))
    assert len(layer.trainable_weights) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_size": 4}, "odd"),
        ({"sigma": 0}, "sigma"),
        ({"strides": 0}, "strides"),
        ({"log_norm": "l2"}, "log_norm"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        MotionBandPass(**arguments)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((6, 12, 12, 3), "rank 5"),
        ((1, 2, 12, 12, 3), "3 frames"),
        ((1, 6, 4, 12, 3), "reflection"),
    ],
)
def test_bad_shapes(shape, message):
    with pytest.raises(ValueError, match=message):
        MotionBandPass(9, 1.1, 3)(keras.ops.zeros(shape))

"""Kernels and normalisations of image networks in our layers, by hand."""

import keras
import numpy as np
import pytest

from kvideo.applications import transfer
from kvideo.layers import BatchNorm, Conv3D, GroupedDecomposed, MTConv
from tests.support.keras_images import draw_statistics

CLIP = (2, 4, 6, 7, 8)


def image_layers(channels=8, filters=8):
    """A 3x3 convolution of images and its normalisation, built."""
    model = keras.Sequential(
        [
            keras.Input((6, 7, channels)),
            keras.layers.Conv2D(filters, 3, padding="same", name="conv"),
            keras.layers.BatchNormalization(name="norm"),
        ]
    )
    return draw_statistics(model).layers


def built(layer, shape=CLIP):
    layer.build(shape)
    return layer


def fill(transfers):
    found = list(transfers)
    for one in found:
        one.target.assign(one.value())
    return [one.how for one in found]


def test_inflation_divides_by_the_length():
    kernel = np.arange(12.0).reshape(1, 2, 2, 3)
    found = transfer.inflate(kernel, (3, 1, 2, 2, 3))
    np.testing.assert_allclose(found.sum(0), kernel)
    np.testing.assert_array_equal(found[0], found[2])
    with pytest.raises(ValueError, match="same size in space"):
        transfer.inflate(kernel, (3, 3, 2, 2, 3))


@pytest.mark.parametrize(
    ("frames", "how"), [(1, ("copied",)), (3, ("inflated",))]
)
def test_a_kernel_adds_up_to_that_of_the_image(frames, how):
    conv, _ = image_layers()
    ours = built(Conv3D(8, (frames, 3, 3)))
    assert fill(transfer.convolution(conv, ours)) == [how]
    found = np.asarray(ours.kernel).sum(0)
    np.testing.assert_allclose(found, conv.kernel, rtol=1e-5)


def test_flow_takes_the_mean_of_the_first_kernels():
    conv, _ = image_layers(channels=3)
    ours = built(Conv3D(8, (1, 3, 3)), (2, 4, 6, 7, 2))
    assert fill(transfer.convolution(conv, ours)) == [("averaged",)]
    mean = np.asarray(conv.kernel).mean(axis=2)
    for channel in range(2):
        found = np.asarray(ours.kernel)[0, :, :, channel]
        np.testing.assert_allclose(found, mean, rtol=1e-5)


@pytest.mark.parametrize("kind", ["gdm", "c2d", "c3d", "gst"])
def test_groups_do_on_a_still_clip_what_the_image_network_did(kind):
    """Within the clip, and as far as other groups' channels are silent."""
    conv, _ = image_layers()
    layer = built(GroupedDecomposed(kind=kind))
    fill(transfer.convolution(conv, layer))
    for name, (start, stop) in layer.groups.items():
        if name == "t":
            continue
        x = np.zeros(CLIP, "float32")
        rng = np.random.default_rng(1)
        x[..., start:stop] = rng.normal(size=(2, 1, 6, 7, stop - start))
        expected = conv(x[:, 0]) - conv.bias
        np.testing.assert_allclose(
            np.asarray(layer(x))[:, 1, ..., start:stop],
            np.asarray(expected)[..., start:stop],
            atol=1e-4,
        )


def test_what_has_no_counterpart_stays():
    layer = built(GroupedDecomposed())
    before = np.asarray(layer.convs["t"].kernel)
    how = fill(transfer.convolution(image_layers()[0], layer))
    assert how == [("inflated", "by group"), ("by group",)]
    np.testing.assert_array_equal(layer.convs["t"].kernel, before)


def test_branches_of_an_mtconv_take_their_own_channels():
    conv, norm = image_layers(filters=12)
    layer = built(MTConv(12, ratio=0.75))
    fill(transfer.convolution(conv, layer))
    fill(transfer.normalization(norm, layer, conv.bias))
    kernel, mean = np.asarray(conv.kernel), norm.moving_mean - conv.bias
    for branch, block in (
        (layer.local, kernel[:, :, :6, :9]),
        (layer.prolonged, kernel[:, :, 6:, 9:]),
    ):
        found = np.asarray(branch.kernel).sum(0)
        np.testing.assert_allclose(found, block, rtol=1e-5)
    for ours, channels in (
        (layer.local_norm, slice(0, 9)),
        (layer.prolonged_norm, slice(9, 12)),
    ):
        np.testing.assert_array_equal(ours.gamma, norm.gamma[channels])
        np.testing.assert_array_equal(ours.moving_mean, mean[channels])


def test_a_bias_goes_into_the_mean_and_a_missing_scale_is_one():
    conv, norm = image_layers()
    plain = keras.layers.BatchNormalization(scale=False)
    plain.build((2, 6, 7, 8))
    ours = built(BatchNorm())
    fill(transfer.normalization(plain, ours, None))
    np.testing.assert_array_equal(ours.gamma, np.ones(8))
    fill(transfer.normalization(norm, ours, conv.bias))
    x = np.random.default_rng(0).normal(size=(1, 1, 2, 2, 8))
    expected = norm(x[:, 0] + np.asarray(conv.bias))
    # The epsilons differ: 1e-5 and 1e-3.
    np.testing.assert_allclose(ours(x)[:, 0], expected, atol=5e-3)

"""ImageNet weights, on files that the tests make: nothing is downloaded."""

import keras
import numpy as np
import pytest

from kvideo import applications
from kvideo.applications import imagenet


def randomised(model, seed=0):
    """Statistics and scales as if it had been trained."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for weight in layer.weights:
                low, high = (-0.2, 0.2) if "me" in weight.name else (0.6, 1.4)
                low, high = (
                    (-0.2, 0.2) if "beta" in weight.name else (low, high)
                )
                weight.assign(rng.uniform(low, high, weight.shape))
        elif getattr(layer, "use_bias", False):
            layer.bias.assign(rng.normal(0, 0.1, layer.bias.shape))
    return model


@pytest.fixture(scope="module")
def resnet50(tmp_path_factory):
    """Keras' ResNet-50 with random weights, and the file of them."""
    source = randomised(
        keras.applications.ResNet50(weights=None, include_top=False)
    )
    path = tmp_path_factory.mktemp("imagenet") / "resnet50.weights.h5"
    source.save_weights(path)
    return source, path


def caffe(frames):
    return keras.applications.resnet.preprocess_input(frames.copy())


def pixels(*shape):
    return np.random.default_rng(1).integers(0, 256, shape).astype("float32")


def relative_difference(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


def test_a_frame_gives_the_features_of_the_source(resnet50):
    source, path = resnet50
    frames = pixels(2, 64, 64, 3)
    network = applications.TSN(
        weights=f"imagenet:{path}",
        include_top=False,
        input_shape=(1, 64, 64, 3),
    )
    found = network.predict(frames[:, None], verbose=0)[:, 0]
    expected = source.predict(caffe(frames), verbose=0)
    assert relative_difference(found, expected) < 1e-4


def test_a_repeated_frame_gives_its_features_in_3d(resnet50):
    """Away from the ends: five steps at full rate, six at half."""
    source, path = resnet50
    frame = pixels(1, 32, 32, 3)
    clip = np.repeat(frame[:, None], 48, axis=1)
    network = applications.I3D(
        weights=f"imagenet:{path}",
        include_top=False,
        input_shape=(48, 32, 32, 3),
    )
    found = network.predict(clip, verbose=0)
    expected = source.predict(caffe(frame), verbose=0)
    assert relative_difference(found[:, 12], expected) < 1e-4
    assert relative_difference(found[:, 0], expected) > 1e-2


def test_the_papers_stride_can_be_had(resnet50):
    source, path = resnet50
    frames = pixels(1, 64, 64, 3)
    network = applications.TSN(
        weights=f"imagenet:{path}",
        include_top=False,
        input_shape=(1, 64, 64, 3),
        stride_on="conv2",
    )
    kernel = network.get_layer("res3_block1_conv2").kernel
    np.testing.assert_array_equal(
        kernel[0], source.get_layer("conv3_block1_2_conv").kernel
    )
    found = network.predict(frames[:, None], verbose=0)[:, 0]
    expected = source.predict(caffe(frames), verbose=0)
    assert relative_difference(found, expected) > 1e-2


def test_the_classifier_stays_random(resnet50):
    network = applications.TSM(
        weights=f"imagenet:{resnet50[1]}", classes=7, input_shape=(2, 32, 32, 3)
    )
    assert network.output_shape == (None, 7)


def test_inflation_divides_by_the_length():
    kernel = np.arange(12.0).reshape(1, 2, 2, 3)
    found = imagenet.inflate(kernel, (3, 1, 2, 2, 3))
    np.testing.assert_allclose(found.sum(0), kernel)
    np.testing.assert_array_equal(found[0], found[2])
    with pytest.raises(ValueError, match="same size in space"):
        imagenet.inflate(kernel, (3, 3, 2, 2, 3))


def test_a_network_without_imagenet_weights_says_so():
    with pytest.raises(ValueError, match="no ImageNet weights"):
        applications.TSM(weights="imagenet", variant="resnet_nano")
    with pytest.raises(ValueError, match="imagenet"):
        applications.X3D(weights="imagenet", variant="nano")


def test_a_missing_or_foreign_file_says_so(resnet50, tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        applications.TSN(weights=f"imagenet:{tmp_path / 'none.h5'}")
    with pytest.raises(ValueError, match="ResNet101"):
        applications.TSN(weights=f"imagenet:{resnet50[1]}", variant="resnet101")

"""ImageNet weights, on files that the tests make: nothing is downloaded."""

import keras
import numpy as np
import pytest

from kvideo import applications
from kvideo.applications import whole_models
from tests.support.keras_images import draw_statistics


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


@pytest.mark.slow
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


def test_mobilenet_between_its_ten_shifts(tmp_path):
    """A repeated frame, eleven frames from the ends; odd and even sizes."""
    source = draw_statistics(
        keras.applications.MobileNetV2(
            weights=None, include_top=False, input_shape=(64, 50, 3)
        )
    )
    path = tmp_path / "mobilenet_v2.weights.h5"
    source.save_weights(path)
    frame = pixels(1, 64, 50, 3)
    network = applications.MobileNetV2TSM(
        weights=f"imagenet:{path}",
        include_top=False,
        input_shape=(23, 64, 50, 3),
    )
    clip = np.repeat(frame[:, None], 23, axis=1)
    found = network.predict(clip, verbose=0)[:, 11]
    x = keras.applications.mobilenet_v2.preprocess_input(frame.copy())
    expected = source.predict(x, verbose=0)
    assert relative_difference(found, expected) < 1e-4


@pytest.mark.slow
def test_inception_resnet_v2(tmp_path):
    """All 244 convolutions; frames of 75 x 107 end in maps of 1 x 2."""
    source = draw_statistics(
        keras.applications.InceptionResNetV2(weights=None, include_top=False)
    )
    path = tmp_path / "inception_resnet_v2.weights.h5"
    source.save_weights(path)
    frames = pixels(2, 75, 107, 3)
    network = applications.InceptionResNetV2(
        weights=f"imagenet:{path}",
        include_top=False,
        input_shape=(2, 75, 107, 3),
    )
    found = network.predict(frames[None], verbose=0)[0]
    x = keras.applications.inception_resnet_v2.preprocess_input(frames.copy())
    expected = source.predict(x, verbose=0)
    assert relative_difference(found, expected) < 1e-4


@pytest.mark.slow
def test_trained_weights_come_back_into_the_same_layout(resnet50, tmp_path):
    arguments = {"include_top": False, "input_shape": (1, 64, 64, 3)}
    network = applications.TSN(weights=f"imagenet:{resnet50[1]}", **arguments)
    path = tmp_path / "trained.weights.h5"
    network.save_weights(path)
    twin = applications.TSN(weights=path, keras_layout=True, **arguments)
    clip = pixels(1, 1, 64, 64, 3)
    np.testing.assert_allclose(
        network.predict(clip, verbose=0), twin.predict(clip, verbose=0)
    )
    with pytest.raises(ValueError, match="keras_layout=False"):
        applications.TSN(weights="imagenet", keras_layout=False)


def test_the_classifier_stays_random(resnet50):
    network = applications.TSM(
        weights=f"imagenet:{resnet50[1]}", classes=7, input_shape=(2, 32, 32, 3)
    )
    assert network.output_shape == (None, 7)


def test_a_missing_or_foreign_file_says_so(resnet50, tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        applications.TSN(weights=f"imagenet:{tmp_path / 'none.h5'}")
    with pytest.raises(ValueError, match="ResNet101"):
        applications.TSN(weights=f"imagenet:{resnet50[1]}", variant="resnet101")


@pytest.fixture(scope="module")
def mobilenet():
    """Keras' MobileNetV2 with random weights."""
    return draw_statistics(
        keras.applications.MobileNetV2(
            weights=None, include_top=False, input_shape=(64, 64, 3)
        )
    )


@pytest.mark.parametrize("name", ["alone.h5", "inside.h5", "inside.keras"])
def test_a_whole_model_is_a_source(mobilenet, tmp_path, name):
    whole = mobilenet
    if "inside" in name:
        whole = keras.Sequential(
            [
                keras.Input((64, 64, 3)),
                mobilenet,
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(5, name="classes"),
            ]
        )
    whole.save(tmp_path / name)
    network = applications.MobileNetV2TSM(
        weights=f"imagenet:{tmp_path / name}",
        include_top=False,
        input_shape=(1, 64, 64, 3),
    )
    for theirs, ours in (("Conv1", "stem_conv"), ("Conv_1", "conv5_conv")):
        kernel = mobilenet.get_layer(theirs).kernel
        found = np.asarray(network.get_layer(ours).kernel)
        np.testing.assert_array_equal(found.reshape(kernel.shape), kernel)
    norm = mobilenet.get_layer("Conv_1_bn").moving_variance
    found = network.get_layer("conv5_bn").moving_variance
    np.testing.assert_array_equal(found, norm)


def test_numbered_layers_are_counted_from_the_first():
    names = ["conv2d", "conv2d_1", "conv2d_10", "other"]
    found = dict.fromkeys(("conv2d_9", "conv2d_12", "conv2d_11", "x"))
    assert whole_models._renumbered(names, found) == {
        "conv2d": "conv2d_9",
        "conv2d_1": "conv2d_11",
        "conv2d_10": "conv2d_12",
    }


def test_a_whole_model_of_another_network_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.save(tmp_path / "other.keras")
    with pytest.raises(ValueError, match="no layer 'Conv1' with weights of"):
        applications.MobileNetV2TSM(weights=f"imagenet:{tmp_path}/other.keras")

import keras
import numpy as np
import pytest

import kvideo
from kvideo import layers
from kvideo.visualize import representation_images, representation_strip


@pytest.fixture(scope="module")
def model():
    return kvideo.create_model(
        "dan_nano", classes=2, input_shape=(8, 32, 32, 3)
    )


def still_but_for_a_pixel():
    clip = np.full((8, 32, 32, 3), 100, "float32")
    clip[6, 20, 10] = 200
    return clip


def test_dynamic_appearance_of_a_network(model):
    clip = still_but_for_a_pixel()
    (title,) = images = representation_images(model, clip)
    assert title == "Dynamic appearance (PWTP)"
    image = images[title]
    assert image.shape == (2, 32, 32, 3)
    # Nothing moves in the first segment, one pixel in the second.
    moved = np.abs(image).sum(axis=-1)
    assert moved[1].argmax() == 20 * 32 + 10
    assert moved[0].max() < 0.1 * moved[1].max()


def test_squeezed_frames_and_several_layers():
    clips = keras.Input((6, 8, 8, 3))
    dynamic = layers.DynamicImage(6)(clips)
    squeezed = layers.TemporalSqueezePooling(2)(clips)
    joined = keras.layers.Concatenate(axis=1)([dynamic, squeezed])
    # Feature maps are no pictures.
    features = layers.TemporalSqueezePooling(1)(layers.Conv3D(4, 1)(joined))
    model = keras.Model(clips, features)
    clip = np.random.default_rng(0).uniform(0, 255, (6, 8, 8, 3))
    images = representation_images(model, clip)
    shapes = {title: image.shape for title, image in images.items()}
    assert shapes == {
        "Dynamic image": (1, 8, 8, 3),
        "Squeezed frames (TSP)": (2, 8, 8, 3),
    }


def test_other_networks_and_batches_are_refused(model):
    with pytest.raises(ValueError, match="single clip"):
        representation_images(model, np.zeros((1, 8, 32, 32, 3)))
    other = kvideo.create_model("tsn_resnet_nano", classes=2)
    with pytest.raises(ValueError, match="such as DAN and TeSNet"):
        representation_images(other, np.zeros((8, 64, 64, 3)))


def test_strip_shows_frames_their_mean_and_the_images():
    clip = np.zeros((6, 10, 10, 3), "float32")
    clip += np.arange(0, 60, 10)[:, None, None, None]
    image = np.zeros((2, 10, 10, 3), "float32")
    image[0, :5] = 1
    image[1, :5] = -0.5
    strip = representation_strip(clip, {"Made": image}, height=10)
    assert strip.shape == (4 * (20 + 10) + 3 * 4, 2 * 10 + 4, 3)
    tops = [row * 34 + 20 for row in range(4)]
    for column, values in ((0, (0, 20, 10, 255)), (14, (30, 50, 40, 64))):
        found = [int(strip[top, column, 0]) for top in tops]
        np.testing.assert_allclose(found, values, atol=1)
    assert strip[tops[3] + 9, 0, 0] == 128


def test_images_of_rounding_errors_stay_grey():
    clip = np.full((4, 8, 8, 3), 100, "float32")
    strip = representation_strip(clip, {"Made": 1e-6 * clip[:1]}, height=8)
    assert np.abs(strip[-8:].astype(int) - 128).max() <= 1

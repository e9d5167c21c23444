import keras
import numpy as np
import pytest

import kvideo
from kvideo.visualize.busy_quiet import (
    busy_quiet_parts,
    busy_quiet_strips,
    fit_to_pixels,
)


@pytest.fixture(scope="module")
def model():
    return kvideo.create_model(
        "bqn_nano", classes=2, input_shape=(6, 64, 64, 3)
    )


def test_a_still_clip_has_no_busy_part_and_is_its_quiet_part(model):
    rng = np.random.default_rng(0)
    frame = rng.uniform(0, 255, (3,)).astype("float32")
    clip = np.broadcast_to(frame, (1, 6, 64, 64, 3))
    busy, quiet = busy_quiet_parts(model, clip)
    assert busy.shape == (1, 2, 64, 64, 3)
    assert quiet.shape == (1, 2, 40, 40, 3)
    np.testing.assert_allclose(busy, 0, atol=1e-5)
    np.testing.assert_allclose(
        quiet, np.broadcast_to(frame, quiet.shape), atol=1e-2
    )


def test_what_moves_is_busy(model):
    clip = np.full((1, 6, 64, 64, 3), 100, "float32")
    clip[:, 4, 16, 16] = 200
    busy, _ = busy_quiet_parts(model, clip)
    np.testing.assert_allclose(busy[:, 0], 0, atol=1e-5)
    assert np.abs(busy[:, 1, 16, 16]).min() > 0.01


def test_pictures_stay_and_what_exceeds_them_is_scaled_around_grey():
    picture = np.linspace(0, 255, 300).reshape(1, 10, 10, 3)
    np.testing.assert_array_equal(fit_to_pixels(picture), picture)
    outweighed = 127.5 + 100 * (picture - 127.5)
    shown = fit_to_pixels(outweighed)
    np.testing.assert_allclose(shown, picture, atol=2)
    assert np.sign(shown - 127.5).tolist() == (
        np.sign(outweighed - 127.5).tolist()
    )


def test_every_clip_has_a_strip_of_three_rows(model):
    clips = np.full((2, 6, 64, 64, 3), 100, "float32")
    clips[1] = 200
    strips = busy_quiet_strips(model, clips, height=40)
    assert len(strips) == 2
    for strip, value in zip(strips, (100, 200), strict=True):
        assert strip.shape == (3 * 40 + 2 * 4 + 3 * 20, 2 * 40 + 4, 3)
        assert strip[20 + 10, 10, 0] == value
        assert strip[2 * 20 + 40 + 4 + 10, 10, 0] == 128


def test_other_networks_are_refused():
    other = keras.Sequential(
        [keras.Input((6, 8, 8, 3)), keras.layers.Flatten()]
    )
    with pytest.raises(ValueError, match="busy_input"):
        busy_quiet_parts(other, np.zeros((1, 6, 8, 8, 3)))

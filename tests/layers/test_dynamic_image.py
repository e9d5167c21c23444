import keras
import numpy as np
import pytest

from kvideo.layers import DynamicImage
from kvideo.layers.dynamic_image import WEIGHTINGS, rank_pooling_weights
from tests.support.contract import check_layer_contract
from tests.support.tflite import check_tflite


def random_clip(frames):
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, frames, 4, 5, 3)).astype("float32")


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_contract(weighting):
    check_layer_contract(DynamicImage(3, weighting), random_clip(6))


def test_weights_by_hand():
    # H_3 = 11/6: 6 - 4 * 11/6, 4 - 4 * 5/6, 2 - 4 * 1/3.
    np.testing.assert_allclose(
        rank_pooling_weights(3), [-4 / 3, 2 / 3, 2 / 3], atol=1e-12
    )
    assert rank_pooling_weights(4, "frames").tolist() == [-3, -1, 1, 3]


@pytest.mark.parametrize("frames", [2, 6, 11])
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_weights_are_those_of_all_pairs_later_less_earlier(frames, weighting):
    """The definition behind the closed form, on the frames of a unit clip."""
    ranked = np.eye(frames)
    if weighting == "running_mean":
        ranked = np.cumsum(ranked, axis=0) / np.arange(1, frames + 1)[:, None]
    expected = sum(
        ranked[later] - ranked[earlier]
        for later in range(frames)
        for earlier in range(later)
    )
    found = rank_pooling_weights(frames, weighting)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_reference():
    clip = random_clip(12)
    segments = clip.reshape(2, 2, 6, 4, 5, 3)
    weights = rank_pooling_weights(6, "frames") / (1 + 3 + 5)
    expected = np.einsum("t,bsthwc->bshwc", weights, segments)
    found = DynamicImage(6, "frames")(clip)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_it_ranks_the_frames_of_a_toy_clip(weighting):
    """A bright pixel that grows as a clip goes on, in noise."""
    rng = np.random.default_rng(1)
    clip = rng.normal(0, 0.05, (1, 6, 8, 8, 1)).astype("float32")
    clip[0, :, 2, 3, 0] += np.arange(6)
    image = np.asarray(DynamicImage(6, weighting)(clip))[0, 0]
    scores = np.tensordot(clip[0], image, axes=3)
    assert np.argsort(scores).tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_still_clip_gives_zero_and_a_change_stays_in_its_range(weighting):
    frame = random_clip(1)
    still = np.repeat(frame, 4, axis=1)
    out = np.asarray(DynamicImage(4, weighting)(still))
    np.testing.assert_allclose(out, 0, atol=1e-6)
    clip = np.random.default_rng(0).uniform(0, 255, (2, 4, 3, 3, 3))
    out = np.asarray(DynamicImage(4, weighting)(clip.astype("float32")))
    assert np.abs(out).max() <= 255


def test_a_clip_played_backwards_gives_the_negative():
    clip = random_clip(4)
    layer = DynamicImage(4, "frames")
    np.testing.assert_allclose(layer(clip[:, ::-1]), -layer(clip), atol=1e-6)


def test_unknown_sizes():
    shape = DynamicImage().compute_output_shape((None, None, None, None, 3))
    assert shape == (None, None, None, None, 3)


def test_bad_arguments():
    with pytest.raises(ValueError, match="`frames`"):
        DynamicImage(1)
    with pytest.raises(ValueError, match="`weighting`"):
        DynamicImage(3, "harmonic")
    with pytest.raises(ValueError, match="T=4 frames"):
        DynamicImage(4).build((None, 6, 4, 4, 3))


def test_tflite(tmp_path):
    clips = keras.Input((6, 4, 5, 3))
    x = keras.layers.Flatten()(DynamicImage(3)(clips))
    model = keras.Model(clips, keras.layers.Dense(3, "softmax")(x))
    check_tflite(model, random_clip(6)[:1], tmp_path)

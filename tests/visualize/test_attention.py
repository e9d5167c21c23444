from functools import partial

import keras
import numpy as np
import pytest

import kvideo
from kvideo.layers import (
    AttentionChain,
    ConvPyramidAttention,
    NonLocal,
    RegionNonLocal,
    VideoSqueezeExcite,
)
from kvideo.visualize import (
    attention_layers,
    attention_map,
    attention_overlay,
)

CLIP = (4, 16, 16, 3)


def clip():
    return np.random.default_rng(0).uniform(0, 255, CLIP).astype("float32")


def network(operator, cell=4):
    """An operator on a clip of cells of some pixels, brightness below 1."""
    keras.utils.set_random_seed(0)
    clips = keras.Input(CLIP)
    x = keras.layers.Rescaling(1 / 255)(clips)
    x = keras.layers.AveragePooling3D((2, cell, cell))(x)
    return keras.Model(clips, operator(name="look")(x))


def test_a_position_looks_at_what_is_like_it():
    """The weights are the softmax of the products of the cells' colours."""
    model = network(partial(NonLocal, "gaussian"))
    # Frame 3 and pixel (9, 2) lie in cell (1, 2, 0).
    found = attention_map(model, clip(), (3, 9, 2))
    cells = clip().reshape(2, 2, 4, 4, 4, 4, 3).mean((1, 3, 5)) / 255
    products = np.exp(cells @ cells[1, 2, 0])
    np.testing.assert_allclose(found, products / products.sum(), rtol=1e-4)


def test_each_reference_has_its_own_map():
    model = network(partial(RegionNonLocal, 3))
    one, other = (
        attention_map(model, 50 * clip(), (0, 2, column)) for column in (0, 15)
    )
    assert one.shape == (2, 4, 4)
    assert np.abs(one - other).max() > 0.01
    np.testing.assert_array_equal(
        attention_map(model, clip()), attention_map(model, clip(), (2, 8, 8))
    )


def test_one_map_for_all_positions():
    model = network(ConvPyramidAttention)
    one, other = (attention_map(model, clip(), (t, 2, 2)) for t in (0, 3))
    np.testing.assert_array_equal(one, other)
    assert one.sum() == pytest.approx(1, abs=1e-5)


def test_in_a_chain():
    """What stands before it in the chain is applied first."""
    excite = VideoSqueezeExcite(reduction=1)
    region = RegionNonLocal(3)
    model = network(partial(AttentionChain, [excite, region]))
    rng = np.random.default_rng(1)
    excite.set_weights([rng.normal(size=w.shape) for w in excite.weights])
    found = attention_map(model, clip(), (0, 0, 0))
    pooled = clip().reshape(2, 2, 4, 4, 4, 4, 3).mean((1, 3, 5)) / 255
    _, expected = region(
        excite(pooled[None]),
        return_attention_scores=True,
        position=(0, 0, 0),
    )
    np.testing.assert_allclose(found, np.asarray(expected)[0], rtol=1e-4)


def test_networks_with_several_layers():
    model = kvideo.create_model("tsm_resnet_nano", input_shape=(4, 32, 32, 3))
    places = "res2_block1, res3_block1"
    model = kvideo.insert(model, NonLocal, places, part="nl", verbose=False)
    assert attention_layers(model) == ["res2_block1_nl", "res3_block1_nl"]
    frames = np.zeros((4, 32, 32, 3))
    assert attention_map(model, frames).shape == (4, 4, 4)
    first = attention_map(model, frames, layer="res2_block1_nl")
    assert first.shape == (4, 8, 8)
    assert all(len(layer._inbound_nodes) == 1 for layer in model.layers)


def test_overlay_marks_the_reference():
    model = network(partial(NonLocal, "gaussian"))
    picture = attention_overlay(model, clip(), (3, 9, 15))
    assert picture.shape == CLIP and picture.dtype == np.uint8
    # White, and black around it, cut off by the edge of the frame.
    assert (picture[3, [7, 11], 13:16] == 255).all()
    assert (picture[3, [6, 12], 12:16] == 0).all()
    # The other frames have heat alone.
    without = attention_overlay(model, clip(), (2, 9, 15))
    np.testing.assert_array_equal(picture[0], without[0])


def test_what_cannot_be_shown():
    model = network(NonLocal)
    with pytest.raises(ValueError, match="single clip"):
        attention_map(model, clip()[None])
    for position in [(4, 0, 0), (0, 0), (0, -1, 0)]:
        with pytest.raises(ValueError, match=r"below \(4, 16, 16\)"):
            attention_map(model, clip(), position)
    with pytest.raises(ValueError, match="one of look"):
        attention_map(model, clip(), layer="nothing")
    with pytest.raises(ValueError, match="no layer of attention"):
        attention_map(network(VideoSqueezeExcite), clip())

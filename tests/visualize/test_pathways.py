import keras
import numpy as np
import pytest

from kvideo.applications import TSM, BTSNet
from kvideo.visualize import figure_to_array, pathway_weights, pathways_figure
from kvideo.visualize.pathways import COLORS

CLIP = (8, 32, 32, 3)


def btsnet(**arguments):
    keras.utils.set_random_seed(0)
    return BTSNet(variant="nano", input_shape=CLIP, classes=3, **arguments)


def clip():
    # Each frame brighter than the last, so that time steps differ.
    noise = np.random.default_rng(0).uniform(0, 255, CLIP)
    return (noise * np.linspace(0.1, 1, 8)[:, None, None, None]).astype(
        "float32"
    )


def test_each_row_is_a_mean_of_the_weights_over_channels():
    model = btsnet(pathways=3)
    weights = pathway_weights(model, clip())
    assert weights.shape == (3, 8, 3)
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)
    block = model.get_layer("res2_block1_tsp")
    features = keras.Model(model.input, block.input)(clip()[None])
    _, attention = block(features, return_attention=True)
    expected = np.asarray(attention)[0].mean(-1).T
    np.testing.assert_allclose(weights[0], expected, atol=1e-5)
    assert np.ptp(weights[0], axis=0).min() > 0


def test_fewer_time_steps_than_frames():
    """res4 has half as many: pairs of frames share its weights."""
    weights = pathway_weights(btsnet(), clip())[2]
    np.testing.assert_array_equal(weights[0::2], weights[1::2])
    assert (weights[0] != weights[2]).any()


def test_channel_fusion_does_not_change_over_time():
    weights = pathway_weights(btsnet(fuse="C"), clip())
    np.testing.assert_array_equal(weights, weights[:, :1].repeat(8, axis=1))


def test_the_network_is_left_as_it_was():
    model = btsnet()
    pathway_weights(model, clip())
    assert all(len(layer._inbound_nodes) == 1 for layer in model.layers)


def test_figure_shows_the_top_pathways_and_all_curves():
    model = btsnet(pathways=2)
    weights = pathway_weights(model, clip())
    figure = pathways_figure(model, clip(), "Title")
    strip, top, *panels = figure.axes
    assert strip.get_title(loc="left") == "Clip"
    rows = top.images[0].get_array()
    for block, frame in np.ndindex(3, 8):
        color = COLORS[weights[block, frame].argmax()]
        channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        np.testing.assert_allclose(rows[block, frame], channels)
    assert [panel.get_title(loc="left") for panel in panels] == [
        f"res{stage}_block1" for stage in (2, 3, 4)
    ]
    curves = [patch.get_data().values for patch in panels[1].patches]
    np.testing.assert_allclose(
        np.transpose(curves), 100 * (weights[1] - 1 / 2), atol=1e-4
    )
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["1: (1, 1, 1)", "2: (4, 1, 1)"]
    assert figure_to_array(figure).shape[1] == 960


def test_other_networks_and_shapes_are_refused():
    other = TSM(variant="resnet_nano", input_shape=CLIP, classes=3)
    with pytest.raises(ValueError, match="such as BTSNet"):
        pathway_weights(other, clip())
    with pytest.raises(ValueError, match="single clip"):
        pathway_weights(btsnet(), clip()[None])

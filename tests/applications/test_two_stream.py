"""Fusion of a network of frames and one of flow."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kvideo
from kvideo.applications import TSN, TeSNet, two_stream
from tests.support.exports import sure_of_itself

FRAMES, FIELDS = (4, 32, 32, 3), (6, 32, 32, 2)


def stream(shape, **arguments):
    settings = {"variant": "resnet_nano", "classes": 3, "input_shape": shape}
    return TSN(**settings, **arguments)


@pytest.fixture(scope="module")
def streams():
    return [sure_of_itself(stream(shape)) for shape in (FRAMES, FIELDS)]


@pytest.fixture(scope="module")
def clips():
    rng = np.random.default_rng(0)
    shapes = [(2, *shape) for shape in (FRAMES, FIELDS)]
    return [rng.uniform(0, 255, x).astype("float32") for x in shapes]


def scores_of(streams, clips):
    pairs = zip(streams, clips, strict=True)
    return [np.asarray(model(x, training=False)) for model, x in pairs]


@pytest.mark.parametrize(
    ("weights", "shares"), [((1, 1), (0.5, 0.5)), ((1, 1.5), (0.4, 0.6))]
)
def test_the_weighted_mean_of_the_scores(streams, clips, weights, shares):
    rgb, flow = scores_of(streams, clips)
    assert abs(rgb - flow).max() > 0.1
    model = two_stream(*streams, weights=weights)
    found = np.asarray(model(clips, training=False))
    expected = shares[0] * rgb + shares[1] * flow
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_streams_share_their_weights_and_keep_their_names(streams, clips):
    names = [model.name for model in streams]
    model = two_stream(*streams)
    assert [x.name for x in model.inputs] == ["rgb", "flow"]
    assert [model.name for model in streams] == names
    ours = {id(w) for w in model.weights}
    assert ours == {id(w) for stream in streams for w in stream.weights}
    assert kvideo.count(model).macs == sum(
        kvideo.count(stream).macs for stream in streams
    )


def test_save_and_load(streams, clips, tmp_path):
    model = two_stream(*streams, weights=(1, 1.5))
    expected = np.asarray(model(clips, training=False))
    model.save(tmp_path / "both.keras")
    loaded = keras.saving.load_model(tmp_path / "both.keras")
    found = np.asarray(loaded(clips, training=False))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_saved_model(clips, tmp_path):
    """Of small streams: what they are made of is exported elsewhere."""
    streams = [
        keras.Sequential(
            [
                keras.Input(shape),
                keras.layers.Rescaling(1 / 255),
                keras.layers.Flatten(),
                keras.layers.Dense(3, activation="softmax"),
            ]
        )
        for shape in (FRAMES, FIELDS)
    ]
    model = two_stream(*streams)
    expected = np.asarray(model(clips, training=False))
    assert np.ptp(expected) > 0.1
    model.export(tmp_path / "both", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "both")
    np.testing.assert_allclose(loaded.serve(clips), expected, atol=1e-5)


def test_tesnet_in_two_streams():
    """Fig. 3.4, with the projection losses of both streams."""
    models = [
        TeSNet(variant="nano", classes=3, input_shape=(8, 75, 75, channels))
        for channels in (3, 2)
    ]
    rng = np.random.default_rng(0)
    x = [rng.uniform(0, 255, (1, 8, 75, 75, c)) for c in (3, 2)]
    both = two_stream(*models)
    expected = sum(scores_of(models, x)) / 2
    np.testing.assert_allclose(both(x, training=False), expected, atol=1e-6)
    assert len(both.losses) == 2


def test_bad_arguments(streams):
    rgb, flow = streams
    with pytest.raises(ValueError, match="`flow` that ends in the layer"):
        two_stream(rgb, stream(FIELDS, classifier_activation=None))
    other = TSN(variant="resnet_nano", classes=4, input_shape=FIELDS)
    with pytest.raises(ValueError, match="same classes"):
        two_stream(rgb, other)
    with pytest.raises(ValueError, match="`rgb` with 2 and 1"):
        two_stream(two_stream(rgb, flow), flow)
    for weights in ((1, 0), (1, 1, 1)):
        with pytest.raises(ValueError, match="two positive numbers"):
            two_stream(rgb, flow, weights=weights)

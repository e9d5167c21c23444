import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications.shapes_only import shapes_only

NETWORKS = [*kvideo.list_models("*nano*"), "bqn_x3d_m"]


@pytest.mark.parametrize("name", NETWORKS)
def test_only_classifiers_are_left(name):
    with shapes_only():
        model = kvideo.create_model(name, classes=7)
        heads = kvideo.freeze_backbone(model)
        assert len(heads) == (2 if name == "bqn_x3d_m" else 1)
        wanted = [w.path for head in heads for w in head.trainable_weights]
        found = [w.path for w in model.trainable_weights]
    assert found and sorted(found) == sorted(wanted)
    assert all("logits" in path for path in found)


@pytest.mark.parametrize("name", ["gdn_resnet_nano", "bqn_nano"])
def test_unfreeze_undoes_it(name):
    with shapes_only():
        model = kvideo.create_model(name, classes=7)
        before = [w.path for w in model.trainable_weights]
        kvideo.freeze_backbone(model)
        kvideo.unfreeze(model)
        assert [w.path for w in model.trainable_weights] == before


def test_fit_moves_the_classifier_and_nothing_else():
    model = kvideo.create_model("bqn_nano", classes=3, dropout=0.0)
    kvideo.freeze_backbone(model)
    before = {w.path: np.array(w) for w in model.weights}
    model.compile("sgd", "sparse_categorical_crossentropy")
    clips = np.random.default_rng(0).uniform(0, 255, (4, 12, 64, 64, 3))
    model.fit(clips, np.array([0, 1, 2, 0]), verbose=0)
    moved = {
        path
        for path, weight in ((w.path, w) for w in model.weights)
        if np.any(np.array(weight) != before[path])
    }
    assert moved == {"logits/kernel", "logits/bias"}


def test_a_network_inside_ones_own():
    inside = kvideo.create_model(
        "gdn_resnet_nano", include_top=False, pooling="avg"
    )
    clips = keras.Input(inside.input_shape[1:])
    scores = keras.layers.Dense(5, "softmax", name="mine")(inside(clips))
    model = keras.Model(clips, scores)
    [head] = kvideo.freeze_backbone(model)
    assert head.name == "mine"
    assert [w.path for w in model.trainable_weights] == [
        "mine/kernel",
        "mine/bias",
    ]


def test_the_whole_network_inside_ones_own():
    inside = kvideo.create_model("tsn_resnet_nano", classes=5)
    clips = keras.Input(inside.input_shape[1:])
    model = keras.Model(clips, inside(clips))
    kvideo.freeze_backbone(model)
    assert {w.path.split("/")[-2] for w in model.trainable_weights} == {
        "logits"
    }


def test_a_network_without_a_classifier():
    model = kvideo.create_model("x3d_nano", include_top=False)
    with pytest.raises(ValueError, match="has no classifier"):
        kvideo.freeze_backbone(model)

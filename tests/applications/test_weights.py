"""Weight files: all of them or an error that says what differs."""

import json

import keras
import numpy as np
import pytest

from kvideo import applications
from kvideo.applications.weight_files import check_fit
from kvideo.applications.weights import load_backbone_weights, load_weights
from kvideo.applications.weights_table import cached_file


def tiny(**kwargs):
    arguments = {"variant": "resnet_nano", "input_shape": (4, 32, 32, 3)}
    return applications.TSM(**{**arguments, "classes": 5, **kwargs})


@pytest.fixture(scope="module", params=["a.weights.h5", "a.keras"])
def saved(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / request.param
    model = tiny()
    if path.suffix == ".keras":
        model.save(path)
    else:
        model.save_weights(path)
    return model, path


def test_all_weights_come_back(saved):
    model, path = saved
    twin = tiny(weights=path)
    for ours, theirs in zip(
        model.get_weights(), twin.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_the_optimizer_of_a_training_is_not_needed(tmp_path):
    class Unregistered(keras.optimizers.SGD):
        pass

    model = tiny()
    model.compile(Unregistered(), "mse")
    model.save(tmp_path / "a.keras")
    twin = tiny(weights=tmp_path / "a.keras")
    for ours, theirs in zip(model.weights, twin.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_another_number_of_classes_is_named(saved):
    with pytest.raises(
        ValueError, match=r"5 classes.*classes=7.*load_backbone_weights"
    ):
        tiny(weights=saved[1], classes=7)


def test_another_network_is_refused(saved):
    """Keras alone would load what fits and leave the rest random."""
    with pytest.raises(ValueError, match=r"does not hold the weights of"):
        applications.SlowOnly(
            variant="resnet_nano",
            input_shape=(4, 32, 32, 3),
            classes=5,
            weights=saved[1],
        )


def test_weights_without_a_top_do_not_fit_one_with(saved):
    with pytest.raises(ValueError, match="only in the file"):
        tiny(weights=saved[1], include_top=False)


def test_a_file_that_is_none(tmp_path):
    path = tmp_path / "a.weights.h5"
    path.write_bytes(b"not HDF5")
    with pytest.raises(ValueError, match="cannot be read"):
        check_fit(tiny(), path)


def small(classes=5, top=True, deep=False, name="logits"):
    """A network that is built in no time, with a gate like a classifier."""
    inputs = keras.Input((4,))
    gate = keras.layers.Dense(5, "sigmoid", name="gate")(inputs)
    x = keras.layers.Dense(6, name="body")(gate)
    if deep:
        x = keras.layers.Dense(6, name="more")(x)
    if top:
        x = keras.layers.Dense(classes, name=name)(x)
    return keras.Model(inputs, x)


@pytest.fixture(params=["a.weights.h5", "a.keras"])
def file(request, tmp_path):
    """A small network and its file, with an optimizer in one of them."""
    model = small()
    model.compile("adam", "mse")
    path = tmp_path / request.param
    model.save(path) if path.suffix == ".keras" else model.save_weights(path)
    return model, path


def assert_equal(ours, theirs):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_name_means_the_downloaded_file(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    name = "tsm_kinetics400_resnet50"
    with pytest.raises(ValueError, match=f"kvideo download {name}"):
        load_weights(small(), name)
    (tmp_path / "kvideo").mkdir()
    model = small()
    model.save_weights(cached_file(name))
    ours = load_weights(small(), name)
    assert_equal(ours.get_weights(), model.get_weights())


def test_a_name_that_is_none():
    with pytest.raises(ValueError, match=r"Nearest: slowfast_x3d_m"):
        tiny(weights="slowfast_x3dm")


def test_the_card_says_how_the_network_is_made(tmp_path):
    small().save_weights(tmp_path / "a.weights.h5")
    card = {"model": "tsm_nano", "class_names": list("abcde")}
    card["overrides"] = {"shift_every": 2}
    (tmp_path / "a.card.json").write_text(json.dumps(card))
    text = r"create_model\('tsm_nano', classes=5, shift_every=2\)"
    with pytest.raises(ValueError, match=text):
        load_weights(small(7), tmp_path / "a.weights.h5")


@pytest.mark.parametrize("classes", [7, 5])
def test_the_backbone_of_other_classes(file, classes):
    model, path = file
    ours = small(classes)
    before = ours.get_weights()
    assert load_backbone_weights(ours, path) == ["logits/kernel", "logits/bias"]
    assert_equal(ours.get_weights()[-2:], before[-2:])
    assert_equal(ours.get_weights()[:-2], model.get_weights()[:-2])


def test_the_backbone_below_a_head_of_ones_own(file):
    """And after compiling: the file's optimizer is another."""
    model, path = file
    ours = small(3, name="actions")
    ours.compile("sgd", "mse")
    left = load_backbone_weights(ours, path)
    assert left == ["actions/kernel", "actions/bias"]
    assert_equal(ours.get_weights()[:-2], model.get_weights()[:-2])


def test_a_network_without_its_top_and_for_other_clips(saved):
    model, path = saved
    ours = tiny(include_top=False, pooling="avg", input_shape=(8, 48, 32, 3))
    assert load_backbone_weights(ours, path) == []
    assert_equal(ours.get_weights(), model.get_weights()[:-2])


@pytest.mark.slow
def test_both_paths_of_a_network_are_loaded(tmp_path):
    shape = {"variant": "nano"}
    model = applications.BQN(classes=5, **shape)
    model.save_weights(tmp_path / "a.weights.h5")
    ours = applications.BQN(classes=3, **shape)
    left = load_backbone_weights(ours, tmp_path / "a.weights.h5")
    assert left == ["logits/kernel", "logits/bias"]
    theirs = {w.path: w.numpy() for w in model.weights}
    rest = [w for w in ours.weights if w.path not in left]
    assert_equal([w.numpy() for w in rest], [theirs[w.path] for w in rest])


def test_the_backbone_of_another_network_is_refused(saved):
    with pytest.raises(ValueError, match="without its classifier"):
        load_backbone_weights(small(), saved[1])


def test_more_than_a_classifier_left_over_is_refused(tmp_path):
    """A deeper network holds all weights of a shallower one."""
    small(deep=True).save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(ValueError, match="Not in the file: none"):
        load_backbone_weights(small(3), tmp_path / "a.weights.h5")

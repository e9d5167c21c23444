"""Parameter groups: roles, and updates by hand and beside Keras."""

import re

import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications.roles import roles
from kvideo.applications.shapes_only import shapes_only
from kvideo.trainers import GROUPS, OptimizerConfig, RunConfig, ScheduleConfig
from kvideo.trainers.group_table import ROLES
from kvideo.trainers.groups import patterns
from kvideo.trainers.optimizers import make_optimizer


@pytest.fixture
def model():
    """One weight of each role, but for two of "bias"; all are ones."""
    clips = keras.Input((2, 4, 4, 1))
    x = keras.layers.Conv3D(1, 1, name="stem")(clips)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Conv3D(1, 1, name="later")(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    x = keras.layers.Dense(1, name="inner")(x)
    x = keras.layers.Dense(2, name="head")(x)
    model = keras.Model(clips, x)
    for weight in model.trainable_variables:
        weight.assign(keras.ops.ones_like(weight))
    return model


def make(model, groups, **settings):
    run = RunConfig(
        model="tiny_net",
        data="videos",
        optimizer=OptimizerConfig(groups=groups, **settings),
        schedule=ScheduleConfig(kind="constant", warmup_epochs=0),
    )
    return make_optimizer(run, model, 1)


def step(optimizer, model, gradient=1.0):
    """First numbers of all weights after a step of equal gradients."""
    weights = model.trainable_variables
    gradients = [gradient * np.ones(w.shape, "float32") for w in weights]
    optimizer.apply(gradients, weights)
    return {w.path: float(np.ravel(w)[0]) for w in weights}


def test_roles(model):
    assert roles(model) == {
        "stem/kernel": "first_conv",
        "stem/bias": "bias",
        "norm/gamma": "norm",
        "norm/beta": "norm",
        "later/kernel": "conv",
        "later/bias": "bias",
        "inner/kernel": "kernel",
        "inner/bias": "bias",
        "head/kernel": "classifier",
        "head/bias": "classifier_bias",
    }
    assert set(roles(model).values()) == set(ROLES)


def test_both_classifiers_and_stems_have_their_groups():
    """Of BQN on X3D; the stems' kernels alone in "tsn_flow"."""
    with shapes_only():
        network = kvideo.create_model("bqn_x3d_m", classes=4)
        rows = patterns(network, "bqn"), patterns(network, "tsn_flow")
    fives = [
        [p for p, *pair in found if pair in ([5, 5], [5, 1])] for found in rows
    ]
    for path in ("busy_logits/kernel", "quiet_logits/kernel"):
        assert all(any(re.fullmatch(p, path) for p in five) for five in fives)
    for path in ("busy_stem_space/kernel", "quiet_stem_space/kernel"):
        assert [any(re.fullmatch(p, path) for p in five) for five in fives] == [
            False,
            True,
        ]


def test_rates_and_decays_by_hand(model):
    """TSN's groups: g = 1 + l2 * decay, times the rate."""
    sgd = make(
        model,
        "bqn",
        name="sgd",
        learning_rate=0.1,
        momentum=0.0,
        nesterov=False,
        l2=0.5,
        weight_decay=0,
    )
    assert step(sgd, model) == pytest.approx(
        {
            "stem/kernel": 1 - 0.1 * 1.5,
            "stem/bias": 1 - 0.2,
            "norm/gamma": 1 - 0.1,
            "norm/beta": 1 - 0.1,
            "later/kernel": 1 - 0.1 * 1.5,
            "later/bias": 1 - 0.2,
            "inner/kernel": 1 - 0.1 * 1.5,
            "inner/bias": 1 - 0.2,
            "head/kernel": 1 - 0.5 * (1 + 5 * 0.5),
            "head/bias": 1 - 1.0,
        }
    )


def test_decoupled_decay_by_hand(model):
    """Gradients of zero: what shrinks, shrinks by rate and decay."""
    adamw = make(
        model,
        {"classifier": (5, 2), "bias": (1, 0)},
        learning_rate=0.1,
        weight_decay=0.1,
    )
    after = step(adamw, model, gradient=0.0)
    assert after["later/kernel"] == pytest.approx(1 - 0.01)
    assert after["norm/gamma"] == pytest.approx(1 - 0.01)
    assert after["head/kernel"] == pytest.approx(1 - 0.1)
    assert after["inner/bias"] == 1.0


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_updates_are_those_of_a_multi_optimizer(model, name):
    """Three steps beside `keras.optimizers.MultiOptimizer` of two parts."""
    settings = {"name": name, "learning_rate": 0.1, "weight_decay": 0.1}
    ours = make(model, {"classifier": (5, 0)}, **settings)
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())

    def part(rate, decay):
        if name == "sgd":
            return keras.optimizers.SGD(
                rate, momentum=0.9, nesterov=True, weight_decay=decay or None
            )
        return keras.optimizers.AdamW(rate, weight_decay=decay)

    theirs = keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(
            part(0.1, 0.1), {"head/kernel": part(0.5, 0.0)}
        )
    )
    for gradient in (1.0, -0.5, 2.0):
        found = step(ours, model, gradient)
        expected = step(theirs, twin, gradient)
    assert found == pytest.approx(expected, rel=1e-5)


def test_gradients_of_all_groups_are_clipped_together(model):
    sgd = make(
        model,
        {"classifier": (5, 1)},
        name="sgd",
        learning_rate=0.1,
        momentum=0.0,
        weight_decay=0,
        clip_norm=1.0,
    )
    after = step(sgd, model)
    norm = np.sqrt(sum(np.prod(w.shape) for w in model.trainable_variables))
    assert after["later/kernel"] == pytest.approx(1 - 0.1 / norm)
    assert after["head/kernel"] == pytest.approx(1 - 0.5 / norm)


def test_every_row_has_known_roles(model):
    for name, pairs in GROUPS.items():
        assert pairs.keys() <= ROLES.keys()
        assert len(patterns(model, name)) <= len(pairs)


def test_groups_train_and_go_to_a_file(model, tmp_path):
    """Inside `fit`, compiled; the revived optimizer has the groups."""
    model.compile(make(model, "tsn", name="sgd", weight_decay=0), "mse")
    clips = np.ones((2, 2, 4, 4, 1), "float32")
    model.fit(clips, np.zeros((2, 2)), verbose=0)
    model.save(tmp_path / "m.keras")
    revived = keras.saving.load_model(tmp_path / "m.keras")
    assert revived.optimizer.groups == model.optimizer.groups
    for one in (model, revived):
        one.fit(clips, np.zeros((2, 2)), verbose=0)
    for ours, theirs in zip(
        model.get_weights(), revived.get_weights(), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)

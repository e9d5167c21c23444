"""Frozen and precise batch normalisation."""

import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications.roles import batch_norms
from kvideo.applications.shapes_only import shapes_only
from kvideo.layers import BatchNorm
from kvideo.trainers import precise_batch_norm
from kvideo.trainers.batch_norm import set_policy


def two_norms():
    clips = keras.Input((2, 3, 3, 1))
    x = BatchNorm(name="first")(clips)
    x = keras.layers.Conv3D(2, 1, name="conv")(x)
    x = BatchNorm(name="second")(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    return keras.Model(clips, x)


def clips(seed=0, count=4):
    rng = np.random.default_rng(seed)
    return rng.normal(3, 2, (count, 2, 3, 3, 1)).astype("float32")


@pytest.mark.parametrize(
    "policy, moving",
    [
        ("train", {"first", "second"}),
        ("frozen_but_first", {"first"}),
        ("frozen", set()),
    ],
)
def test_frozen_layers_neither_learn_nor_measure(policy, moving):
    model = two_norms()
    set_policy(model, policy)
    model.compile(keras.optimizers.SGD(0.1), "mse")
    before = {layer.name: layer.get_weights() for layer in batch_norms(model)}
    kernel = model.get_layer("conv").get_weights()[0]
    model.fit(clips(), np.ones((4, 2)), verbose=0)
    for layer in batch_norms(model):
        changed = [
            (old != new).any()
            for old, new in zip(
                before[layer.name], layer.get_weights(), strict=True
            )
        ]
        statistics = changed[2:]
        assert all(statistics) == any(changed) == (layer.name in moving)
    assert (model.get_layer("conv").get_weights()[0] != kernel).any()


@pytest.mark.parametrize(
    ("name", "learning"),
    [
        ("bqn_nano", ["busy_stem_bn", "quiet_stem_bn"]),
        ("dan_nano", ["stem_bn"]),
        ("slowfast_nano", ["fast_stem_bn", "slow_stem_bn"]),
    ],
)
def test_the_first_of_each_backbone_learns(name, learning):
    """Not that of DAN's projection, nor one pathway's alone."""
    with shapes_only():
        model = kvideo.create_model(name, classes=3)
        set_policy(model, "frozen_but_first")
        found = [x.name for x in batch_norms(model) if x.trainable]
    assert sorted(found) == learning


def test_what_was_frozen_before_stays_frozen():
    model = two_norms()
    model.get_layer("first").trainable = False
    set_policy(model, "frozen_but_first")
    assert not any(layer.trainable for layer in batch_norms(model))


def test_a_network_without_any():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    set_policy(model, "train")
    with pytest.raises(ValueError, match="has no batch normalisation"):
        set_policy(model, "frozen")
    with pytest.raises(ValueError, match="must be one of"):
        set_policy(model, "thaw")


def test_precise_statistics_are_the_averages_of_the_batches():
    model = two_norms()
    weights = [w.numpy() for w in model.trainable_variables]
    batches = [clips(seed) for seed in range(4)]
    assert precise_batch_norm(model, batches, 3) == 3
    first = model.get_layer("first")
    means = [batch.mean() for batch in batches[:3]]
    variances = [batch.var() for batch in batches[:3]]
    found = float(first.moving_mean[0]), float(first.moving_variance[0])
    # TensorFlow's kernel divides the variance by n - 1.
    size = batches[0].size
    assert found[0] == pytest.approx(np.mean(means), rel=1e-5)
    assert found[1] == pytest.approx(np.mean(variances), rel=1.5 / size)
    assert first.momentum == 0.9
    for before, after in zip(weights, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(before, after)


def test_precise_statistics_take_pairs_and_leave_frozen_layers():
    model = two_norms()
    set_policy(model, "frozen_but_first")
    before = model.get_layer("second").get_weights()
    assert precise_batch_norm(model, [(clips(), np.ones(4))], 5) == 1
    for old, new in zip(
        before, model.get_layer("second").get_weights(), strict=True
    ):
        np.testing.assert_array_equal(old, new)
    with pytest.raises(ValueError, match="need a batch of clips"):
        precise_batch_norm(model, [], 5)

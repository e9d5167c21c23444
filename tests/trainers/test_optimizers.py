"""Updates and learning rates, by hand and beside PyTorch."""

import dataclasses

import keras
import numpy as np
import pytest

from kvideo.trainers import CoupledSGD, RunConfig, StepDecay
from kvideo.trainers.optimizers import make_optimizer, make_schedule

PAPER = RunConfig(
    model="tiny_net",
    data="videos",
    optimizer="sgd",
    nesterov=False,
    weight_decay=0,
    l2=0.5,
    learning_rate=0.1,
    warmup_epochs=0,
    epochs=10,
    milestones=(2, 4),
)


def changed(**fields):
    return dataclasses.replace(PAPER, **fields)


def rates(schedule, steps):
    return [float(schedule(step)) for step in steps]


def updated(optimizer, start, gradients):
    """The values of a weight after each of some gradients."""
    weight = keras.Variable(np.array(start, "float32"), name="kernel")
    values = []
    for gradient in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [weight])
        values.append(keras.ops.convert_to_numpy(weight))
    return np.array(values)


def test_coupled_decay_by_hand():
    sgd = CoupledSGD(0.1, l2=0.5, momentum=0.5)
    # g = 1 + 0.5 * 2 = 2, w = 2 - 0.2; then g = 1 + 0.9, v = 1 + 1.9.
    values = updated(sgd, [2.0], [[1.0], [1.0]])
    np.testing.assert_allclose(values, [[1.8], [1.51]], rtol=1e-6)


def test_decoupled_decay_by_hand():
    sgd = CoupledSGD(0.1, weight_decay=0.5, momentum=0.5)
    # Shrinks by 0.05, then v = 1 and 1.5, without the decay.
    values = updated(sgd, [2.0], [[1.0], [1.0]])
    np.testing.assert_allclose(values, [[1.8], [1.56]], rtol=1e-6)


def test_rate_of_convolutions_by_hand():
    """Two kernels start at 1 and 1, gradients 1: the momentum is plain."""
    sgd = CoupledSGD(0.1, l2=0.5, momentum=0.5, conv_rate=0.2)
    kernel = keras.Variable(np.ones((1, 1, 1, 1, 1), "float32"))
    dense = keras.Variable(np.ones((1, 1), "float32"))
    ones = [np.ones(v.shape, "float32") for v in (kernel, dense)]
    for _ in range(2):
        sgd.apply(ones, [kernel, dense])
    # g = 1.5, w = 1 - 0.02 * 1.5; then g = 1 + 0.97 / 2, v = 0.75 + g.
    assert float(kernel[0, 0, 0, 0, 0]) == pytest.approx(0.97 - 0.02 * 2.235)
    assert float(dense[0, 0]) == pytest.approx(0.85 - 0.1 * (0.75 + 1.425))
    assert CoupledSGD.from_config(sgd.get_config()).conv_rate == 0.2


def test_warmup_in_steps_and_cosine_by_hand():
    config = changed(milestones=(), warmup_epochs=3, warmup_steps=4)
    found = rates(make_schedule(config, 2), [0, 1, 4, 8, 12, 16, 20])
    falling = [0.05 * (1 + np.cos(np.pi * n / 4)) for n in range(5)]
    assert found == pytest.approx([0, 0.025, *falling], abs=1e-7)


def test_warmup_may_be_the_whole_run():
    config = changed(milestones=(), warmup_steps=8000)
    found = rates(make_schedule(config, 2), [0, 10, 20])
    assert found == pytest.approx([0, 0.05, 0.1])


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum, l2", [(0.9, 0.01), (0.9, 0.0), (0.0, 0.1)])
def test_updates_are_pytorchs(momentum, l2, nesterov):
    torch = pytest.importorskip("torch")
    nesterov = nesterov and momentum > 0
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(8, 3)).astype("float32")
    schedule = StepDecay(0.1, [3, 5])
    ours = updated(
        CoupledSGD(schedule, l2=l2, momentum=momentum, nesterov=nesterov),
        np.ones(3),
        gradients,
    )
    weight = torch.ones(3, requires_grad=True)
    theirs = torch.optim.SGD(
        [weight], 0.1, momentum, weight_decay=l2, nesterov=nesterov
    )
    falls = torch.optim.lr_scheduler.MultiStepLR(theirs, [3, 5])
    for gradient, expected in zip(gradients, ours, strict=True):
        weight.grad = torch.tensor(gradient)
        theirs.step()
        falls.step()
        np.testing.assert_allclose(
            weight.detach().numpy(), expected, rtol=1e-5, atol=1e-6
        )


def test_gradients_are_clipped_together_and_before_the_decay():
    sgd = make_optimizer(changed(clip_norm=1.0, momentum=0), steps=1)
    weights = [keras.Variable([2.0]), keras.Variable([4.0])]
    sgd.apply([np.float32([3.0]), np.float32([4.0])], weights)
    # Norm 5 becomes 1: gradients 0.6 and 0.8; half the weight is added.
    values = [float(weight[0]) for weight in weights]
    np.testing.assert_allclose(values, [2 - 0.16, 4 - 0.28], rtol=1e-6)


def test_coupled_decay_reaches_biases_and_decoupled_does_not():
    for fields, expected in (
        ({}, 2 - 0.1 * 0.5 * 2),
        ({"l2": 0.0, "weight_decay": 0.5}, 2.0),
    ):
        sgd = make_optimizer(changed(**fields), steps=1)
        bias = keras.Variable([2.0], name="bias")
        sgd.apply([np.float32([0.0])], [bias])
        assert float(bias[0]) == pytest.approx(expected)


def test_rate_falls_after_the_epochs_of_the_milestones():
    schedule = make_schedule(changed(decay_factor=0.5), steps=3)
    found = rates(schedule, [0, 5, 6, 11, 12, 29])
    np.testing.assert_allclose(
        found, [0.1, 0.1, 0.05, 0.05, 0.025, 0.025], rtol=1e-6
    )


def test_steps_after_a_warm_up():
    schedule = make_schedule(changed(warmup_epochs=0.5), steps=8)
    found = rates(schedule, [0, 1, 3, 4, 15, 16, 32])
    np.testing.assert_allclose(
        found, [0, 0.025, 0.075, 0.1, 0.1, 0.01, 0.001], rtol=1e-5
    )


def test_cosine_after_a_warm_up():
    config = changed(milestones=(), warmup_epochs=2, epochs=4)
    found = rates(make_schedule(config, steps=2), [0, 2, 4, 6, 8])
    np.testing.assert_allclose(found, [0, 0.05, 0.1, 0.05, 0], atol=1e-7)


def test_adamw_takes_its_settings():
    config = changed(optimizer="adamw", l2=0, weight_decay=0.03, clip_norm=2.0)
    adamw = make_optimizer(config, steps=1)
    assert isinstance(adamw, keras.optimizers.AdamW)
    assert (adamw.weight_decay, adamw.global_clipnorm) == (0.03, 2.0)


def test_optimizer_goes_to_a_configuration_and_back():
    sgd = make_optimizer(changed(clip_norm=3.0, warmup_epochs=1), steps=2)
    stored = keras.saving.serialize_keras_object(sgd)
    revived = keras.saving.deserialize_keras_object(stored)
    assert isinstance(revived, CoupledSGD)
    assert revived.get_config() == sgd.get_config()
    assert revived.l2 == 0.5
    gradients = np.ones((6, 2), "float32")
    np.testing.assert_array_equal(
        updated(revived, np.ones(2), gradients),
        updated(sgd, np.ones(2), gradients),
    )

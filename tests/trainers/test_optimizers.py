"""Updates, by hand and beside PyTorch and Keras."""

import dataclasses

import keras
import numpy as np
import pytest

from kvideo.trainers import (
    CoupledSGD,
    OptimizerConfig,
    RunConfig,
    ScheduleConfig,
    StepDecay,
)
from kvideo.trainers.optimizers import make_optimizer

SGD = OptimizerConfig(
    name="sgd",
    nesterov=False,
    weight_decay=0,
    l2=0.5,
    groups="all",
    learning_rate=0.1,
)
FIXED = ScheduleConfig(kind="constant", warmup_epochs=0)


@pytest.fixture(scope="module")
def model():
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])


def make(model, optimizer, schedule=FIXED, steps=1):
    config = RunConfig(
        model="tiny_net", data="videos", optimizer=optimizer, schedule=schedule
    )
    return make_optimizer(config, model, steps)


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


def test_gradients_are_clipped_together_and_before_the_decay(model):
    sgd = make(model, dataclasses.replace(SGD, clip_norm=1.0, momentum=0))
    weights = [keras.Variable([2.0]), keras.Variable([4.0])]
    sgd.apply([np.float32([3.0]), np.float32([4.0])], weights)
    # Norm 5 becomes 1: gradients 0.6 and 0.8; half the weight is added.
    values = [float(weight[0]) for weight in weights]
    np.testing.assert_allclose(values, [2 - 0.16, 4 - 0.28], rtol=1e-6)


def test_adamw_takes_its_settings(model):
    settings = OptimizerConfig(
        name="adamw", weight_decay=0.03, clip_norm=2.0, ema=0.5
    )
    adamw = make(model, settings)
    assert isinstance(adamw, keras.optimizers.AdamW)
    assert (adamw.weight_decay, adamw.global_clipnorm) == (0.03, 2.0)
    assert (adamw.use_ema, adamw.ema_momentum) == (True, 0.5)


def test_adamw_of_one_group_is_keras_own(model):
    """Beside `keras.optimizers.AdamW`, some steps."""
    gradients = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    settings = OptimizerConfig("adamw", learning_rate=0.1, groups="all")
    ours = make(model, settings)
    theirs = keras.optimizers.AdamW(0.1, weight_decay=0.02)
    np.testing.assert_allclose(
        *(updated(o, np.ones(3), gradients) for o in (ours, theirs)), rtol=1e-6
    )


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD,
        OptimizerConfig(weight_decay=0.1, clip_norm=3.0),
        OptimizerConfig("adamw"),
    ],
)
def test_optimizer_goes_to_a_configuration_and_back(model, optimizer):
    sgd = make(model, optimizer, ScheduleConfig(), steps=2)
    stored = keras.saving.serialize_keras_object(sgd)
    revived = keras.saving.deserialize_keras_object(stored)
    assert type(revived) is type(sgd)
    assert revived.get_config() == sgd.get_config()
    assert revived.groups == sgd.groups
    gradients = np.ones((6, 2), "float32")
    np.testing.assert_array_equal(
        updated(revived, np.ones(2), gradients),
        updated(sgd, np.ones(2), gradients),
    )

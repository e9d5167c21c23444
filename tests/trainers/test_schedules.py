"""Learning rates over a run, by hand."""

import dataclasses

import keras
import numpy as np
import pytest

from kvideo.trainers import RunConfig, ScheduleConfig
from kvideo.trainers.schedules import Plateau, make_schedule, plateau_rate

RUN = RunConfig(
    model="tiny_net", data="videos", epochs=10, optimizer={"learning_rate": 0.1}
)


def rates(at, steps, epochs=10, **schedule):
    """The rates at some steps of a run with so many steps an epoch."""
    run = dataclasses.replace(RUN, epochs=epochs, schedule=schedule)
    made = make_schedule(run, steps)
    if not isinstance(made, float):
        stored = keras.saving.serialize_keras_object(made)
        made = keras.saving.deserialize_keras_object(stored)
    return [float(made(step)) for step in at]


def test_cosine_after_a_warm_up():
    found = rates([0, 2, 4, 6, 8], 2, epochs=4, warmup_epochs=2)
    np.testing.assert_allclose(found, [0, 0.05, 0.1, 0.05, 0], atol=1e-7)


def test_warm_up_in_steps_and_cosine():
    found = rates([0, 1, 4, 8, 12, 16, 20], 2, warmup_epochs=3, warmup_steps=4)
    falling = [0.05 * (1 + np.cos(np.pi * n / 4)) for n in range(5)]
    assert found == pytest.approx([0, 0.025, *falling], abs=1e-7)


def test_warm_up_from_a_tenth():
    found = rates(
        [0, 5, 10, 15], 10, kind="constant", warmup_epochs=1, warmup_start=0.1
    )
    assert found == pytest.approx([0.01, 0.055, 0.1, 0.1])


def test_warm_up_may_be_the_whole_run():
    found = rates([0, 10, 20], 2, warmup_steps=8000)
    assert found == pytest.approx([0, 0.05, 0.1])


def test_rate_falls_after_the_epochs_of_the_milestones():
    found = rates(
        [0, 5, 6, 11, 12, 29],
        3,
        kind="steps",
        milestones=(2, 4),
        factor=0.5,
        warmup_epochs=0,
    )
    np.testing.assert_allclose(
        found, [0.1, 0.1, 0.05, 0.05, 0.025, 0.025], rtol=1e-6
    )


def test_steps_after_a_warm_up():
    found = rates(
        [0, 1, 3, 4, 15, 16, 32],
        8,
        kind="steps",
        milestones=(2, 4),
        warmup_epochs=0.5,
    )
    np.testing.assert_allclose(
        found, [0, 0.025, 0.075, 0.1, 0.1, 0.01, 0.001], rtol=1e-5
    )


def test_restarts_are_pytorchs():
    torch = pytest.importorskip("torch")
    weight = torch.nn.Parameter(torch.ones(1))
    sgd = torch.optim.SGD([weight], 0.1)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(
        sgd, T_0=4, T_mult=2, eta_min=0.01
    )
    expected = []
    for _ in range(12):
        expected.append(theirs.get_last_lr()[0])
        sgd.step()
        theirs.step()
    found = rates(
        range(12),
        2,
        kind="restarts",
        period=2,
        period_factor=2.0,
        floor=0.1,
        warmup_epochs=0,
    )
    assert found == pytest.approx(expected, rel=1e-5)


def test_plateau_by_hand():
    schedule = ScheduleConfig(
        kind="plateau", patience=2, factor=0.1, floor=0.05, warmup_epochs=1
    )
    # The first epoch warms up. Epochs 2 and 5 are best; 3, 4 wait, as 6, 7 do.
    losses = [9.0, 5.0, 6.0, 5.0, 4.0, 4.0, 4.5]
    found = [plateau_rate(losses[:n], 1.0, schedule) for n in range(8)]
    assert found == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 0.1, 0.05])
    slow = dataclasses.replace(schedule, warmup_epochs=4, warmup_start=0.2)
    found = [plateau_rate(losses[:n], 1.0, slow) for n in range(5)]
    assert found == pytest.approx([0.4, 0.6, 0.8, 1, 1])


@pytest.mark.parametrize(
    "monitor, rates", [("loss", [1.0, 0.1, 0.1]), ("accuracy", [1.0, 1.0, 0.1])]
)
def test_plateau_watches_the_loss_or_the_accuracy(monitor, rates):
    """The loss rises at once; the accuracy rises once and then stays."""
    rows = [
        {"loss": 1.0, "val_loss": 1.0, "accuracy": 0.9, "val_accuracy": 0.5},
        {"loss": 0.5, "val_loss": 2.0, "accuracy": 0.9, "val_accuracy": 0.6},
        {"loss": 0.4, "val_loss": 0.9, "accuracy": 0.9, "val_accuracy": 0.6},
    ]
    schedule = ScheduleConfig(
        kind="plateau", monitor=monitor, patience=1, warmup_epochs=0
    )
    found = [
        plateau_rate(Plateau(1.0, schedule, rows[:n]).losses, 1.0, schedule)
        for n in (1, 2, 3)
    ]
    assert found == pytest.approx(rates)


def test_plateau_without_validation_watches_the_training():
    schedule = ScheduleConfig(kind="plateau", monitor="accuracy")
    rows = [{"loss": 1.0, "accuracy": 0.25}]
    assert Plateau(1.0, schedule, rows).losses == [-0.25]

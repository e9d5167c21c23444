import keras
import numpy as np
import pytest

from kvideo.objectives import scale_schedule
from kvideo.objectives.scale_schedule import FORMS

TENTHS = [1000 * i for i in range(11)]


def values(form, gamma=0.2, lambda_=0.3, steps=TENTHS):
    found = scale_schedule(np.array(steps), 10_000, gamma, lambda_, form)
    return keras.ops.convert_to_numpy(found)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            "linear",
            [1, 0.774, 0.3, 0.289, 0.256, 0.207, 0.15, 0.093, 0.044, 0.011, 0],
        ),
        (
            "log",
            [1, 0.386, 0.3, 0.038, 0.017, 0.009, 0.004, 0.002, 0.001, 0, 0],
        ),
    ],
)
def test_worked_values(form, expected):
    np.testing.assert_allclose(values(form), expected, atol=6e-4)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("gamma", "lambda_"), [(0.1, 0.1), (0.2, 0.3), (0.5, 0.3), (0.5, 1)]
)
def test_falls_from_one_over_lambda_to_zero(form, gamma, lambda_):
    steps = np.arange(0, 10_001, 50)
    found = values(form, gamma, lambda_, steps)
    assert (np.diff(found) <= 1e-6).all()
    at_gamma = np.searchsorted(steps, gamma * 10_000)
    np.testing.assert_allclose(
        found[[0, at_gamma, -1]], [1, lambda_, 0], atol=1e-6
    )


def test_stays_zero_after_the_end():
    assert values("linear", steps=[10_000, 15_000, 30_000]).max() < 1e-6


def test_inside_a_traced_step():
    import tensorflow as tf

    traced = tf.function(lambda step: scale_schedule(step, 10_000))
    found = traced(tf.constant(1000, tf.int64))
    np.testing.assert_allclose(found, 0.774, atol=6e-4)


@pytest.mark.parametrize(
    "arguments",
    [
        {"gamma": 1.0},
        {"gamma": 0},
        {"lambda_": 1.1},
        {"form": "cosine"},
        {"total_steps": 0},
        {"total_steps": 5, "form": "log"},
    ],
)
def test_arguments_out_of_range(arguments):
    with pytest.raises(ValueError, match=r"must be|too small"):
        scale_schedule(0, **{"total_steps": 100, **arguments})

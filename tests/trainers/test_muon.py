"""Muon: orthogonal steps of kernels, AdamW for all else."""

import keras
import numpy as np
import pytest

from kvideo.trainers import Muon
from kvideo.trainers.muon import muon_for


def kernel(shape, name="kernel"):
    values = np.random.default_rng(0).normal(size=shape)
    return keras.Variable(values.astype("float32"), name=name)


def gradients(shape, steps=3):
    rng = np.random.default_rng(1)
    return [rng.normal(size=shape).astype("float32") for _ in range(steps)]


def moved(optimizer, weight, steps):
    """How far a weight went in each of some steps."""
    before, found = keras.ops.convert_to_numpy(weight), []
    for gradient in steps:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [weight])
        found.append(keras.ops.convert_to_numpy(weight) - before)
        before = keras.ops.convert_to_numpy(weight)
    return found


def test_a_step_of_a_convolution_is_orthogonal_whatever_its_gradient():
    """No direction of it is longer than 1.3 or shorter than 0.6."""
    steps = gradients((1, 3, 3, 4, 8))
    steps[0][..., :4] *= 0.05
    for step in moved(
        Muon(1.0, weight_decay=0, rms_rate=None), kernel((1, 3, 3, 4, 8)), steps
    ):
        values = np.linalg.svd(step.reshape(36, 8), compute_uv=False)
        assert 0.6 < values.min() <= values.max() < 1.3


def test_a_step_has_the_length_that_the_paper_gives_it():
    """Liu et al.: 0.2 a weight in the mean, whatever the shape."""
    for shape in ((1, 3, 3, 4, 8), (1, 1, 1, 64, 16), (24, 24)):
        (step,) = moved(
            Muon(0.5, weight_decay=0), kernel(shape), gradients(shape, 1)
        )
        assert np.sqrt(np.mean(step**2)) == pytest.approx(0.5 * 0.2, rel=0.2)


def test_of_a_matrix_it_is_keras_own():
    theirs = keras.optimizers.Muon(
        0.01, weight_decay=None, adam_weight_decay=None
    )
    found = moved(Muon(0.01, weight_decay=0), kernel((6, 5)), gradients((6, 5)))
    expected = moved(theirs, kernel((6, 5)), gradients((6, 5)))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_convolution_moves_as_the_matrix_of_its_filters():
    shape = (2, 3, 3, 4, 8)
    found = moved(Muon(0.01, weight_decay=0.1), kernel(shape), gradients(shape))
    flat = kernel(shape)
    flat = keras.Variable(keras.ops.reshape(flat, (72, 8)), name="kernel")
    steps = [g.reshape(72, 8) for g in gradients(shape)]
    expected = moved(Muon(0.01, weight_decay=0.1), flat, steps)
    np.testing.assert_allclose(
        np.reshape(found, np.shape(expected)), expected, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    "shape, name",
    [
        ((8,), "gamma"),
        ((3, 3, 3, 1, 8), "kernel"),
        ((3, 3, 8, 1), "kernel"),
        ((8, 8), "basis"),
    ],
    ids=["vector", "depthwise", "depthwise of Keras", "no kernel"],
)
def test_all_else_moves_as_with_adamw(shape, name):
    adamw = keras.optimizers.AdamW(0.01, weight_decay=0.1)
    found = moved(
        Muon(0.01, weight_decay=0.1), kernel(shape, name), gradients(shape)
    )
    expected = moved(adamw, kernel(shape, name), gradients(shape))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_classifiers_move_as_with_adamw():
    clips = keras.Input((2, 4, 4, 3))
    x = keras.layers.Conv3D(4, 1, name="stem")(clips)
    x = keras.layers.GlobalAveragePooling3D()(x)
    model = keras.Model(clips, keras.layers.Dense(3, name="logits")(x))
    optimizer = muon_for(model, 0.1)
    optimizer.build(model.trainable_variables)
    orthogonal = [
        weight.path
        for weight in model.trainable_variables
        if not optimizer._should_use_adamw(weight)
    ]
    assert orthogonal == ["stem/kernel"]
    stored = keras.saving.serialize_keras_object(optimizer)
    revived = keras.saving.deserialize_keras_object(stored)
    assert revived.get_config() == optimizer.get_config()
    assert revived.exclude_layers == ["logits/kernel"]

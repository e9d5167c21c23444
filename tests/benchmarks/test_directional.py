"""benchmarks/directional.py: both forms are the same operator."""

import importlib
import pathlib
import sys

import numpy as np
import tensorflow as tf

FOLDER = pathlib.Path(__file__).parents[2] / "benchmarks"


def load(name):
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


directional = load("directional")


def test_forms_agree():
    x = tf.random.stateless_normal((2, 4, 3, 5, 6), (0, 1))
    weights = tf.random.stateless_normal((6, 8, 4), (0, 2))
    product, grouped = (form(x, weights) for form in directional.FORMS.values())
    np.testing.assert_allclose(product, grouped, rtol=1e-5, atol=1e-5)


def test_every_form_and_mode_is_timed():
    found = directional.measure((1, 4, 2, 2, 8), rounds=1)
    assert set(found) == set(directional.COLUMNS.values())
    assert all(0 <= milliseconds < 1e5 for milliseconds in found.values())

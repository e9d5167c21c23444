"""benchmarks/directional.py: both forms are the same operator."""

import numpy as np
import tensorflow as tf

from tests.support.benchmarks import load

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

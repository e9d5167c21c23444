import numpy as np
import pytest
from keras import ops

from kvideo.layers import AttentionPropagation
from tests.support.contract import check_layer_contract
from tests.support.convolutions import draw


def test_contract():
    early, later = draw((2, 4, 6, 8, 3), (2, 2, 3, 4, 5))
    check_layer_contract(AttentionPropagation(), early, later)


def test_by_hand():
    """Constant maps: the early one grows by the sigmoid of the later mean."""
    early = np.full((1, 2, 4, 4, 3), 2.0, "float32")
    later = np.full((1, 2, 2, 2, 4), 0.0, "float32")
    later[..., :2] = 3.0
    y = ops.convert_to_numpy(AttentionPropagation()([early, later]))
    expected = 2 * (1 + 1 / (1 + np.exp(-1.5)))
    np.testing.assert_allclose(y, expected, rtol=1e-6)


def test_attention_is_where_the_later_map_is_active():
    early = np.ones((1, 1, 4, 4, 1), "float32")
    later = np.full((1, 1, 2, 2, 2), -9.0, "float32")
    later[0, 0, 0, 1] = 9.0
    y = ops.convert_to_numpy(AttentionPropagation()([early, later]))[0, 0]
    assert np.unravel_index(y[..., 0].argmax(), (4, 4)) == (0, 3)
    assert y.min() == pytest.approx(1, abs=1e-3)
    assert y.max() == pytest.approx(2, abs=1e-3)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(1, 2, 4, 4, 3)], "list"),
        ([(1, 2, 4, 4, 3), (1, 4, 4, 3)], "rank 5"),
        ([(1, 2, None, 4, 3), (1, 2, 2, 2, 3)], "needs to know"),
    ],
)
def test_errors(shapes, message):
    with pytest.raises(ValueError, match=message):
        AttentionPropagation().build(shapes)

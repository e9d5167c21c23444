import numpy as np
import pytest

from kvideo.layers import SlowFrames
from kvideo.layers.slow_frames import PLACEMENTS
from tests.support.contract import check_layer_contract


def numbered(frames):
    """A clip whose frames hold their own numbers."""
    clip = np.arange(frames, dtype="float32").reshape(1, frames, 1, 1, 1)
    return np.broadcast_to(clip, (2, frames, 3, 4, 2)).copy()


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_contract(placement):
    check_layer_contract(SlowFrames(3, placement), numbered(9))


@pytest.mark.parametrize(
    ("frames", "alpha", "placement", "taken"),
    [
        (32, 8, "strided", [0, 8, 16, 24]),
        (32, 4, "strided", [0, 4, 8, 12, 16, 20, 24, 28]),
        (15, 8, "strided", [0, 8]),
        (8, 8, "strided", [0]),
        (4, 1, "strided", [0, 1, 2, 3]),
        # torch.linspace(0, 31, n).long(), as the released code has it.
        (32, 8, "spread", [0, 10, 20, 31]),
        (32, 4, "spread", [0, 4, 8, 13, 17, 22, 26, 31]),
        (8, 8, "spread", [0]),
    ],
)
def test_frames_taken(frames, alpha, placement, taken):
    layer = SlowFrames(alpha, placement)
    out = np.asarray(layer(numbered(frames)))
    assert out[1, :, 2, 3, 1].tolist() == taken
    assert out.shape == (2, len(taken), 3, 4, 2)


def test_unknown_sizes():
    shape = SlowFrames(4).compute_output_shape((None, None, None, None, 3))
    assert shape == (None, None, None, None, 3)


@pytest.mark.parametrize("shape", [(1, 7, 4, 4, 3), (1, None, 4, 4, 3)])
def test_a_clip_too_short_or_unknown(shape):
    with pytest.raises(ValueError, match="at least 8 frames"):
        SlowFrames(8).build(shape)


def test_spread_needs_a_multiple():
    with pytest.raises(ValueError, match="multiple of alpha=8"):
        SlowFrames(8, "spread").build((1, 15, 4, 4, 3))


@pytest.mark.parametrize("alpha", [0, 2.0])
def test_alpha_that_is_none(alpha):
    with pytest.raises(ValueError, match="`alpha`"):
        SlowFrames(alpha)


def test_unknown_placement():
    with pytest.raises(ValueError, match="`placement`"):
        SlowFrames(8, "random")

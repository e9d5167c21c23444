"""Every kind: a random checkpoint, converted, gives PyTorch's logits."""

import keras
import numpy as np
import pytest
import torch

from kvideo.applications.shapes_only import shapes_only
from kvideo.convert.assignment import assign, place, weights_of
from kvideo.convert.conversion import build
from kvideo.convert.proof import TOLERANCE, prove, random_clips, twin_logits
from kvideo.convert.recognition import (
    Match,
    list_kinds,
    recognize,
    twin_shapes,
)
from tests.convert.checkpoints import arrays, random_state
from tests.convert.own_tsm import TSMNano

CLASSES = 7
# Kinds that stand for the others in the quick run.
QUICK = (
    "tsm_nl",
    "slowfast_x3d",
    "tsm_online_mobilenet_v2",
    "pytorchvideo_slow",
)
# Networks that are small enough, or of which no smaller one has the layout.
SMALL = ("nano", "mtnet_released_s", "bqn_x3d_m")
CASES = [
    pytest.param(
        kind.name,
        index,
        id=f"{kind.name}-{row.model}-{index}",
        marks=() if kind.name in QUICK else pytest.mark.slow,
    )
    for kind in list_kinds().values()
    for index, row in enumerate(kind.rows)
    if row.model.endswith(SMALL)
]
FULL_SIZE = [
    pytest.param(kind.name, index, id=f"{kind.name}-{row.model}-{index}")
    for kind in list_kinds().values()
    for index, row in enumerate(kind.rows)
]


def match_of(kind, index):
    kind = list_kinds()[kind]
    return Match(kind, kind.rows[index], CLASSES)


@pytest.mark.parametrize(("kind", "index"), CASES)
def test_logits_are_those_of_pytorch(kind, index):
    match = match_of(kind, index)
    tensors = arrays(random_state(match.make_twin()))
    network = build(match)
    assign(network, tensors, match)
    proof = prove(network, match, tensors)
    assert proof.relative_difference <= TOLERANCE
    # The logits depend on the clip, or the proof would say nothing.
    first, second = twin_logits(match, tensors, random_clips(match.clip, 0))
    assert np.abs(first - second).max() > 0.01 * proof.largest_logit


@pytest.mark.parametrize(("kind", "index"), CASES)
def test_it_is_recognized(kind, index):
    match = match_of(kind, index)
    found = recognize(arrays(match.make_twin().state_dict()))
    assert (found.row.model, found.classes) == (match.row.model, CLASSES)
    # Two kinds may have the same tensors; the first is taken.
    assert found.kind.twin is match.kind.twin


@pytest.fixture(scope="module")
def own():
    """A network written for the test, its tensors, what they are found to be
    and our network."""
    source = TSMNano(CLASSES).eval()
    tensors = arrays(random_state(source))
    match = recognize(tensors)
    return source, tensors, match, build(match)


def test_a_network_written_here_alone(own):
    """Independent of the converter's own PyTorch networks."""
    source, tensors, match, network = own
    assert match.row.model == "tsm_resnet_nano"
    left_out = assign(network, tensors, match)
    assert set(left_out.values()) == {"counts training steps"}
    clips = random_clips(match.clip, 3)
    with torch.no_grad():
        expected = source(torch.from_numpy(clips)).numpy()
    ours = keras.ops.convert_to_numpy(network(clips, training=False))
    np.testing.assert_allclose(ours, expected, atol=1e-4 * abs(expected).max())


@pytest.mark.parametrize(
    ("weight", "change", "difference"),
    [
        ("res5_block1_bn3/gamma", lambda x: x * (1 + 1e-3), r"\d"),
        ("logits/bias", lambda x: x * np.nan, "nan"),
    ],
)
def test_the_proof_sees_a_wrong_weight(own, weight, change, difference):
    _, tensors, match, network = own
    assign(network, tensors, match)
    wrong = weights_of(network)[weight]
    wrong.assign(change(wrong.numpy()))
    message = f"differ by up to {difference}.* Nothing was written"
    with pytest.raises(ValueError, match=message):
        prove(network, match, tensors)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "index"), FULL_SIZE)
def test_every_tensor_of_every_network_has_a_place(kind, index):
    """Names and shapes alone."""
    match = match_of(kind, index)
    tensors = {
        key: np.broadcast_to(np.float32(0), shape)
        for key, shape in twin_shapes(match).items()
    }
    with shapes_only():
        weights = weights_of(build(match))
    shapes = {path: tuple(weight.shape) for path, weight in weights.items()}
    values, _ = place(tensors, shapes, match)
    assert {p: value.shape for p, value in values.items()} == shapes

"""Every kind: a random checkpoint, converted, gives PyTorch's logits."""

import keras
import numpy as np
import pytest
import torch

from kvideo.convert.assignment import assign
from kvideo.convert.conversion import build
from kvideo.convert.proof import TOLERANCE, prove, random_clips, twin_logits
from kvideo.convert.recognition import Match, list_kinds, recognize
from tests.convert.checkpoints import arrays, random_state
from tests.convert.own_tsm import TSMNano

CLASSES = 7
# Kinds that stand for the others in the quick run.
QUICK = ("tsm_nl", "slowfast_x3d")
CASES = [
    pytest.param(
        kind.name,
        row.model,
        id=f"{kind.name}-{row.model}",
        marks=() if kind.name in QUICK else pytest.mark.slow,
    )
    for kind in list_kinds().values()
    for row in kind.rows
    if row.model.endswith("nano") or row.model == "mtnet_released_s"
]
FULL_SIZE = [
    pytest.param(kind.name, index, id=f"{kind.name}-{row.model}-{index}")
    for kind in list_kinds().values()
    for index, row in enumerate(kind.rows)
]


def find_match(kind, model):
    kind = list_kinds()[kind]
    row = next(row for row in kind.rows if row.model == model)
    return Match(kind, row, CLASSES)


@pytest.mark.parametrize(("kind", "model"), CASES)
def test_logits_are_those_of_pytorch(kind, model):
    match = find_match(kind, model)
    tensors = arrays(random_state(match.make_twin()))
    network = build(match)
    assign(network, tensors, match)
    proof = prove(network, match, tensors)
    assert proof.relative_difference <= TOLERANCE
    # The logits depend on the clip, or the proof would say nothing.
    first, second = twin_logits(match, tensors, random_clips(match.clip, 0))
    assert np.abs(first - second).max() > 0.01 * proof.largest_logit


@pytest.mark.parametrize(("kind", "model"), CASES)
def test_it_is_recognized(kind, model):
    match = find_match(kind, model)
    found = recognize(arrays(match.make_twin().state_dict()))
    assert (found.row.model, found.classes) == (model, CLASSES)
    # Two kinds may have the same tensors; the first is taken.
    assert found.kind.twin is match.kind.twin


def test_a_network_written_here_alone():
    """Independent of the converter's own PyTorch networks."""
    source = TSMNano(CLASSES).eval()
    tensors = arrays(random_state(source))
    match = recognize(tensors)
    assert match.row.model == "tsm_resnet_nano"
    network = build(match)
    left_out = assign(network, tensors, match)
    assert set(left_out.values()) == {"counts training steps"}
    clips = random_clips(match.clip, 3)
    with torch.no_grad():
        expected = source(torch.from_numpy(clips)).numpy()
    ours = keras.ops.convert_to_numpy(network(clips, training=False))
    np.testing.assert_allclose(ours, expected, atol=1e-4 * abs(expected).max())


def test_the_proof_sees_a_wrong_weight():
    match = find_match("tsm_nl", "tsm_resnet_nano")
    tensors = arrays(random_state(match.make_twin()))
    network = build(match)
    assign(network, tensors, match)
    kernel = network.get_layer("res3_block1_nonlocal").theta.kernel
    kernel.assign(np.swapaxes(kernel.numpy(), -1, -2).reshape(kernel.shape))
    with pytest.raises(ValueError, match=r"differ by up to .* Nothing was"):
        prove(network, match, tensors)


def test_the_proof_sees_what_is_not_a_number():
    match = find_match("tsm", "tsm_resnet_nano")
    tensors = arrays(random_state(match.make_twin()))
    network = build(match)
    assign(network, tensors, match)
    network.get_layer("logits").bias.assign([np.nan] * CLASSES)
    with pytest.raises(ValueError, match="differ by up to nan"):
        prove(network, match, tensors)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "index"), FULL_SIZE)
def test_every_row_has_the_parameters_of_our_network(kind, index):
    from kvideo.applications.shapes_only import shapes_only

    kind = list_kinds()[kind]
    match = Match(kind, kind.rows[index], CLASSES)
    with torch.device("meta"):
        twin = match.make_twin()
    unused = [name for name, _ in twin.named_parameters() if "mask" in name]
    theirs = sum(
        p.numel() for n, p in twin.named_parameters() if n not in unused
    )
    with shapes_only():
        ours = sum(np.prod(w.shape) for w in build(match).trainable_weights)
    if "rnl" in kind.name:
        pytest.skip("RNL stores a masked kernel 32 times as large.")
    assert ours == theirs

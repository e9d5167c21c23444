"""Every tensor once, in our order of axes, or an error."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from kvideo.convert.assignment import (
    arrange,
    assign,
    find_path,
    reason_to_leave_out,
)
from kvideo.convert.kinds.rnl import own_channel

RULES = (("conv", "conv"), ("norm", "norm"), ("head", "logits"))


def make_match(**kind):
    fields = {"suffixes": {}, "special": {}, "unused": (), "copies": ()}
    kind = SimpleNamespace(**{**fields, **kind})
    return SimpleNamespace(kind=kind, rules=RULES, special=kind.special)


def make_network():
    x = inputs = keras.Input((4, 4, 3))
    x = keras.layers.Conv2D(5, 3, use_bias=False, name="conv")(x)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(2, name="logits")(x))


def make_tensors():
    generator = np.random.default_rng(0)
    shapes = {
        "conv.weight": (5, 3, 3, 3),
        "norm.weight": (5,),
        "norm.bias": (5,),
        "norm.running_mean": (5,),
        "norm.running_var": (5,),
        "head.weight": (2, 5),
        "head.bias": (2,),
    }
    tensors = {
        key: generator.normal(size=shape).astype("float32")
        for key, shape in shapes.items()
    }
    return tensors | {"norm.num_batches_tracked": np.array(3)}


def test_all_tensors_have_their_places():
    network, tensors = make_network(), make_tensors()
    left_out = assign(network, tensors, make_match())
    assert left_out == {"norm.num_batches_tracked": "counts training steps"}
    values = {w.path: w.numpy() for w in network.weights}
    kernel = tensors["conv.weight"]
    # By hand: output 4, input 1, row 2, column 0.
    assert values["conv/kernel"][2, 0, 1, 4] == kernel[4, 1, 2, 0]
    assert values["logits/kernel"][3, 1] == tensors["head.weight"][1, 3]
    for ours, theirs in (
        ("gamma", "weight"),
        ("beta", "bias"),
        ("moving_mean", "running_mean"),
        ("moving_variance", "running_var"),
    ):
        np.testing.assert_array_equal(
            values[f"norm/{ours}"], tensors[f"norm.{theirs}"]
        )


def test_a_tensor_without_a_place():
    tensors = make_tensors() | {"conv.bias": np.zeros(5, "float32")}
    with pytest.raises(ValueError, match=r"no weight for 'conv\.bias'"):
        assign(make_network(), tensors, make_match())


def test_a_weight_without_a_tensor():
    tensors = make_tensors()
    del tensors["head.bias"]
    with pytest.raises(ValueError, match=r"1 weights .* logits/bias"):
        assign(make_network(), tensors, make_match())


def test_two_tensors_for_one_weight():
    match = make_match()
    match.rules = (*RULES, ("other", "logits"))
    tensors = make_tensors() | {"other.bias": np.zeros(2, "float32")}
    with pytest.raises(ValueError, match=r"'head\.bias' and 'other\.bias'"):
        assign(make_network(), tensors, match)


def test_copies_must_be_copies():
    kind = make_match(copies=((r"twice\.(.*)", r"head.\1"),)).kind
    tensors = make_tensors()
    tensors["twice.bias"] = tensors["head.bias"].copy()
    reason = reason_to_leave_out("twice.bias", tensors, kind)
    assert reason == "the same as head.bias"
    tensors["twice.bias"][0] += 1
    with pytest.raises(ValueError, match="and differs"):
        reason_to_leave_out("twice.bias", tensors, kind)


def test_stages_and_blocks_count_as_ours():
    match = make_match()
    match.rules = (
        (r"layer(?P<layer>\d)\.(?P<index>\d+)", "res{stage}_block{block}"),
        (r"part(?P<from0>\d)\.(?P<index>\d+)", "res{stage}_block{block}"),
    )
    weights = ["res3_block5/kernel"]
    for key in ("layer2.4.weight", "part1.4.weight"):
        assert find_path(key, match, weights) == "res3_block5/kernel"


def test_kernels_of_fewer_axes():
    image = np.arange(24.0).reshape(2, 3, 2, 2)
    assert (
        arrange("k", image, (1, 2, 2, 3, 2))[0, 1, 0, 2, 1] == image[1, 2, 1, 0]
    )
    point = np.arange(6.0).reshape(2, 3, 1, 1, 1)
    np.testing.assert_array_equal(
        arrange("k", point, (3, 2)), point[..., 0, 0, 0].T
    )
    depthwise = np.arange(18.0).reshape(2, 1, 3, 3)
    assert arrange("k", depthwise, (3, 3, 2))[2, 1, 0] == depthwise[0, 0, 2, 1]


def test_kernels_that_do_not_fit():
    with pytest.raises(ValueError, match="does not fit"):
        arrange("k", np.zeros((2, 3, 3, 3)), (3, 3, 2, 3))


def test_a_masked_kernel_of_groups_is_channel_wise():
    kernel = np.zeros((64, 32, 1, 3, 3))
    for channel in range(64):
        kernel[channel, channel % 32] = channel + 1
    expected = np.arange(1, 65)[:, None, None, None, None]
    np.testing.assert_array_equal(
        own_channel(kernel), np.broadcast_to(expected, (64, 1, 1, 3, 3))
    )

from dataclasses import replace

import keras
import numpy as np
import pytest

from kvideo.backbones import slowfast

NANO = slowfast.SPECS["slowfast_nano"]


def short(row):
    """A row with one block a stage, and all its widths."""
    spec = slowfast.SPECS[row]
    one = {"blocks": (1, 1, 1, 1)}
    return replace(
        spec, slow=replace(spec.slow, **one), fast=replace(spec.fast, **one)
    )


def walked(spec, frames=8, size=32):
    """Model (slow clip, fast clip) -> the last pair of maps."""
    slow = keras.Input((-(-frames // spec.alpha), size, size, 3))
    fast = keras.Input((frames, size, size, 3))
    pair = slow, fast
    for step in slowfast.steps(spec):
        pair = step.apply(pair)
    return keras.Model([slow, fast], list(pair))


def test_the_slow_pathway_is_fed_after_each_stage_but_the_last():
    names = [step.name for step in slowfast.steps(NANO)]
    assert names == [
        *("stem", "fuse1", "res2_block1", "fuse2", "res3_block1", "fuse3"),
        *("res4_block1", "fuse4", "res5_block1"),
    ]
    blocks = [s for s in slowfast.steps(NANO) if s.residual]
    assert [s.stage for s in blocks] == [2, 3, 4, 5]


@pytest.mark.parametrize("frames", [4, 8, 9, 15])
def test_laterals_end_at_the_slow_rate(frames):
    slow, fast = walked(NANO, frames).output
    assert slow.shape[1] == -(-frames // NANO.alpha)
    assert fast.shape[1] == frames


@pytest.mark.parametrize(
    "row", ["slowfast_4x16_resnet50", "slowfast_btsnet_resnet50"]
)
def test_widths_of_the_paper(row):
    """Table 1 of the paper: 1/8 of the channels; twice that comes across."""
    model = walked(short(row))
    for stage, slow, fast in (
        (1, 64, 8),
        (2, 256, 32),
        (3, 512, 64),
        (4, 1024, 128),
    ):
        joined = model.get_layer(f"fuse{stage}_concat")
        assert [t.shape[-1] for t in joined.input] == [slow, 2 * fast]
    assert [t.shape[-1] for t in model.output] == [2048, 256]


def test_temporal_kernels_of_the_paper():
    model = walked(short("slowfast_8x8_resnet50"))

    def kernels(path):
        names = ["stem_conv", *(f"res{s}_block1_conv1" for s in (2, 3, 4, 5))]
        return [
            model.get_layer(f"{path}_{name}").kernel_size[0] for name in names
        ]

    assert kernels("slow") == [1, 1, 1, 3, 3]
    assert kernels("fast") == [5, 3, 3, 3, 3]
    lateral = model.get_layer("fuse1_conv")
    assert lateral.kernel_size == (7, 1, 1)
    assert lateral.strides == (4, 1, 1)


def test_a_lateral_looks_at_the_frames_around_its_slow_frame():
    model = walked(NANO, frames=12)
    lateral = model.get_layer("fuse2_conv")
    probe = keras.Model(lateral.input, lateral.output)
    x = np.zeros((12, *lateral.input.shape[1:]), "float32")
    for frame in range(12):
        x[frame, frame] = 1
    reached = np.abs(probe.predict(x, verbose=0)).sum((2, 3, 4)) > 0
    for slow in range(3):
        seen = np.flatnonzero(reached[:, slow]).tolist()
        centre = 4 * slow
        assert seen == [f for f in range(12) if abs(f - centre) <= 2]


def test_released_blocks_start_as_the_identity_and_btsnets_do_not():
    def gammas(row):
        model = walked(short(row))
        layers = [x for x in model.layers if x.name.endswith("_bn3")]
        return {float(np.max(np.abs(x.gamma))) for x in layers}

    assert gammas("slowfast_4x16_resnet50") == {0.0}
    assert gammas("slowfast_btsnet_resnet50") == {1.0}

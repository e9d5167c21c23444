import keras
import pytest

from kvideo.backbones import follow, insert, resnet, walk, x3d


def shapes(steps, clip):
    """Shape after each step."""
    x, found = keras.Input(clip), {}
    for step in steps:
        x = step.apply(x)
        found[step.name] = tuple(x.shape[1:])
    return found


def test_resnet50_shapes():
    found = shapes(resnet.steps(resnet.SPECS["tsm_resnet50"]), (8, 224, 224, 3))
    assert found["stem"] == (8, 56, 56, 64)
    assert found["res2_block3"] == (8, 56, 56, 256)
    assert found["res3_block4"] == (8, 28, 28, 512)
    assert found["res4_block6"] == (8, 14, 14, 1024)
    assert found["res5_block3"] == (8, 7, 7, 2048)


def test_i3d_halves_time_after_res2():
    found = shapes(resnet.steps(resnet.SPECS["i3d_resnet50"]), (8, 64, 64, 3))
    assert found["res2_block3"][0] == 8
    assert found["res2_pool"][0] == 4
    assert found["res5_block3"][0] == 4


def test_x3d_m_shapes():
    found = shapes(x3d.steps(x3d.SPECS["x3d_m"]), (16, 224, 224, 3))
    assert found["stem"] == (16, 112, 112, 24)
    assert found["res2_block3"] == (16, 56, 56, 24)
    assert found["res5_block7"] == (16, 7, 7, 192)
    assert found["conv5"] == (16, 7, 7, 432)


def test_squeezed_widths_are_those_of_the_release():
    spec = x3d.SPECS["x3d_m"]
    found = [x3d.squeezed_width(spec, width) for width in spec.widths]
    assert found == [8, 8, 16, 32]


def test_slowfast_normalises_the_first_shortcut_of_x3d():
    import dataclasses

    plain = x3d.SPECS["x3d_m"]
    spec = dataclasses.replace(plain, first_shortcut_bn=True)
    assert trainable(x3d.steps(spec)) - trainable(x3d.steps(plain)) == 48


def trainable(steps):
    x = keras.Input((4, 32, 32, 3))
    model = keras.Model(x, walk(steps, x))
    return sum(keras.ops.size(w) for w in model.trainable_weights)


@pytest.mark.parametrize(
    ("name", "every"), [("tsm_resnet50", 1), ("tsm_resnet101", 2)]
)
def test_where_tsm_shifts(name, every):
    x = keras.Input((8, 32, 32, 3))
    model = keras.Model(x, walk(resnet.steps(resnet.SPECS[name]), x))
    shifts = {
        layer.name.removesuffix("_shift")
        for layer in model.layers
        if layer.name.endswith("_shift")
    }
    blocks = resnet.SPECS[name].blocks
    expected = {
        f"res{stage}_block{block}"
        for stage, count in enumerate(blocks, start=2)
        for block in range(1, count + 1, every)
    }
    assert shifts == expected


def test_blocks_count_as_residual_and_the_rest_does_not():
    for steps in (
        resnet.steps(resnet.SPECS["i3d_resnet50"]),
        x3d.steps(x3d.SPECS["x3d_m"]),
    ):
        for step in steps:
            assert step.residual == ("_block" in step.name)


def test_prefix_keeps_two_backbones_apart():
    x = keras.Input((4, 32, 32, 3))
    spec = resnet.SPECS["tsn_resnet_nano"]
    one = walk(resnet.steps(spec, "one_"), x)
    two = walk(resnet.steps(spec, "two_"), x)
    model = keras.Model(x, [one, two])
    assert len({layer.name for layer in model.layers}) == len(model.layers)


@pytest.mark.parametrize(
    ("name", "zero"),
    [
        ("tsm_resnet50", False),
        ("c2d_resnet50", True),
        ("i3d_resnet50", True),
        ("slow_only_resnet50", True),
        ("r3d_resnet50", False),
    ],
)
def test_which_families_start_as_the_identity(name, zero):
    assert resnet.SPECS[name].zero_gamma is zero


def test_r3d_halves_time_in_the_stem_and_in_three_stages():
    found = shapes(
        resnet.steps(resnet.SPECS["r3d_resnet50"]), (30, 112, 112, 3)
    )
    assert found["stem"] == (15, 28, 28, 64)
    assert found["res3_block1"] == (8, 14, 14, 512)
    assert found["res5_block3"] == (2, 4, 4, 2048)


def test_gluons_i3d_makes_four_of_thirty_two_frames():
    spec = resnet.SPECS["i3d_resnet50_gluon"]
    found = shapes(resnet.steps(spec), (32, 64, 64, 3))
    assert found["stem"][0] == 8
    assert found["res5_block3"][0] == 4


def test_a_middle_of_ones_own_sees_every_block():
    seen = []

    def middle(x, name, width, strides, stage):
        seen.append((name, width, strides, stage, x.shape[-1]))
        return resnet.plain_middle(spec)(x, name, width, strides, stage)

    spec = resnet.SPECS["r3d_resnet_nano"]
    shapes(resnet.steps(spec, middle=middle), (8, 32, 32, 3))
    assert seen == [
        ("res2_block1", 8, (1, 1, 1), 2, 8),
        ("res3_block1", 16, (1, 2, 2), 3, 16),
        ("res4_block1", 32, (2, 2, 2), 4, 32),
        ("res5_block1", 64, (2, 2, 2), 5, 64),
    ]


def test_insert_names_the_nearest_step():
    steps = resnet.steps(resnet.SPECS["tsn_resnet_nano"])
    found = insert(steps, ["stem"], lambda step: step)
    assert [s.name for s in found][:2] == ["stem", "stem"]
    with pytest.raises(ValueError, match="Nearest: res3_block1"):
        insert(steps, ["res3_blok1"], lambda step: step)


def test_follow_names_layers_after_the_step_before():
    steps = resnet.steps(resnet.SPECS["tsn_resnet_nano"])
    operators = {"second": keras.layers.ReLU, "first": keras.layers.Identity}
    found = insert(steps, ["res3_block1"], lambda step: follow(step, operators))
    added = found[[s.name for s in found].index("res3_block1") + 1]
    assert added.name == "res3_block1_second_first"
    assert (added.stage, added.residual) == (3, False)
    x = keras.Input((4, 8, 8, 16))
    names = [layer.name for layer in keras.Model(x, added.apply(x)).layers]
    assert names[1:] == ["res3_block1_second", "res3_block1_first"]

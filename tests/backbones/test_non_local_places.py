"""Where non-local blocks stand, and what they cost."""

import numpy as np
import pytest

import kvideo
from kvideo import applications
from kvideo.applications.shapes_only import shapes_only
from kvideo.backbones import non_local

R50, R101 = (3, 4, 6, 3), (3, 4, 23, 3)


@pytest.mark.parametrize(
    ("layout", "blocks", "res3", "res4"),
    [
        ("tsm", R50, (1, 3), (1, 3, 5)),
        ("tsm", R101, (1, 3), (1, 3, 5)),
        ("slowfast", R50, (2, 4), (2, 4, 6)),
        ("slowfast", R101, (2, 4), (7, 14, 21)),
    ],
)
def test_five(layout, blocks, res3, res4):
    expected = [f"res3_block{b}" for b in res3]
    expected += [f"res4_block{b}" for b in res4]
    assert list(non_local.places(5, layout, blocks)) == expected


def test_ten_follow_every_block_of_res3_and_res4():
    names = non_local.places(10, "slowfast", R50)
    assert len(names) == 10
    assert {n.partition("_")[0] for n in names} == {"res3", "res4"}


def test_none_and_names_of_ones_own():
    assert non_local.places(0, "tsm", R50) == ()
    assert non_local.places(["stem"], "tsm", R50) == ("stem",)


def test_one_stands_where_five_begin():
    assert non_local.places(1, "tsm", R50) == ("res3_block1",)
    assert non_local.places(1, "tsm", R101) == ("res3_block1",)


def test_a_count_that_no_release_has():
    with pytest.raises(ValueError, match=r"0, 1, 5, 10 or a list"):
        non_local.places(3, "tsm", R50)
    with pytest.raises(ValueError, match=r"`places` must be.*places=3"):
        non_local.places(3, "tsm", R50, "places")


# Body and classifier, SPEC 2.4, 9.4: five blocks are 7,358,464 parameters.
@pytest.mark.parametrize(
    ("build", "arguments", "params", "hooks"),
    [
        (applications.TSM, {}, 31_686_096, 49.37),
        (applications.I3D, {}, 35_401_936, None),
        # Published for CIDC's baseline: 31 M, 64 G.
        (
            applications.C2D,
            {
                "temporal_pool": False,
                "input_shape": (8, 256, 256, 3),
                "non_local_sub_sample": False,
            },
            31_686_096,
            64.49,
        ),
    ],
)
def test_published_sizes_with_five(build, arguments, params, hooks):
    with shapes_only():
        counted = kvideo.count(build(non_local=5, **arguments), mode="hooks")
    assert counted.trainable_params == params
    if hooks:
        assert counted.macs / 1e9 == pytest.approx(hooks, abs=0.01)


def test_identity_at_the_start_and_flags_reach_the_layer():
    arguments = {
        "variant": "resnet_nano",
        "input_shape": (4, 32, 32, 3),
        "include_top": False,
    }
    plain = applications.TSM(**arguments)
    network = applications.TSM(
        non_local=("res3_block1", "res4_block1"),
        non_local_scale=True,
        non_local_sub_sample="after",
        **arguments,
    )
    layer = network.get_layer("res4_block1_nonlocal")
    assert (layer.scale, layer.sub_sample) == (True, "after")
    for source in plain.layers:
        network.get_layer(source.name).set_weights(source.get_weights())
    clip = np.random.default_rng(0).uniform(0, 255, (1, 4, 32, 32, 3))
    np.testing.assert_allclose(
        network.predict(clip, verbose=0),
        plain.predict(clip, verbose=0),
        atol=1e-6,
    )

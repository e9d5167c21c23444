"""Of which network a checkpoint is, or what is nearest to it."""

import numpy as np
import pytest

from kvideo.convert import list_kinds, recognize
from kvideo.convert.recognition import Match, twin_shapes

# (kind, network, classes) -> some of the tensors that its source has.
RELEASED = {
    ("tsm", "tsm_resnet50", 400): {
        "base_model.conv1.weight": (64, 3, 7, 7),
        "base_model.layer1.0.conv1.net.weight": (64, 64, 1, 1),
        "base_model.layer4.0.downsample.0.weight": (2048, 1024, 1, 1),
        "new_fc.weight": (400, 2048),
    },
    ("tsm", "tsm_resnet101", 174): {
        "base_model.layer3.22.conv1.net.weight": (256, 1024, 1, 1),
        "base_model.layer3.21.conv1.weight": (256, 1024, 1, 1),
        "new_fc.bias": (174,),
    },
    ("tsm_nl", "tsm_resnet50", 400): {
        "base_model.layer2.0.block.conv1.net.weight": (128, 256, 1, 1),
        "base_model.layer2.0.nl.g.0.weight": (256, 512, 1, 1, 1),
        "base_model.layer3.4.nl.W.1.running_var": (1024,),
    },
    ("tsm_mobilenet_v2", "tsm_mobilenet_v2", 400): {
        "base_model.features.3.conv.0.net.weight": (144, 24, 1, 1),
        "base_model.features.4.conv.0.weight": (144, 24, 1, 1),
        "base_model.features.18.0.weight": (1280, 320, 1, 1),
    },
    ("rnl", "rnl_tsm_resnet50", 174): {
        "base_model.layer2.2.nl.penta.weight": (256, 32, 3, 7, 7),
        "base_model.layer3.4.nl.penta.mask": (512, 32, 3, 3, 3),
        "base_model.layer2.0.cg.W_k.weight": (1, 512, 1, 1, 1),
    },
    ("bqn", "bqn_tsm_resnet50", 174): {
        "base_model.mbpf1.conv_s.weight": (3, 1, 9, 9),
        "base_model.layer1.0.down.1.weight": (256,),
        "base_model.layer1.1.mbpf.conv_t.weight": (256, 1, 3),
        "base_model.layer1.1.up.1.running_mean": (256,),
        "base_model.layer4.2.path_c.conv3.weight": (2048, 512, 1, 1),
    },
    ("bqn_both_ways", "bqn_tsm_resnet50", 174): {
        "base_model.layer1.0.d_up.0.weight": (256, 256, 1, 1),
        "base_model.layer1.0.d_up.1.running_mean": (256,),
        "base_model.layer1.0.d_down.0.weight": (256, 256, 1, 1),
        "base_model.layer4.0.mbpf.conv_s.weight": (2048, 1, 3, 3),
        "base_model.layer4.2.path_c.conv3.weight": (2048, 512, 1, 1),
    },
    ("bqn_x3d", "bqn_x3d_m", 400): {
        "base_model.mbpf1.conv_t.weight": (3, 1, 3),
        "base_model.blocks.0.path_f.conv.conv_t.weight": (24, 3, 1, 3, 3),
        "base_model.blocks.1.res_blocks.0.down.1.weight": (24, 24, 1, 1),
        "base_model.blocks.1.res_blocks.0.up.1.weight": None,
        "base_model.blocks.1.res_blocks.1.up.1.weight": (24, 24, 1, 1),
        "base_model.blocks.1.res_blocks.1.up.2.running_var": (24,),
        "base_model.blocks.1.res_blocks.1.mbpf.conv_s.weight": (24, 1, 7, 7),
        "base_model.blocks.2.res_blocks.0.path_c.branch1_norm.weight": (48,),
        "base_model.blocks.5.path_f.proj.weight": (400, 2048),
        "base_model.blocks.5.path_c.pool.pre_norm.weight": (432,),
    },
    ("bqn_x3d_both_ways", "bqn_x3d_m", 400): {
        "base_model.blocks.1.res_blocks.0.up.1.weight": (24, 24, 1, 1),
        "base_model.blocks.1.res_blocks.0.down.2.weight": (24,),
        "base_model.blocks.4.res_blocks.6.mbpf.conv_s.weight": (192, 1, 3, 3),
    },
    ("pytorchvideo_x3d", "x3d_m", 400): {
        "blocks.0.conv.conv_t.weight": (24, 3, 1, 3, 3),
        "blocks.0.conv.conv_xy.weight": (24, 1, 5, 1, 1),
        "blocks.1.res_blocks.0.branch2.norm_b.1.block.0.bias": (8,),
        "blocks.5.pool.post_conv.weight": (2048, 432, 1, 1, 1),
    },
    ("slowfast_x3d", "x3d_l", 400): {
        "s4.pathway0_res24.branch2.b.weight": (216, 1, 3, 3, 3),
        "s2.pathway0_res0.branch1_bn.weight": (24,),
        "head.lin_5.weight": (2048, 432, 1, 1, 1),
    },
    ("slowfast_resnet", "i3d_resnet50", 400): {
        "s1.pathway0_stem.conv.weight": (64, 3, 5, 7, 7),
        "s3.pathway0_res1.branch2.a.weight": (128, 512, 1, 1, 1),
        "s5.pathway0_res1.branch2.a.weight": (512, 2048, 3, 1, 1),
    },
    ("slowfast", "slowfast_8x8_resnet50", 400): {
        "s1_fuse.conv_f2s.weight": (16, 8, 7, 1, 1),
        "s2.pathway0_res0.branch2.a.weight": (64, 80, 1, 1, 1),
        "head.projection.weight": (400, 2304),
    },
    ("gluon_i3d", "i3d_resnet50_gluon", 400): {
        "first_stage.0.weight": (64, 3, 5, 7, 7),
        "res_layers.1.2.conv1.weight": (128, 512, 3, 1, 1),
        "head.1.weight": (400, 2048),
    },
    ("hara_resnet3d", "resnext3d101_c32", 400): {
        "conv1.weight": (64, 3, 7, 7, 7),
        "layer4.0.conv2.weight": (1024, 32, 3, 3, 3),
    },
    ("btsnet", "btsnet26_c32", 101): {
        "basic_conv.0.weight": (128, 3, 7, 7, 7),
        "stage_1.0.conv2_sk.convs.3.0.weight": (128, 4, 3, 3, 3),
        "stage_1.0.conv2_sk.fcs.weight": (512, 32, 1, 1, 1),
        "stage_4.1.conv2_sk.bn.weight": (1024,),
    },
    ("mtnet", "mtnet_released_s", 400): {
        "layer1.0.conv1_1.conv_short2long.weight": (8, 56, 1, 1, 1),
        "layer4.0.downsample.norm_long.weight": (64,),
        "layer2.0.sr_short.op.weight_hh_l1": (336, 112),
    },
    ("gst", "gst_resnet50", 174): {
        "base_model.conv1.weight": (64, 3, 1, 7, 7),
        "base_model.layer1.0.conv2.weight": (48, 32, 1, 3, 3),
        "base_model.layer1.0.Tconv.weight": (16, 32, 3, 3, 3),
        "base_model.layer4.2.bn2.running_mean": (512,),
        "base_model.layer2.0.downsample.0.weight": (512, 256, 1, 1, 1),
        "new_fc.weight": (174, 2048),
    },
    ("gst", "gst_resnet50_large", 174): {
        "base_model.layer3.5.conv2.weight": (192, 256, 1, 3, 3),
        "base_model.layer3.5.Tconv.weight": (64, 256, 3, 3, 3),
    },
    ("cadene_inception_resnet_v2", "inception_resnet_v2", 1001): {
        "mixed_5b.branch3.1.conv.weight": (64, 192, 1, 1),
        "repeat_1.19.branch1.1.conv.weight": (160, 128, 1, 7),
        "block8.conv2d.weight": (2080, 448, 1, 1),
        "last_linear.weight": (1001, 1536),
    },
}


def row_of(kind, model):
    return next(r for r in list_kinds()[kind].rows if r.model == model)


@pytest.mark.parametrize("case", RELEASED, ids=lambda case: "-".join(case[:2]))
def test_tensors_of_released_files(case):
    kind, model, classes = case
    shapes = twin_shapes(
        Match(list_kinds()[kind], row_of(kind, model), classes)
    )
    found = {key: shapes.get(key) for key in RELEASED[case]}
    assert found == RELEASED[case]


def zeros(kind, model, classes=7):
    shapes = twin_shapes(
        Match(list_kinds()[kind], row_of(kind, model), classes)
    )
    return {key: np.zeros(shape, "float32") for key, shape in shapes.items()}


def test_counters_may_be_missing_or_there():
    tensors = zeros("tsm", "tsm_resnet_nano")
    assert recognize(tensors).row.model == "tsm_resnet_nano"
    tensors["base_model.bn1.num_batches_tracked"] = np.array(3)
    assert recognize(tensors).classes == 7


def test_networks_with_the_same_tensors_are_chosen_by_name():
    tensors = zeros("pytorchvideo_x3d", "x3d_m")
    assert recognize(tensors).row.model == "x3d_m"
    assert recognize(tensors, model="x3d_s").row.model == "x3d_s"
    tensors = zeros("slowfast_resnet", "c2d_resnet_nano")
    pooled = recognize(tensors).row.overrides
    plain = recognize(tensors, kind="slowfast_c2d_nopool").row.overrides
    assert plain == pooled | {"temporal_pool": False}


def test_an_unknown_layout_names_the_nearest():
    tensors = zeros("tsm", "tsm_resnet_nano")
    del tensors["base_model.bn1.bias"]
    tensors["base_model.extra.weight"] = np.zeros(3, "float32")
    tensors["base_model.conv1.weight"] = np.zeros((16, 2, 5, 5), "float32")
    with pytest.raises(ValueError, match="Unknown layout") as error:
        recognize(tensors)
    message = str(error.value)
    assert "Nearest: kind 'tsm'" in message
    assert "Not matched in the checkpoint: base_model.extra.weight." in message
    assert "Missing from it: base_model.bn1.bias." in message
    assert "base_model.conv1.weight (16, 2, 5, 5) for (16, 3, 5, 5)" in message


def test_nothing_known():
    with pytest.raises(ValueError, match=r"no known classifier .* 1 tensors"):
        recognize({"transformer.weight": np.zeros((3, 3), "float32")})


def test_a_wrong_variant():
    tensors = zeros("tsm", "tsm_resnet_nano")
    with pytest.raises(ValueError, match="as model='tsm_resnet50'"):
        recognize(tensors, model="tsm_resnet50")


def test_a_kind_and_a_network_that_do_not_exist():
    with pytest.raises(ValueError, match=r"Unknown kind 'tsn'\. Nearest: tsm"):
        recognize({}, kind="tsn")
    with pytest.raises(ValueError, match=r"No checkpoint .* 'x3d_xl'"):
        recognize({}, model="x3d_xl")

"""Caffe2 files: names, and a whole network."""

import pickle

import numpy as np
import pytest

from kvideo.convert import read_checkpoint
from kvideo.convert.caffe2 import slowfast_name
from kvideo.convert.recognition import Match, list_kinds, recognize
from tests.convert.checkpoints import arrays, random_state

# As listed in a file of the zoo, and what SlowFast's loader calls them.
NAMES = {
    "conv1_w": "s1.pathway0_stem.conv.weight",
    "res_conv1_bn_s": "s1.pathway0_stem.bn.weight",
    "res_conv1_bn_riv": "s1.pathway0_stem.bn.running_var",
    "res2_0_branch1_w": "s2.pathway0_res0.branch1.weight",
    "res2_0_branch1_bn_b": "s2.pathway0_res0.branch1_bn.bias",
    "res3_3_branch2a_w": "s3.pathway0_res3.branch2.a.weight",
    "res5_2_branch2c_bn_rm": "s5.pathway0_res2.branch2.c_bn.running_mean",
    "nonlocal_conv3_1_theta_w": "s3.pathway0_nonlocal1.conv_theta.weight",
    "nonlocal_conv4_5_out_b": "s4.pathway0_nonlocal5.conv_out.bias",
    "nonlocal_conv4_5_bn_s": "s4.pathway0_nonlocal5.bn.weight",
    "t_conv1_w": "s1.pathway1_stem.conv.weight",
    "t_res_conv1_bn_s": "s1.pathway1_stem.bn.weight",
    "t_res4_0_branch2b_w": "s4.pathway1_res0.branch2.b.weight",
    "t_pool1_subsample_w": "s1_fuse.conv_f2s.weight",
    "t_pool1_subsample_bn_s": "s1_fuse.bn.weight",
    "t_res2_2_branch2c_bn_subsample_w": "s2_fuse.conv_f2s.weight",
    "t_res2_2_branch2c_bn_subsample_bn_rm": "s2_fuse.bn.running_mean",
    "pred_w": "head.projection.weight",
    "pred_b": "head.projection.bias",
    "unknown": "unknown",
}


@pytest.mark.parametrize(("caffe2", "slowfast"), NAMES.items())
def test_names(caffe2, slowfast):
    assert slowfast_name(caffe2) == slowfast


def caffe2_names(tensors):
    """The other way round, written apart from the converter."""
    suffixes = {
        "weight": "s",
        "bias": "b",
        "running_mean": "rm",
        "running_var": "riv",
    }
    blobs = {}
    for key, tensor in tensors.items():
        path, _, kind = key.rpartition(".")
        if kind == "num_batches_tracked":
            continue
        if path.endswith("bn"):
            name = "res_conv1"
            if "res" in path:
                stage, block = path[1], path.split("res")[1][0]
                part = path.removesuffix("_bn").split(".", 2)[2]
                name = f"res{stage}_{block}_{part.replace('.', '')}"
            blobs[f"{name}_bn_{suffixes[kind]}"] = tensor
        elif path.startswith("s1"):
            blobs["conv1_w"] = tensor
        elif path.startswith("head"):
            blobs[f"pred_{kind[0]}"] = tensor
        else:
            stage, block = path[1], path.split("res")[1][0]
            part = path.split(".", 2)[2].replace(".", "")
            blobs[f"res{stage}_{block}_{part}_w"] = tensor
    return blobs


def test_a_whole_file(tmp_path):
    kind = list_kinds()["slowfast_resnet"]
    row = next(r for r in kind.rows if r.model == "slow_only_resnet_nano")
    tensors = arrays(random_state(Match(kind, row, 7).make_twin()))
    blobs = caffe2_names(tensors)
    training = {
        "conv1_w_momentum": blobs["conv1_w"],
        "lr": np.float32(0.1),
        "model_iter": 5,
    }
    path = tmp_path / "zoo.pkl"
    path.write_bytes(pickle.dumps({"blobs": blobs | training}, protocol=2))
    found = read_checkpoint(path)
    assert recognize(found).row.model == "slow_only_resnet_nano"
    expected = {k for k in tensors if "num_batches" not in k}
    assert set(found) == expected
    for key in expected:
        np.testing.assert_array_equal(found[key], tensors[key])


@pytest.mark.parametrize(
    "content",
    [
        [1, 2],
        {"weights": {}},
        {"blobs": {"conv1_w": "text"}},
        {"blobs": {"conv1_w": np.array(["text"], dtype=object)}},
    ],
)
def test_other_pickles(tmp_path, content):
    path = tmp_path / "file.pkl"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(ValueError, match=r"not of \{'blobs'"):
        read_checkpoint(path)


def test_other_files(tmp_path):
    path = tmp_path / "file.pkl"
    path.write_bytes(b"These are no weights.")
    with pytest.raises(ValueError, match="neither a PyTorch"):
        read_checkpoint(path)

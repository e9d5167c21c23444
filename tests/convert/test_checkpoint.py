"""Files: what is read, and that nothing in them runs."""

import os
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from kvideo.convert import read_checkpoint

WEIGHTS = {
    "conv1.weight": torch.arange(24.0).reshape(2, 3, 2, 2) / 8,
    "bn1.num_batches_tracked": torch.tensor(5),
}


class Program:
    """A pickle that would make a file where it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def check(tensors):
    assert set(tensors) == set(WEIGHTS)
    for key, value in WEIGHTS.items():
        np.testing.assert_array_equal(tensors[key], value.numpy())
    assert tensors["conv1.weight"].dtype == np.float32


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("holder", [None, "state_dict", "model_state"])
def test_files_of_pytorch(tmp_path, zipped, holder):
    path = tmp_path / "file.pth"
    content = WEIGHTS
    if holder:
        accuracy = np.float64(61.5)
        content = {"epoch": 3, "best": accuracy, holder: WEIGHTS}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    check(read_checkpoint(path))


def test_prefix_of_data_parallel(tmp_path):
    path = tmp_path / "file.pth.tar"
    torch.save({f"module.{key}": x for key, x in WEIGHTS.items()}, path)
    check(read_checkpoint(path))


def test_a_prefix_that_not_all_have_stays(tmp_path):
    path = tmp_path / "file.pth"
    torch.save({"module.a": torch.ones(2), "b": torch.ones(2)}, path)
    assert set(read_checkpoint(path)) == {"module.a", "b"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_becomes_float32_without_loss(tmp_path, dtype):
    path = tmp_path / "file.pth"
    torch.save(
        {k: x.to(dtype) if x.ndim else x for k, x in WEIGHTS.items()}, path
    )
    check(read_checkpoint(path))


def test_safetensors(tmp_path):
    path = tmp_path / "file.safetensors"
    save_file(WEIGHTS, path)
    check(read_checkpoint(path))


@pytest.mark.parametrize("name", ["file.pth", "file.safetensors", "file.pkl"])
def test_a_file_that_is_cut_short(tmp_path, name):
    path = tmp_path / name
    if name.endswith(".pth"):
        torch.save(WEIGHTS, path)
    elif name.endswith(".pkl"):
        path.write_bytes(pickle.dumps({"blobs": {"a_w": np.ones(99)}}))
    else:
        save_file(WEIGHTS, path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"cut short|whole"):
        read_checkpoint(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_program_in_a_file_of_pytorch_does_not_run(tmp_path, zipped):
    path, trace = tmp_path / "file.pth", tmp_path / "trace"
    content = {"state_dict": WEIGHTS, "more": Program(trace)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match="more than tensors") as caught:
        read_checkpoint(path)
    assert not trace.exists()
    assert "It asks for" in str(caught.value)
    assert str(caught.value).endswith(".mkdir.")


def test_a_program_in_a_pickle_does_not_run(tmp_path):
    path, trace = tmp_path / "file.pkl", tmp_path / "trace"
    path.write_bytes(pickle.dumps({"blobs": {"a_w": Program(trace)}}))
    with pytest.raises(ValueError, match="mkdir, which no array needs"):
        read_checkpoint(path)
    assert not trace.exists()


def test_the_program_would_run_elsewhere(tmp_path):
    """Or the two tests above could not fail."""
    pickle.loads(pickle.dumps(Program(tmp_path / "trace")))
    assert (tmp_path / "trace").exists()


@pytest.mark.parametrize("content", [{"epoch": 3}, torch.ones(3), [1, 2]])
def test_no_tensors(tmp_path, content):
    path = tmp_path / "file.pth"
    torch.save(content, path)
    with pytest.raises(ValueError, match="holds no dictionary of tensors"):
        read_checkpoint(path)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="No checkpoint at"):
        read_checkpoint(tmp_path / "none.pth")

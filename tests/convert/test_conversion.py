"""A file in, two files out, or none."""

import hashlib

import keras
import numpy as np
import pytest
import torch

import kvideo
from kvideo.convert import (
    conversion,
    convert_checkpoint,
    list_kinds,
    proof,
)
from kvideo.convert.proof import Proof
from kvideo.convert.recognition import Match
from kvideo.data import ClipSpec
from kvideo.export.card import Card
from tests.convert.checkpoints import random_state

NAMES = ["run", "jump", "sit"]


@pytest.fixture(scope="module")
def twin():
    kind = list_kinds()["tsm"]
    row = next(r for r in kind.rows if r.model == "tsm_resnet_nano")
    network = Match(kind, row, len(NAMES)).make_twin()
    random_state(network)
    return network.eval()


@pytest.fixture
def checkpoint(twin, tmp_path):
    """As the training code leaves it: wrapped, with a prefix, in half."""
    path = tmp_path / "ckpt.pth.tar"
    state = {
        f"module.{key}": value.half() if value.is_floating_point() else value
        for key, value in twin.state_dict().items()
    }
    torch.save({"epoch": 50, "arch": "resnet50", "state_dict": state}, path)
    return path


def test_weights_and_their_card(checkpoint, tmp_path):
    to = tmp_path / "new" / "tsm.weights.h5"
    card = convert_checkpoint(checkpoint, to, class_names=NAMES, seed=4)
    assert sorted(p.name for p in to.parent.iterdir()) == [
        "tsm.card.json",
        "tsm.weights.h5",
    ]
    assert Card.load(to.with_name("tsm.card.json")) == card
    assert card.class_names == tuple(NAMES)
    digest = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    assert card.recipe["source_sha256"] == digest
    assert card.recipe["tensors_left_out"] == {"counts training steps": 17}
    digest = hashlib.sha256(to.read_bytes()).hexdigest()
    assert card.checksums == {"tsm.weights.h5": digest}
    assert card.protocol["clip_seed"] == 4
    assert 0 < card.metrics["relative_logit_difference"] < 1e-4
    spec = ClipSpec.from_dict(card.clip_spec)
    assert (spec.num_frames, spec.frame_size) == (8, (64, 64))
    # The card and the file are enough to have the network again.
    network = kvideo.create_model(
        card.model, classes=3, weights=to, **card.overrides
    )
    kernel = network.get_layer("logits").kernel
    saved = torch.load(checkpoint)["state_dict"]["module.new_fc.weight"]
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(kernel), saved.float().numpy().T
    )


def test_nothing_is_written_without_the_proof(
    checkpoint, tmp_path, monkeypatch
):
    monkeypatch.setattr(proof, "TOLERANCE", 0)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match="Nothing was written"):
        convert_checkpoint(checkpoint, tmp_path / "a.weights.h5")
    assert sorted(tmp_path.rglob("*")) == before


def test_an_old_file_stays_when_writing_fails(tmp_path, monkeypatch):
    kind = list_kinds()["tsm"]
    match = Match(kind, kind.rows[0], 2)
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])
    done = Proof(0, (2, 1), 0.0, 1.0)
    to = tmp_path / "a.weights.h5"
    to.write_bytes(b"old")

    def fail(self, path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(keras.Model, "save_weights", fail)
    with pytest.raises(OSError, match="disk full"):
        conversion.write(network, match, ["a", "b"], {}, done, to)
    assert to.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.weights.h5"]


def test_the_ending_of_the_file(checkpoint, tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.weights\.h5"):
        convert_checkpoint(checkpoint, tmp_path / "a.keras")


def test_the_number_of_class_names(checkpoint, tmp_path):
    with pytest.raises(ValueError, match=r"has 3 classes\. Received: 2"):
        convert_checkpoint(
            checkpoint, tmp_path / "a.weights.h5", class_names=["a", "b"]
        )
    assert conversion.class_names_of(None, 3) == ["0", "1", "2"]

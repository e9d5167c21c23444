"""`kvideo.evaluate`: what the command measures, from Python and in silence."""

import keras
import numpy as np
import pytest

import kvideo
from kvideo.data import ClipSpec
from kvideo.export import Card, card_path
from tests.support.videos import write_folder

NAMES = ("jump", "run")
SPEC = ClipSpec(4, (16, 24), "dense", frame_stride=2)


@pytest.fixture(scope="module")
def network():
    """Says "jump" where blue is low: it is 0 and 10 there, then 20 and 30."""
    clips = keras.Input((4, 16, 24, 3))
    blue = keras.layers.GlobalAveragePooling3D()(clips)[:, 2:]
    logits = keras.ops.concatenate([15 - blue, blue - 15], axis=-1)
    return keras.Model(clips, keras.layers.Softmax()(logits), name="blue")


@pytest.fixture(scope="module")
def work(tmp_path_factory, network):
    folder = tmp_path_factory.mktemp("job")
    write_folder(folder / "test", NAMES, per_class=2, frames=16)
    network.save(folder / "model.keras")
    card = Card("foreign", NAMES, SPEC.to_dict())
    card.save(card_path(folder / "model.keras"))
    return folder


def test_a_path_and_a_folder(work, capfd):
    found = kvideo.evaluate(work, work / "test")
    assert (found.top1, len(found.labels)) == (1.0, 4)
    assert list(found.class_names) == list(NAMES)
    assert capfd.readouterr().out == ""


def test_what_load_returned_and_several_views(work):
    artefact = kvideo.load(work / "model.keras")
    found = kvideo.evaluate(artefact, str(work / "test"), views="2x1")
    assert (found.top1, len(found.labels)) == (1.0, 4)


def test_a_model_that_is_at_hand(work, network):
    found = kvideo.evaluate(network, work / "test")
    assert found.top1 == 1.0 and list(found.class_names) == list(NAMES)
    three = keras.Model(
        network.input, keras.layers.Dense(3, "softmax")(network.output)
    )
    with pytest.raises(ValueError, match="3 classes and the videos have 2"):
        kvideo.evaluate(three, work / "test")


def test_batches(network):
    clips = np.zeros((2, 4, 16, 24, 3), "float32")
    clips[1, ..., 2] = 200
    found = kvideo.evaluate(network, (clips, np.array([0, 1])))
    assert found.top1 == 1.0

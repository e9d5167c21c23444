"""`kvideo.evaluate`: what the command measures, from Python and in silence."""

import dataclasses

import keras
import numpy as np
import pytest

import kvideo
from kvideo.data import ClipSpec, load_clip
from kvideo.data.tempo import at_rate
from kvideo.evaluation.job import Job, choose_protocol
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


@pytest.fixture(scope="module")
def timed(tmp_path_factory, network):
    """A network of 50 frames a second; the videos have 25."""
    folder = tmp_path_factory.mktemp("timed")
    write_folder(folder / "test", NAMES, per_class=1, frames=16)
    network.save(folder / "model.keras")
    spec = dataclasses.replace(SPEC, frame_rate=50.0)
    Card("foreign", NAMES, spec.to_dict()).save(
        card_path(folder / "model.keras")
    )
    return folder


def job_of(folder, **options):
    artefact = kvideo.load(folder)
    chosen = choose_protocol(artefact.card.protocol, **options)
    return Job.of(artefact, str(folder / "test"), artefact.card, chosen, 8)


def test_videos_of_another_rate_are_read_by_time(timed):
    job = job_of(timed)
    assert "2 of 2 videos have another frame rate" in job.rates_note()
    [first, _] = job.clips(job.measure(), 2)
    # Of frames that each come twice, every second one.
    assert np.diff(first[:, 0, 0, 0]).tolist() == [1, 1, 1]
    assert job_of(timed, views="2x1").spec.usual_rate == 50


@pytest.mark.parametrize(("fps", "step"), [(0, 2), (12.5, 4), (25, 2)])
def test_who_says_at_which_rate(timed, fps, step):
    job = job_of(timed, fps=fps)
    assert job.rates_note() == ""
    [first, _] = job.clips(job.measure(), 2)
    assert np.diff(first[:, 0, 0, 0]).tolist() == [step] * 3
    stored = job.protocol.to_dict()
    assert choose_protocol(stored).target_fps == fps
    assert kvideo.evaluate(timed, timed / "test", fps=fps).top1 <= 1


def test_other_tempos_are_those_of_what_is_read(timed):
    """Half the rate is twice the stride, whatever the videos have."""
    job = job_of(timed)
    listing, spec = at_rate(job.listing, job.spec, 0.5)
    clip = load_clip(listing.file_paths[0], spec, files=listing.files)
    assert np.diff(clip[:, 0, 0, 0]).tolist() == [2, 2, 2]

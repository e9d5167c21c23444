import dataclasses
import shutil
import sys

import numpy as np
import pytest

import kvideo
from kvideo.data import ClipSpec, decode_predictions, load_clip
from kvideo.data.decode import write_video
from kvideo.export import (
    card_path,
    export_saved_model,
    load_artefact,
    predict_video,
)

KINDS = ("keras", "saved_model", "tflite", "onnx")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_predicts_as_the_network(
    artefacts, kind, clips, expected, card
):
    artefact = load_artefact(artefacts[kind])
    assert artefact.kind == kind
    assert dataclasses.replace(artefact.card, checksums={}) == card
    assert artefact.clip_shape == (6, 12, 12, 3)
    # Nine clips: more than one batch, the last one smaller.
    found = artefact.predict(np.concatenate([clips] * 3))
    assert (found.dtype, found.shape) == (np.float32, (9, 3))
    np.testing.assert_allclose(
        found, np.concatenate([expected] * 3), atol=1e-5, rtol=0
    )


def test_a_run_directory_is_its_keras_file(artefacts):
    artefact = load_artefact(artefacts["keras"].parent)
    assert artefact.kind == "keras"
    assert artefact.path == artefacts["keras"]


@pytest.mark.parametrize("kind", KINDS)
def test_bad_clips_are_refused_and_good_ones_still_work(artefacts, kind, clips):
    artefact = load_artefact(artefacts[kind])
    one_nan = clips.copy()
    one_nan[0, 0, 0, 0, 0] = np.nan
    wanted = r"takes clips of shape \(B, 6, 12, 12, 3\)"
    endless = np.zeros((1, 10_000, 1, 1, 3))
    for bad in (clips[0], clips[:, :5], clips[..., :1], clips[:0], endless):
        with pytest.raises(ValueError, match=wanted) as error:
            artefact.predict(bad)
        assert f"clips.shape={bad.shape}" in str(error.value)
    with pytest.raises(ValueError, match="Received: 1 values that are NaN"):
        artefact.predict(one_nan)
    with pytest.raises(ValueError, match="all of one shape"):
        artefact.predict([clips[0].tolist(), clips[1, :2].tolist()])
    assert artefact.predict(clips).shape == (3, 3)


@pytest.mark.parametrize("kind", ["tflite", "onnx"])
def test_the_runtimes_refuse_bad_clips_and_live_on(artefacts, kind, clips):
    run = load_artefact(artefacts[kind]).run
    good = run(clips[:1])
    for bad in (clips[:1, :5], clips[0]):
        with pytest.raises(Exception, match=r"(?i)dimension|rank|shape"):
            run(bad)
    np.testing.assert_array_equal(run(clips[:1]), good)


def copied(artefact, folder):
    """The artefact and its card elsewhere."""
    target = folder / artefact.name
    if artefact.is_dir():
        shutil.copytree(artefact, target)
    else:
        shutil.copy(artefact, target)
        shutil.copy(card_path(artefact), card_path(target))
    return target


def largest_file(artefact):
    if artefact.is_file():
        return artefact
    files = [file for file in artefact.rglob("*") if file.is_file()]
    return max(files, key=lambda file: file.stat().st_size)


@pytest.mark.parametrize("kind", ["saved_model", "tflite", "onnx"])
def test_a_damaged_artefact_is_told_by_its_card(artefacts, kind, tmp_path):
    path = copied(artefacts[kind], tmp_path)
    load_artefact(path)
    file = largest_file(path)
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(ValueError, match=f"damaged.*{file.name}"):
        load_artefact(path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("left", [0, 100])
def test_a_damaged_artefact_without_a_card(
    artefacts, kind, left, clips, tmp_path
):
    path = copied(artefacts[kind], tmp_path)
    card_path(path).unlink()
    file = largest_file(path)
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(ValueError, match="cannot be loaded; is it whole"):
        load_artefact(path)
    # The process lives on.
    assert load_artefact(artefacts[kind]).predict(clips).shape == (3, 3)


@pytest.mark.parametrize("kind", ["keras", "saved_model"])
def test_a_network_that_answers_with_nan_is_told(
    make_network, kind, card, clips, tmp_path
):
    network = make_network()
    kernel = network.weights[0]
    kernel.assign(kernel * np.nan)
    path = tmp_path / f"model.{kind}"
    if kind == "keras":
        network.save(path)
    else:
        export_saved_model(network, path, card)
    with pytest.raises(ValueError, match="NaN"):
        load_artefact(path).predict(clips)


def test_the_card_must_name_the_classes_of_the_network(artefacts, clips):
    artefact = load_artefact(artefacts["tflite"])
    card = dataclasses.replace(artefact.card, class_names=("a", "b"))
    artefact = dataclasses.replace(artefact, card=card)
    with pytest.raises(ValueError, match="names 2 classes"):
        artefact.predict(clips)


def test_threads_are_taken(artefacts, clips, expected):
    for kind in ("tflite", "onnx"):
        artefact = load_artefact(artefacts[kind], num_threads=1)
        found = artefact.predict(clips)
        np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)


def test_onnx_without_its_extra_is_told(artefacts, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError, match=r"pip install kvideo\[onnx\]"):
        load_artefact(artefacts["onnx"])


def test_what_is_no_artefact_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Nothing is at '.*gone'"):
        load_artefact(tmp_path / "gone")
    (tmp_path / "model.h6").write_text("")
    for path in (tmp_path, tmp_path / "model.h6"):
        with pytest.raises(ValueError, match=r"is no artefact\. Expected"):
            load_artefact(path)


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_what_plain_keras_saved_has_a_card_of_what_is_known(
    model, clips, expected, name, tmp_path
):
    model.save(tmp_path / name)
    artefact = load_artefact(tmp_path / name)
    assert artefact.card.class_names == ("0", "1", "2")
    np.testing.assert_allclose(artefact.predict(clips), expected, atol=1e-5)


def test_a_foreign_artefact_without_a_card_predicts_clips_but_no_video(
    artefacts, clips, tmp_path
):
    path = copied(artefacts["saved_model"], tmp_path)
    card_path(path).unlink()
    artefact = load_artefact(path)
    assert artefact.card is None
    assert artefact.predict(clips).shape == (3, 3)
    with pytest.raises(ValueError, match="has no card"):
        artefact.predict("video.mp4")


@pytest.fixture
def video(tmp_path):
    """Nine noisy frames at 10 a second."""
    frames = np.random.default_rng(1).integers(0, 256, (9, 20, 24, 3), "uint8")
    write_video(tmp_path / "video.mp4", frames, fps=10)
    return tmp_path / "video.mp4"


@pytest.mark.parametrize("kind", [*KINDS, "run"])
def test_one_line_names_the_action_in_a_video(artefacts, kind, video):
    path = artefacts["keras"].parent if kind == "run" else artefacts[kind]
    found = kvideo.load(path).predict(str(video), top=2)
    assert [name for name, _ in found] == ["right", "still"]
    assert len(found) == 2 and found[0][1] >= found[1][1]
    # Uniform: six of nine frames, from the first to the last.
    np.testing.assert_allclose(found.times[0], 0, atol=1e-6)
    np.testing.assert_allclose(found.times[-1], 0.8, atol=1e-6)
    assert len(found.times) == 6
    line, first, _ = str(found).split("\n")
    assert line == f"{video}, 0.00 to 0.80 s"
    assert first.endswith("%  right")


def test_several_videos_at_once(artefacts, video):
    artefact = kvideo.load(artefacts["tflite"])
    one, two = artefact.predict([video, str(video)])
    assert one.classes == two.classes and one.path == str(video)


def test_a_video_is_prepared_as_the_card_says(artefacts, video):
    artefact = load_artefact(artefacts["tflite"])
    found = predict_video(artefact, video, top=2)
    clip = load_clip(
        video,
        ClipSpec(num_frames=6, frame_size=(12, 12), sampler="uniform"),
    )
    probabilities = artefact.predict(clip[None])
    assert found == decode_predictions(probabilities, 2, artefact.card)[0]
    assert len(found) == 2

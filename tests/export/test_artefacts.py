import numpy as np
import pytest

from kvideo.data import ClipSpec, load_clip
from kvideo.data.decode import write_video
from kvideo.export import (
    decode_predictions,
    load_artefact,
    predict_video,
)

KINDS = ("keras", "saved_model", "tflite")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_predicts_as_the_network(
    artefacts, kind, clips, expected, card
):
    artefact = load_artefact(artefacts[kind])
    assert (artefact.kind, artefact.card) == (kind, card)
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
    for bad in (clips[0], clips[:, :5], clips[..., :1], clips[:0]):
        with pytest.raises(ValueError, match=wanted) as error:
            artefact.predict(bad)
        assert f"clips.shape={bad.shape}" in str(error.value)
    with pytest.raises(ValueError, match="Received: 1 values that are NaN"):
        artefact.predict(one_nan)
    assert artefact.predict(clips).shape == (3, 3)


def test_what_is_no_artefact_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Nothing is at '.*gone'"):
        load_artefact(tmp_path / "gone")
    (tmp_path / "model.h5").write_text("")
    for path in (tmp_path, tmp_path / "model.h5"):
        with pytest.raises(ValueError, match=r"is no artefact\. Expected"):
            load_artefact(path)


def test_predictions_have_names_in_order():
    probabilities = [[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]]
    found = decode_predictions(probabilities, ("a", "b", "c"), top=2)
    assert found == [[("b", 0.5), ("c", 0.3)], [("a", 0.4), ("c", 0.4)]]
    assert len(decode_predictions(probabilities, ("a", "b", "c"), 9)[0]) == 3


def test_predictions_that_do_not_fit_the_names_are_refused():
    with pytest.raises(ValueError, match=r"shape \(B, 2\).*\(1, 3\)"):
        decode_predictions(np.zeros((1, 3)), ("a", "b"))
    with pytest.raises(ValueError, match="Received: top=0"):
        decode_predictions(np.zeros((1, 2)), ("a", "b"), top=0)


def test_an_artefact_without_a_card_predicts_clips_but_no_video(
    model, clips, tmp_path
):
    model.save(tmp_path / "model.keras")
    artefact = load_artefact(tmp_path)
    assert artefact.card is None
    assert artefact.predict(clips).shape == (3, 3)
    with pytest.raises(ValueError, match="has no card"):
        predict_video(artefact, "video.mp4")


def test_a_video_is_prepared_as_the_card_says(artefacts, tmp_path):
    rng = np.random.default_rng(1)
    frames = rng.integers(0, 256, (9, 20, 24, 3), "uint8")
    write_video(tmp_path / "video.mp4", frames)
    artefact = load_artefact(artefacts["tflite"])
    found = predict_video(artefact, tmp_path / "video.mp4", top=2)
    clip = load_clip(
        tmp_path / "video.mp4",
        ClipSpec(num_frames=6, frame_size=(12, 12), sampler="uniform"),
    )
    probabilities = artefact.predict(clip[None])
    names = artefact.card.class_names
    assert found == decode_predictions(probabilities, names, top=2)[0]
    assert len(found) == 2

import subprocess
import sys

import numpy as np
import pytest

from kvideo.export import (
    compare_in_fresh_process,
    export_all,
    load_artefact,
    predict_in_fresh_process,
    verify,
)


def test_all_artefacts_agree_in_fresh_processes(
    model, card, clips, expected, tmp_path
):
    results = export_all(model, card, tmp_path, clips=clips)
    assert [result.format for result in results] == ["saved_model", "tflite"]
    for result in results:
        assert result.max_abs_difference < 1e-5
        assert result.top1_agreement == 1
        assert result.size_bytes > 1000
        assert load_artefact(result.path).card == card
    assert sorted(item.name for item in tmp_path.iterdir()) == [
        "model.card.json",
        "model.tflite",
        "saved_model",
    ]


def test_a_saved_model_needs_neither_keras_nor_layers(
    artefacts, clips, expected, tmp_path
):
    np.save(tmp_path / "clips.npy", clips)
    code = (
        "import sys; from kvideo.export.verify import main; "
        "main(*sys.argv[1:]); "
        "print(sorted({'kvideo.layers', 'kvideo.ops'} & set(sys.modules)))"
    )
    files = [artefacts["saved_model"], tmp_path / "clips.npy"]
    done = subprocess.run(
        [sys.executable, "-c", code, *files, tmp_path / "out.npy"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    found = np.load(tmp_path / "out.npy")
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)


def test_the_difference_is_measured_in_the_other_process(
    artefacts, clips, expected, tmp_path
):
    np.save(tmp_path / "clips.npy", clips)
    wrong = expected.copy()
    wrong[1, 2] += 0.25
    found = compare_in_fresh_process(
        wrong, tmp_path / "clips.npy", artefacts["tflite"]
    )
    assert abs(found - 0.25) < 1e-5


def test_the_error_of_the_other_process_is_told(clips, tmp_path):
    with pytest.raises(RuntimeError, match=r"Nothing is at '.*gone"):
        predict_in_fresh_process(clips, tmp_path / "gone.tflite")


def test_an_artefact_that_disagrees_does_not_stay(
    model, card, clips, expected, tmp_path, monkeypatch
):
    (tmp_path / "model.tflite").write_text("the last good one")
    for wrong in (expected[:, ::-1], np.full_like(expected, np.nan)):
        monkeypatch.setattr(
            verify, "predict_in_fresh_process", lambda *args, out=wrong: out
        )
        with pytest.raises(RuntimeError, match="disagrees with the Keras"):
            export_all(
                model,
                card,
                tmp_path,
                formats=["tflite"],
                clips=clips,
                overwrite=True,
            )
    assert [item.name for item in tmp_path.iterdir()] == ["model.tflite"]
    assert (tmp_path / "model.tflite").read_text() == "the last good one"


def test_a_network_that_returns_nan_is_refused(make_network, card, tmp_path):
    model = make_network()
    model.layers[-3].bias.assign([np.nan, 0, 0])
    with pytest.raises(ValueError, match="network itself returns NaN"):
        export_all(model, card, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("formats", [["onyx"], [], "tflite"])
def test_unknown_formats_are_refused(model, card, tmp_path, formats):
    with pytest.raises(ValueError, match=r"list out of.*saved_model"):
        export_all(model, card, tmp_path, formats=formats)
    assert list(tmp_path.iterdir()) == []


def test_an_artefact_with_other_classes_is_refused(clips, monkeypatch):
    monkeypatch.setattr(
        verify, "predict_in_fresh_process", lambda *args: np.zeros((3, 2))
    )
    with pytest.raises(ValueError, match=r"\(3, 3\).*\(3, 2\)"):
        compare_in_fresh_process(np.zeros((3, 3)), clips, "any")

"""The command line: help, errors, and the way from videos to a prediction."""

import os

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from kvideo import console
from kvideo.cli import app
from kvideo.data.synthetic import MOTION_CLASSES, write_motion_dataset
from kvideo.evaluation import Evaluation
from kvideo.export import Card, load_artefact

COMMANDS = [
    "demo",
    "models",
    "info",
    "bench-data",
    "flow",
    "prepare",
    "train",
    "evaluate",
    "report",
    "ensemble",
    "predict",
    "export",
]


def kvideo(*arguments):
    return CliRunner().invoke(app, [str(word) for word in arguments])


def output_of(*arguments):
    result = kvideo(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def error_of(*arguments):
    """The message of a user error; fails where there is a traceback."""
    result = kvideo(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder with a trained run, its videos and its exports."""
    folder = tmp_path_factory.mktemp("cli")
    write_motion_dataset(folder / "motion", {"train": 1, "test": 1}, seed=2)
    output_of(
        "train",
        folder / "motion" / "train",
        "--model=tsm_resnet_nano",
        f"--validation-data={folder / 'motion' / 'test'}",
        "--epochs=1",
        "--batch-size=4",
        f"--out={folder / 'run'}",
        "--set=model_overrides={input_shape: [2, 32, 32, 3]}",
    )
    return folder


def test_help_lists_the_commands():
    text = output_of("--help")
    assert all(f"\n  {command} " in text for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_help_shows_an_example(command):
    assert f"Example: kvideo {command}" in output_of(command, "--help")


def test_models_matches_a_pattern():
    text = output_of("models", "x3d_n*")
    assert "x3d_nano" in text
    assert "bqn" not in text


def test_models_lists_without_building(monkeypatch):
    def build(name):
        raise AssertionError(f"built {name}")

    monkeypatch.setattr("kvideo.create_model", build, raising=False)
    assert "x3d_nano" in output_of("models")


def test_models_counts_on_request():
    assert "MACs" not in output_of("models", "tsm_resnet_n*")
    text = output_of("models", "tsm_resnet_n*", "--count")
    assert "MACs" in text
    assert "232 k" in text  # 231,552 trainable parameters


def test_models_without_a_match():
    assert "pattern='zz*'" in error_of("models", "zz*")


def info_rows(*arguments):
    """Cells of the table that `kvideo info` prints, without commas."""
    return [
        [cell.strip().replace(",", "") for cell in line.split("│")[1:-1]]
        for line in output_of("info", *arguments).splitlines()
        if line.startswith("│")
    ]


def test_info_sums_up():
    *steps, total = info_rows("tsm_resnet_nano", "--classes=8")
    assert total[0] == "all"
    for column in (2, 3, 4):
        summed = sum(int(row[column]) for row in steps)
        assert summed == int(total[column]) > 0


def test_info_shows_each_layer():
    steps, layers = (
        info_rows("tsn_resnet_nano", *options) for options in ([], ["--layers"])
    )
    assert "stem_conv" in [row[0] for row in layers]
    assert layers[-1] == steps[-1]


def test_info_at_another_size():
    small, large = (
        info_rows("tsn_resnet_nano", f"--input-shape={shape}")
        for shape in ("2,32,32", "4,32,32")
    )
    assert small[0][1] == "2x32x32x3"
    assert 2 * int(small[-1][3]) == int(large[-1][3])
    assert "Received: '2,32'" in error_of(
        "info", "tsn_resnet_nano", "--input-shape=2,32"
    )


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_info_times_a_forward_pass(dtype):
    before = keras.config.dtype_policy().name
    text = output_of(
        "info",
        "tsn_resnet_nano",
        "--input-shape=2,32,32",
        "--bench",
        "--runs=2",
        f"--dtype={dtype}",
    )
    _, built, folded = " ".join(text.split()).split("Forward, one clip, ")
    for line, form in ((built, "as built"), (folded, "folded")):
        name, _, rest = line.partition(": ")
        assert name == f"{form}, {dtype}"
        assert 0 < float(rest.split()[0]) < 60_000
        assert "(median of 2)" in rest
    assert keras.config.dtype_policy().name == before


def test_info_with_an_unknown_dtype():
    assert "float99" in error_of("info", "tsn_resnet_nano", "--dtype=float99")


def test_info_of_unknown_name_gives_the_nearest():
    assert "bqn_nano" in error_of("info", "bqn_nanno")


def test_info_of_an_artefact_shows_its_card(run):
    text = output_of("info", run / "run")
    assert "tsm_resnet_nano" in text
    assert "move_left" in text


def test_train_writes_a_run(run):
    card = Card.load(run / "run" / "model.card.json")
    shape = [2, 32, 32, 3]
    assert card.overrides == {"input_shape": shape, "weights": "motion"}
    assert set(card.metrics) >= {"loss", "val_accuracy"}


def test_train_takes_a_file_and_options_over_it(run):
    config = run / "run" / "config.yaml"
    message = error_of("train", f"--config={config}", "--epochs=2", "--resume")
    assert "epochs=2 (was 1)" in message


def test_train_needs_data_and_model():
    assert "Missing: model, data" in error_of("train")


def test_train_names_an_unknown_field():
    message = error_of("train", "x", "--model=bqn_nano", "--set=epoch=3")
    assert "nearest: 'epochs'" in message


def test_train_on_no_folder(tmp_path):
    missing = tmp_path / "missing"
    out = f"--out={tmp_path / 'run'}"
    message = error_of("train", missing, "--model=x3d_nano", out)
    assert str(missing) in message


def test_set_needs_an_equals_sign():
    assert "Received: 'epochs'" in error_of("train", "x", "--set=epochs")


def test_evaluate_prints_and_saves(run):
    arguments = ("evaluate", run / "run", run / "motion" / "test")
    text = output_of(*arguments, f"--out={run / 'scores'}")
    assert "turn_clockwise" in text
    assert "top-1" in text
    assert (run / "scores" / "evaluation.npz").is_file()


def test_evaluate_reads_a_list(run):
    paths = sorted((run / "motion" / "test").rglob("*.mp4"))
    rows = [f"{path},{path.parent.name}" for path in paths[::-1][:3]]
    (run / "list.csv").write_text("\n".join(rows))
    output_of(
        "evaluate", run / "run", run / "list.csv", f"--out={run / 'listed'}"
    )
    scores = Evaluation.load(run / "listed" / "evaluation.npz")
    names = [scores.class_names[label] for label in scores.labels]
    assert names == [path.parent.name for path in paths[::-1][:3]]


def test_evaluate_compares_score_files(tmp_path):
    labels = np.arange(8).repeat(2)
    paths = []
    for name, predicted in (("a", labels * 0), ("b", labels)):
        evaluation = Evaluation(np.eye(8)[predicted], labels, MOTION_CLASSES)
        paths.append(evaluation.save(tmp_path / f"{name}.npz"))
    text = output_of(
        "evaluate", "--compare", *paths, "--pair=move_left,move_right"
    )
    assert "12.5% before, 100.0% after, on 16 clips" in text
    assert text.index("Pairs") < text.rindex("+100.0 points")
    message = error_of("evaluate", "--compare", *paths, "--pair=move_left")
    assert "two class names" in message
    assert "--compare" in error_of("evaluate", *paths, "--pair=a,b")


def test_evaluate_of_a_network_without_a_card(run, tmp_path):
    (tmp_path / "model.keras").write_bytes(
        (run / "run" / "model.keras").read_bytes()
    )
    message = error_of("evaluate", tmp_path, run / "motion" / "test")
    assert "No card at" in message


def test_export_and_predict_agree(run):
    out = run / "exported"
    data = f"--data={run / 'motion' / 'test'}"
    output_of(*("export", run / "run", f"--out={out}", "--to=tflite", data))
    assert (out / "model.tflite").exists()
    assert not (out / "saved_model").exists()
    video = next((run / "motion" / "test" / "grow").iterdir())
    tables = [
        output_of("predict", path, video, "--top=2").splitlines()[1:]
        for path in (run / "run" / "best.keras", out / "model.tflite")
    ]
    # Four digits of the probabilities of two classes.
    assert tables[0] == tables[1]
    assert sum("│" in line for line in tables[0]) == 2


def test_export_of_unknown_format(run):
    message = error_of("export", run / "run", "--to=onnxx", f"--out={run}")
    assert "onnxx" in message


def test_predict_of_a_missing_video(run):
    assert "nothing.mp4" in error_of("predict", run / "run", "nothing.mp4")


def test_missing_artefact():
    assert "Nothing is at 'missing'" in error_of("export", "missing")


def test_debug_shows_the_traceback():
    result = kvideo("--debug", "info", "bqn_nanno")
    assert isinstance(result.exception, ValueError)


def test_bugs_keep_their_traceback(monkeypatch):
    def broken():
        raise ZeroDivisionError

    monkeypatch.setattr(console, "start_backend", broken)
    assert isinstance(kvideo("models").exception, ZeroDivisionError)


def test_lines_of_a_failed_start_are_shown(monkeypatch, capfd):
    def failing(compute):
        os.write(2, b"native library missing\n")
        raise ImportError("no backend")

    monkeypatch.setattr(console, "_touch_backend", failing)
    with pytest.raises(ImportError, match="no backend"):
        console.start_backend()
    assert "native library missing" in capfd.readouterr().err


def test_lines_of_a_good_start_are_not_shown(monkeypatch, capfd):
    monkeypatch.setattr(
        console, "_touch_backend", lambda compute: os.write(2, b"no GPU\n")
    )
    console.start_backend()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


@pytest.mark.parametrize(
    "number, text",
    [(0, "0"), (999, "999"), (47_403_050, "47.4 M"), (6.04e10, "60.4 G")],
)
def test_amount(number, text):
    assert console.amount(number) == text


def test_artefact_of_the_run_loads(run):
    assert load_artefact(run / "run").clip_shape == (2, 32, 32, 3)

"""`kvideo export`: the options, the tables, and what stays on the disk."""

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

import kvideo.layers
from kvideo.cli import app
from kvideo.data import ClipSpec
from kvideo.data.decode import write_video
from kvideo.export import Card, card_path, verify

SHAPE = (4, 16, 16, 3)


def export(*arguments):
    words = ["export", *map(str, arguments)]
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


def network(layer):
    """A network of one convolution and `layer`, sure of itself."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input(SHAPE)
    x = keras.layers.Rescaling(1 / 64)(inputs)
    x = kvideo.layers.Conv3D(4, 3, name="conv")(x)
    x = keras.layers.GlobalAveragePooling3D()(layer(x))
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))


def save(model, path):
    model.save(path)
    spec = ClipSpec(num_frames=4, frame_size=(16, 16))
    Card("tiny", ("left", "right"), spec.to_dict()).save(card_path(path))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """`model.keras`, and `videos` of three grey levels."""
    folder = tmp_path_factory.mktemp("export")
    save(network(keras.layers.ReLU()), folder / "model.keras")
    (folder / "videos").mkdir()
    for level in (0, 100, 200):
        frames = np.full((8, 20, 20, 3), level, "uint8")
        write_video(folder / "videos" / f"{level}.mp4", frames)
    return folder


def test_it_tells_what_it_does_and_what_came_out(folder, tmp_path):
    done = export(
        folder / "model.keras",
        "--to=tflite",
        f"--data={folder / 'videos'}",
        f"--out={tmp_path}",
    )
    assert done.exit_code == 0, done.output
    assert "kvideo.Conv3D (conv)" in done.output
    assert "rewritten: 3-D convolution" in done.output
    assert "Compared with Keras on 3 clips of the videos" in done.output
    assert "100%" in done.output
    assert "Operations of tflite: " in done.output
    assert "SOFTMAX 1" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("model.card.json", "model.tflite"),
    ]
    file = tmp_path / "model.tflite"
    assert CliRunner().invoke(app, ["info", str(file)]).exit_code == 0
    file.write_bytes(b"damaged")
    shown = CliRunner().invoke(app, ["info", str(file)])
    assert shown.exit_code == 2
    assert "is damaged or was replaced" in shown.stderr


def test_int8_is_calibrated_on_a_folder(folder, tmp_path):
    videos = folder / "videos"
    done = export(
        folder / "model.keras",
        *("--to=tflite", "--quantize=int8", f"--calibrate={videos}"),
        *(f"--data={videos}", f"--out={tmp_path}"),
    )
    assert done.exit_code == 0, done.output
    assert "QUANTIZE" in done.output
    assert (tmp_path / "model_int8.tflite").is_file()


def test_a_disagreement_leaves_no_file_and_status_1(
    folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        verify, "run_in_fresh_process", lambda *args: (np.eye(2)[[0, 1, 0]], 1)
    )
    done = export(
        folder / "model.keras",
        *("--to=tflite", f"--data={folder / 'videos'}", f"--out={tmp_path}"),
    )
    assert done.exit_code == 1
    assert "disagrees with the Keras network" in done.stderr
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []


def error_of(*arguments):
    """The message of a user error."""
    done = export(*arguments)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    return done.stderr


def test_a_layer_that_does_not_convert_is_named(folder, tmp_path):
    model = network(keras.layers.MaxPooling3D(2, name="pool"))
    path = save(model, tmp_path / "pooled.keras")
    message = error_of(
        *(path, "--to=tflite", f"--data={folder / 'videos'}"),
        f"--out={tmp_path / 'out'}",
    )
    assert "keras.MaxPooling3D (pool): use kvideo.layers.MaxPool3D" in message
    assert not (tmp_path / "out").exists()


def test_options_that_do_not_fit(folder):
    path = folder / "model.keras"
    assert "onnxx" in error_of(path, "--to=onnxx", f"--data={folder}")
    message = error_of(path, "--to=onnx", "--quantize=int8")
    assert "Received: --to onnx" in message
    message = error_of(path, "--to=tflite", f"--calibrate={folder}")
    assert "belongs to --quantize int8" in message
    videos = f"--data={folder / 'videos'}"
    message = error_of(path, "--to=tflite", "--quantize=int4", videos)
    assert "tflite_int4" in message


def test_files_that_are_no_network(folder, tmp_path):
    broken = tmp_path / "model.keras"
    broken.write_bytes(b"")
    card_path(broken).write_text(
        card_path(folder / "model.keras").read_text(encoding="utf-8")
    )
    assert f"{broken}' cannot be loaded; is it whole?" in error_of(broken)
    whole = (folder / "model.keras").read_bytes()
    damaged = bytearray(whole)
    middle = len(damaged) // 2
    damaged[middle : middle + 500] = bytes(500)
    broken.write_bytes(damaged)
    assert "is it whole?" in error_of(broken)
    other = tmp_path / "model.tflite"  # which shares the card
    other.write_bytes(b"")
    assert "Only a .keras file or a run folder" in error_of(other)
    assert "No video in" in error_of(
        folder / "model.keras", f"--data={tmp_path}"
    )
    (tmp_path / "empty.mp4").write_bytes(b"")
    assert "empty.mp4" in error_of(folder / "model.keras", f"--data={tmp_path}")

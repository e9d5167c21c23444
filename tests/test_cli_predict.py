"""`kvideo predict` along a video, and frame by frame."""

import dataclasses
import json

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

import kvideo
from kvideo.cli import app
from kvideo.data.decode import write_video
from kvideo.export import Card, card_path, export_stream
from tests.support.exports import undecided
from tests.test_cli import error_of, output_of

SIZE, NAMES = 32, ("left", "right", "still")


def save(model, path, names=NAMES):
    model.save(path)
    spec = {"num_frames": 4, "frame_size": [SIZE, SIZE]}
    card = Card(model.name, names, spec)
    card.save(card_path(path))
    return card


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Networks, online and not, and a video of six seconds."""
    folder = tmp_path_factory.mktemp("predict")
    keras.utils.set_random_seed(1)
    shape = (4, SIZE, SIZE, 3)
    both = kvideo.create_model("tsm_resnet_nano", input_shape=shape, classes=3)
    undecided(both)
    save(both, folder / "both.keras")
    online = kvideo.to_online(both)
    card = save(online, folder / "online.keras")
    export_stream(online, folder / "step.tflite", card, last=4)
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (60, SIZE, SIZE, 3), np.uint8)
    frames[20:40] //= 5
    write_video(folder / "match.mp4", frames, fps=10)
    return folder


def test_timeline(folder, tmp_path):
    text = output_of(
        *("predict", folder / "both.keras", folder / "match.mp4"),
        *("--timeline", "--window", 1, "--hop", 0.5, "--threshold", 0.3),
        *("--out", tmp_path),
    )
    record = json.loads((tmp_path / "match.json").read_text())
    assert record["duration"] == pytest.approx(6.0)
    assert record["model"] == "tsm_resnet_nano"
    assert record["segments"]
    for segment in record["segments"]:
        assert segment["class_name"] in text
    cues = (tmp_path / "match.vtt").read_text()
    assert cues.count("-->") == len(record["segments"])
    header, *rows = (tmp_path / "match.scores.csv").read_text().splitlines()
    assert header == "start,end,left,right,still"
    assert len(rows) == 11
    scores = np.array([row.split(",")[2:] for row in rows], float)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-4)
    assert np.ptp(scores, axis=0).max() > 0.01


def test_stream_of_a_file(folder):
    video = folder / "match.mp4"
    online = output_of("predict", folder / "online.keras", "--stream", video)
    assert "60 steps" in online
    assert any(name in online for name in NAMES)
    converted = output_of("predict", folder / "both.keras", "--stream", video)
    notice, rest = converted.split("online_shift=True.")
    assert "trained with channels from the next frame" in notice
    exported = output_of("predict", folder / "step.tflite", "--stream", video)

    def changes(text):
        return [line for line in text.splitlines() if " s  " in line]

    assert changes(rest) == changes(online) == changes(exported)


def test_every_and_last(folder):
    video = folder / "match.mp4"
    text = output_of(
        *("predict", folder / "online.keras", "--stream", video),
        *("--every", 7, "--last", 1),
    )
    assert "9 steps" in text
    message = error_of(
        "predict", folder / "step.tflite", "--stream", video, "--last", 1
    )
    assert "--last is for a .keras file" in message


def test_bad_input(folder, tmp_path):
    network, video = folder / "both.keras", folder / "match.mp4"
    assert "Give video files" in error_of("predict", network)
    assert "Give video files" in error_of(
        "predict", network, video, "--stream", video
    )
    assert "no such file" in error_of(
        "predict", network, "nothing.mp4", "--timeline", "--out", tmp_path
    )
    assert "no such file" in error_of(
        "predict", network, "--stream", "nothing.mp4"
    )
    assert "video99" in error_of("predict", network, "--stream", "camera:99")
    message = error_of("predict", network, video, video, "--timeline")
    assert "match more than once" in message
    message = error_of("predict", network, video, "--timeline", "--hop", 3)
    assert "at most a window" in message
    message = error_of(
        "predict", network, video, "--timeline", "--threshold", 7
    )
    assert "threshold=7" in message
    online = folder / "online.keras"
    message = error_of("predict", online, "--stream", video, "--last", -3)
    assert "last=-3" in message
    assert not list(tmp_path.iterdir())


def test_what_a_network_answers_is_checked(folder, tmp_path):
    network = keras.saving.load_model(folder / "online.keras", compile=False)
    stream, video = ("predict", tmp_path, "--stream"), folder / "match.mp4"
    save(network, tmp_path / "model.keras", names=NAMES[:2])
    assert "names 2 classes" in error_of(*stream, video)
    bias = network.get_layer("logits").bias
    bias.assign(bias * np.nan)
    save(network, tmp_path / "model.keras")
    assert "NaN" in error_of(*stream, video)
    assert "NaN" in error_of("predict", tmp_path, video)


@pytest.mark.parametrize("timeline", [False, True])
def test_each_video_that_can_be_read_is_answered(folder, tmp_path, timeline):
    video, broken = folder / "match.mp4", tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    later = tmp_path / "later.mp4"
    later.write_bytes(video.read_bytes())
    options = ["--timeline", "--out", tmp_path / "t"] if timeline else []
    videos = (video, broken, tmp_path / "nowhere.mp4", later)
    arguments = ["predict", folder / "both.keras", *videos, *options]
    result = CliRunner().invoke(app, [str(part) for part in arguments])
    assert result.exit_code == 1
    text = "".join(result.stdout.split())
    for path in (video, later):
        assert path.name in text
    errors = [line for line in result.stderr.splitlines() if "Error" in line]
    assert len(errors) == 2
    assert "broken.mp4" in errors[0] and "nowhere.mp4" in errors[1]
    assert len(list((tmp_path / "t").glob("*.json"))) == 2 * timeline


def test_videos_of_another_rate_are_read_by_time(folder, tmp_path):
    """The video has 10 frames a second, and the network knows 20."""
    network = keras.saving.load_model(folder / "online.keras", compile=False)
    card = save(network, tmp_path / "model.keras")
    spec = card.clip_spec | {"sampler": "dense", "frame_stride": 2}
    card = dataclasses.replace(card, clip_spec=spec | {"frame_rate": 20.0})
    card.save(card_path(tmp_path / "model.keras"))
    video = folder / "match.mp4"
    stream = ("predict", tmp_path, "--stream", video)
    assert "60 steps" in output_of(*stream)
    assert "30 steps" in output_of(*stream, "--fps", 0)
    assert "15 steps" in output_of(*stream, "--fps", 5)

    def whole(*options):
        return output_of("predict", tmp_path, video, *options)

    assert whole() != whole("--fps", 0) == whole("--fps", 10)
    assert "target_fps" in error_of("predict", tmp_path, video, "--fps", -1)
    for name, options in (("time", ()), ("count", ("--fps", 0))):
        output_of(
            *("predict", tmp_path, video, "--timeline"),
            *("--out", tmp_path / name, *options),
        )
    time, count = (
        (tmp_path / name / "match.scores.csv").read_text()
        for name in ("time", "count")
    )
    assert time != count

"""The client beside `load_clip` and the network, over REST and gRPC."""

import dataclasses
import http.client
import io
import subprocess
import sys

import numpy as np
import pytest

from kvideo.data import ClipSpec, load_clip, load_views, sampling
from kvideo.data.decode import write_video
from kvideo.export.serving import Client, ServerError
from tests.support.serving import serve
from tests.support.videos import numbered_frames
from tests.test_cli import error_of, kvideo, output_of

JPEG = 0.02  # of a probability: what quality 95 loses here


@pytest.fixture(scope="module")
def urls(served):
    with serve(served / "tiny") as urls:
        yield urls


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("videos") / "a.mp4"
    options = {"crf": "0", "preset": "ultrafast"}
    frames = 5 * numbered_frames(30, (18, 26), tag=30)
    write_video(path, frames, codec="libx264rgb", options=options)
    return path


@pytest.mark.parametrize("kind", [0, 1], ids=["REST", "gRPC"])
def test_a_video_is_named_as_the_network_names_it(
    urls, kind, served, card, model, video
):
    clip = load_clip(video, ClipSpec.from_dict(card.clip_spec))
    wanted = model.predict(clip[None], verbose=0)[0]
    client = Client(urls[kind], served / "tiny" / "1")
    found = client.predict(video, top=3)
    assert len(found) == 3
    assert found[0][0] == card.class_names[wanted.argmax()]
    for name, value in found:
        assert abs(value - wanted[card.class_names.index(name)]) < JPEG


def test_several_clips_are_averaged(urls, card, model, video):
    spec = ClipSpec.from_dict(card.clip_spec)
    views = load_views(video, spec, "3x1")
    wanted = model.predict(views, verbose=0).mean(axis=0)
    found = Client(urls[0], card, clips=3).predict(video)
    for name, value in found:
        assert abs(value - wanted[card.class_names.index(name)]) < JPEG


def test_a_bad_image_is_named_and_the_server_lives(urls, card, video):
    for url in urls:
        client = Client(url, card)
        clip = [b"no image"] * 6
        with pytest.raises(ServerError, match=r"clip\] \[0\] \[frame\] \[0\]"):
            client.ask([clip])
        with pytest.raises(ServerError, match=r"\(B, 6\)"):
            client.ask([clip[1:]])
        assert len(client.predict(video, top=2)) == 2


@pytest.mark.parametrize("kind", [0, 1], ids=["REST", "gRPC"])
def test_an_unknown_model(urls, kind, card, video):
    with pytest.raises(ServerError, match="not found"):
        Client(urls[kind], card, name="other").predict(video)


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_nobody_answers(scheme, card, video):
    client = Client(f"{scheme}://localhost:9", card, timeout=5)
    with pytest.raises(ServerError, match="answer"):
        client.predict(video)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>"])
def test_another_program_answers(card, monkeypatch, body):
    monkeypatch.setattr(
        "urllib.request.urlopen", lambda *_, **__: io.BytesIO(body)
    )
    with pytest.raises(ServerError, match="as TensorFlow Serving does"):
        Client("http://localhost", card).ask([[b"image"]])


def test_a_program_of_another_protocol_answers(card, monkeypatch):
    def answer(*_, **__):
        raise http.client.BadStatusLine("SSH-2.0")

    monkeypatch.setattr("urllib.request.urlopen", answer)
    with pytest.raises(ServerError, match="SSH"):
        Client("http://localhost", card).ask([[b"image"]])


FRAMES = np.zeros((6, 9, 9, 3), "u1")


@pytest.mark.parametrize(
    ("clips", "words"),
    [
        ([FRAMES, FRAMES[1:]], r"\(5, 9, 9, 3\) for clip 1"),
        ([np.zeros((10_000, 1, 1, 3), "u1")], r"\(10000, 1, 1, 3\)"),
        ([FRAMES / 255], "float64"),
        ([FRAMES[..., 0]], r"\(6, 9, 9\) for clip 0"),
        ([FRAMES[:, :0]], r"\(6, 0, 9, 3\)"),
        (FRAMES, r"\(9, 9, 3\) for clip 0"),
        ([], "none"),
    ],
)
def test_bad_clips_are_not_sent(card, clips, words):
    client = Client("http://localhost", card)
    client.ask = None
    with pytest.raises(ValueError, match=rf"Received: .*{words}"):
        client.predict_frames(clips)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"probabilities": [[np.nan, 0.1, 0.2]]}, "NaN in place"),
        ({"probabilities": []}, "another network"),
        ({"probabilities": [[0.5, 0.5]]}, "another network"),
        ({"class_ids": [[7]]}, "another network"),
    ],
)
def test_what_a_server_answers_is_checked(card, changes, words):
    client = Client("http://localhost", card)
    answer = {
        "probabilities": [[0.6, 0.4, 0.0]],
        "class_ids": [[0]],
        "class_names": [["left"]],
    }
    client.ask = lambda images: answer
    assert client.predict_frames([FRAMES])[0, 0] == np.float32(0.6)
    answer |= changes
    with pytest.raises(ServerError, match=words):
        client.predict_frames([FRAMES])


@pytest.fixture
def card_file(card, tmp_path):
    return card.save(tmp_path / "tiny.card.json")


@pytest.mark.parametrize("kind", [0, 1], ids=["REST", "gRPC"])
def test_the_command(urls, kind, card_file, video):
    words = ("predict", card_file, video, video, "--top", 2, "--server")
    text = output_of(*words, urls[kind])
    best, second = Client(urls[kind], card_file).predict(video, top=2)
    assert text.count(best[0]) == text.count(second[0]) == 2
    assert text.count(f"{best[1]:.4f}") == 2


def test_the_command_and_what_goes_wrong(urls, card_file, video, tmp_path):
    result = kvideo(
        "predict", card_file, video, "--server", "http://localhost:9"
    )
    assert result.exit_code == 1
    assert "does not answer as TensorFlow Serving" in result.stderr
    words = ("predict", card_file, video, "--server")
    assert "grpc://HOST:8500" in error_of(*words, "localhost:8501")
    for more in (["--timeline"], ["--top", 0]):
        error_of(*words, urls[0], *more)
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    words = ("predict", card_file, tmp_path / "broken.mp4", "--server")
    assert "Cannot decode" in error_of(*words, urls[0])


def test_the_card_must_be_that_of_the_network(urls, card, video):
    other = dataclasses.replace(card, class_names=("still", "left", "right"))
    with pytest.raises(ServerError, match="another network"):
        Client(urls[0], other).predict(video)


@pytest.fixture
def sent(card):
    """Frames that a client sends, as red values; each clip gets class 0."""
    clips = []

    def ask(images):
        clips.extend(images)
        return {
            "probabilities": [[0.6, 0.4, 0.0]] * len(images),
            "class_ids": [[0]] * len(images),
            "class_names": [[card.class_names[0]]] * len(images),
        }

    return clips, ask


@pytest.mark.parametrize(
    ("protocol", "clips", "changes"),
    [
        ({}, None, {}),
        ({"clips": 2, "crops": 3}, None, {}),
        (
            {"clips": 2, "sampler": "dense", "frame_stride": 3},
            None,
            {"sampler": "dense", "frame_stride": 3},
        ),
        (
            {"clips": 2, "sampler": "dense", "window": 12},
            None,
            {"sampler": "dense", "frame_stride": 2},
        ),
        ({"clips": 2, "sampler": "dense"}, 3, {}),
    ],
)
def test_the_stored_protocol_chooses_the_frames(
    card, video, sent, monkeypatch, protocol, clips, changes
):
    monkeypatch.setattr(
        "kvideo.export.serving.client._jpeg", lambda f: int(f[0, 0, 0])
    )
    card = dataclasses.replace(card, protocol=protocol)
    client = Client("http://localhost", card, clips=clips)
    found, client.ask = sent
    assert client.predict(video, top=1) == [("left", pytest.approx(0.6))]
    spec = ClipSpec.from_dict(card.clip_spec | changes)
    count = clips or protocol.get("clips", 1)
    wanted = [
        5 * sampling.sample(30, spec, clip=(number, count))
        for number in range(count)
    ]
    np.testing.assert_array_equal(found, wanted)


def test_bad_arguments(card, tmp_path):
    with pytest.raises(ValueError, match="grpc://HOST:8500"):
        Client("localhost:8501", card)
    with pytest.raises(ValueError, match="1 or more"):
        Client("http://localhost", card, clips=0)
    with pytest.raises(ValueError, match="needs the card"):
        Client("http://localhost", tmp_path)
    flow = card.clip_spec | {"modality": "flow"}
    with pytest.raises(ValueError, match="Optical flow"):
        Client("http://localhost", dataclasses.replace(card, clip_spec=flow))


def test_the_client_needs_no_tensorflow():
    code = "import sys, kvideo.export.serving.client; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"tensorflow", "keras"} & set(done.stdout.split())


def test_the_rate_of_the_frames_that_are_sent(card):
    spec = card.clip_spec | {"sampler": "dense", "frame_rate": 50.0}
    timed = dataclasses.replace(card, clip_spec=spec)

    def rates(card, **options):
        spec = Client("http://localhost", card, **options).spec
        return spec.target_fps, spec.frame_rate

    assert rates(timed) == (None, 50)
    assert rates(timed, fps=0) == (None, None)
    assert rates(timed, fps=10) == (10, None)
    stored = dataclasses.replace(timed, protocol={"target_fps": 30.0})
    assert rates(stored) == (30, None)
    assert rates(stored, clips=1) == (None, 50)

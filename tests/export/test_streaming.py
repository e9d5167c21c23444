"""Streams as files, beside the clip network."""

import keras
import numpy as np
import pytest

import kvideo
from kvideo.data import ClipSpec
from kvideo.export import (
    Card,
    export_stream,
    keras_stream,
    list_tflite_ops,
    load_artefact,
    load_stream,
    predict_frames,
)
from kvideo.export.streaming import FrameStream
from tests.support.exports import undecided

FRAMES, SIZE = 4, 32


@pytest.fixture(scope="module", params=["resnet_nano", "mobilenet_v2_nano"])
def network(request):
    """An online network of a few classes that has opinions."""
    keras.utils.set_random_seed(1)
    model = kvideo.create_model(
        f"tsm_{request.param}",
        input_shape=(FRAMES, SIZE, SIZE, 3),
        classes=3,
        online_shift=True,
    )
    return undecided(model)


@pytest.fixture(scope="module")
def card(network):
    spec = {"num_frames": FRAMES, "frame_size": [SIZE, SIZE]}
    return Card(network.name, ("left", "right", "still"), spec)


@pytest.fixture(scope="module")
def files(network, card, tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    for name in ("step.tflite", "step"):
        assert export_stream(network, folder / name, card) == folder / name
    return folder


@pytest.fixture(scope="module")
def clip():
    rng = np.random.default_rng(0)
    clip = rng.uniform(0, 255, (FRAMES, SIZE, SIZE, 3))
    return (clip * np.linspace(0.2, 1, FRAMES)[:, None, None, None]).astype("f")


@pytest.mark.parametrize("name", ["keras", "step", "step.tflite"])
def test_after_the_last_frame_it_is_the_clip_network(
    network, files, clip, card, name
):
    expected = np.asarray(network(clip[None], training=False))[0]
    if name == "keras":
        found = keras_stream(network, card)
    else:
        found = load_stream(files / name)
    assert found.frame_shape == (1, SIZE, SIZE, 3)
    assert found.card.class_names == card.class_names
    for _ in range(2):
        each = [found.push(frame) for frame in clip]
        np.testing.assert_allclose(each[-1], expected, atol=1e-4)
        assert np.abs(each[-1] - each[0]).max() > 1e-3
        found.reset()


def test_bad_frames_are_refused_and_the_stream_goes_on(files, clip):
    one, other = load_stream(files / "step"), load_stream(files / "step")
    one.push(clip[0])
    for bad in (clip, clip[0, :8], clip[0, ..., :1]):
        with pytest.raises(ValueError, match=r"shape \(1, 32, 32, 3\)"):
            one.push(bad)
    with pytest.raises(ValueError, match="finite"):
        one.push(clip[0] * np.nan)
    other.push(clip[0])
    np.testing.assert_array_equal(one.push(clip[1]), other.push(clip[1]))


def test_nan_for_an_answer_is_told_and_not_remembered():
    def run(inputs):
        frames, state = inputs["frames"], inputs["state"] + 1
        scores = [[0.5, 0.5 if frames.max() < 9 else np.nan]]
        return {"probabilities": np.float32(scores), "state": state}

    stream = FrameStream(run, {"frames": (1, 2, 2, 3), "state": (1,)}, None)
    stream.push(np.ones((2, 2, 3)))
    with pytest.raises(ValueError, match="stream' returns NaN"):
        stream.push(np.full((2, 2, 3), 9))
    assert stream.states["state"] == 1
    np.testing.assert_array_equal(stream.push(np.ones((2, 2, 3))), [0.5, 0.5])


DENSE = {"sampler": "dense", "frame_stride": 3}


class Counter:
    """Instead of a network: says which frames came."""

    def __init__(self, length):
        self.frame_shape = (length, 2, 2, 3)

    def push(self, frames):
        return frames[:, 0, 0, 0].tolist()


@pytest.mark.parametrize(
    ("length", "every", "changes", "expected"),
    [
        (1, None, {}, [[n] for n in range(10)]),
        (1, 4, {}, [[0], [4], [8]]),
        (1, None, DENSE, [[0], [3], [6], [9]]),
        (3, None, {}, [[0, 1, 2], [3, 4, 5], [6, 7, 8]]),
        (3, 5, {}, [[0, 1, 2], [5, 6, 7]]),
        # 10 frames a second; at 4 those at 0, 0.25, 0.5 and 0.75 s or next.
        (1, None, {"target_fps": 4}, [[0], [3], [5], [8]]),
        # At 20 each comes twice, as of a file.
        (1, 2, {"target_fps": 20}, [[n] for n in range(10)]),
        (3, 6, {"target_fps": 20}, [[0, 1, 1], [3, 4, 4], [6, 7, 7]]),
        (1, None, {"frame_rate": 5.0}, [[n] for n in range(10)]),
        (1, None, DENSE | {"frame_rate": 10.3}, [[0], [3], [6], [9]]),
        (1, None, DENSE | {"frame_rate": 5.0}, [[0], [6]]),
        (1, 2, DENSE | {"frame_rate": 20.0}, [[n] for n in range(10)]),
    ],
)
def test_which_frames_are_taken(length, every, changes, expected):
    frames = [(n / 10, np.full((2, 2, 3), n, np.uint8)) for n in range(10)]
    spec = ClipSpec(frame_size=(2, 2), **changes)
    found = list(predict_frames(Counter(length), frames, spec, every))
    assert [numbers for _, numbers in found] == expected
    # The time of a step is that of its last frame.
    assert [seconds for seconds, _ in found] == [n[-1] / 10 for n in expected]


def test_steps_do_not_overlap():
    with pytest.raises(ValueError, match="every=2"):
        next(predict_frames(Counter(3), [], ClipSpec(), 2))


def test_files_hold_nothing_foreign(files):
    ops = set(list_tflite_ops(files / "step.tflite"))
    assert "CONV_2D" in ops
    assert not any(name.startswith("Flex") for name in ops)


def test_what_is_no_stream(network, card, files, tmp_path):
    with pytest.raises(FileNotFoundError, match="Nothing is at"):
        load_stream(tmp_path / "nothing.tflite")
    (tmp_path / "bad.tflite").write_bytes(b"no model")
    with pytest.raises(ValueError, match="no stream of `export_stream`"):
        load_stream(tmp_path / "bad.tflite")
    # Nor is a stream a network of clips.
    with pytest.raises(ValueError, match="cannot be loaded"):
        load_artefact(files / "step")
    with pytest.raises(FileExistsError, match="exists already"):
        export_stream(network, files / "step", card)
    both = kvideo.create_model(
        "tsm_resnet_nano", input_shape=(FRAMES, SIZE, SIZE, 3), classes=3
    )
    with pytest.raises(ValueError, match="to_online"):
        export_stream(both, tmp_path / "step", card)
    assert not (tmp_path / "step").exists()

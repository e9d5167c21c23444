"""Networks frame by frame beside the same networks on clips."""

import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications import initial_states, stream, to_online
from kvideo.layers import TemporalShift
from tests.support.backends import shake

SIZE = 32


def network(name, frames=None, **options):
    """A small network with weights that matter, of clips of any length."""
    model = kvideo.create_model(
        name,
        input_shape=(frames, SIZE, SIZE, 3),
        classes=4,
        classifier_activation=None,
        **options,
    )
    shake(model, seed=1)
    return model


def clip_of(frames, batch=2):
    rng = np.random.default_rng(0)
    shape = (batch, frames, SIZE, SIZE, 3)
    # Frames of different brightness: it matters which comes first.
    level = np.linspace(0.2, 1, frames).reshape(1, frames, 1, 1, 1)
    level = level * np.linspace(1, 0.3, batch).reshape(batch, 1, 1, 1, 1)
    return (rng.uniform(0, 255, shape) * level).astype("float32")


def run(step, clip, frames=1):
    """The scores after each step: (steps, B, classes)."""
    states, found = initial_states(step, len(clip)), []
    for t in range(0, clip.shape[1], frames):
        # Keras takes no dictionary of arrays and tensors.
        chunk = keras.ops.convert_to_tensor(clip[:, t : t + frames])
        outputs = step({"frames": chunk, **states}, training=False)
        found.append(np.asarray(outputs.pop("scores")))
        states = outputs
    return np.stack(found)


def check_equal(found, expected):
    """Equal, beside what differs from frame to frame, or clip to clip."""
    varies = np.ptp(expected, axis=0).max()
    assert varies > 1e-3
    np.testing.assert_allclose(found, expected, atol=1e-3 * varies, rtol=0)


@pytest.mark.parametrize("name", ["tsm_resnet_nano", "tsm_mobilenet_v2_nano"])
def test_after_each_frame_it_is_the_clip_network(name):
    online, clip = network(name, online_shift=True), clip_of(4)
    found = run(stream(online), clip)
    expected = [online(clip[:, : t + 1], training=False) for t in range(4)]
    check_equal(found, np.stack(expected))


def test_average_over_the_last_frames():
    online, clip = network("tsm_resnet_nano", online_shift=True), clip_of(4)
    alone = run(stream(online, last=1), clip)
    found = run(stream(online, last=3), clip)
    expected = [alone[max(0, t - 2) : t + 1].mean(axis=0) for t in range(4)]
    check_equal(found, np.stack(expected))


def test_a_frame_knows_the_past_and_not_the_future():
    step = stream(network("tsm_resnet_nano", online_shift=True), last=1)
    clip = clip_of(3)
    other = clip.copy()
    other[:, 1] = 0
    before, changed = run(step, clip), run(step, other)
    np.testing.assert_array_equal(before[0], changed[0])
    assert np.abs(before[2] - changed[2]).max() > 1e-3 * np.ptp(before)


def test_to_online_shares_weights_and_says_something_else():
    both = network("tsm_resnet_nano", frames=4)
    online, clip = to_online(both), clip_of(4)
    # The same as one that was built so.
    built = network("tsm_resnet_nano", frames=4, online_shift=True)
    built.set_weights(both.get_weights())
    expected = np.asarray(built(clip, training=False))
    np.testing.assert_array_equal(online(clip, training=False), expected)
    assert np.abs(both(clip, training=False) - expected).max() > 1e-3
    assert all(
        a is b for a, b in zip(both.weights, online.weights, strict=True)
    )
    shifts = [x for x in both.layers if isinstance(x, TemporalShift)]
    assert shifts and not any(x.online for x in shifts)
    check_equal(run(stream(online), clip)[-1], expected)


def test_state_is_a_share_of_the_channels(tmp_path):
    model = kvideo.create_model("tsm_resnet_nano", online_shift=True)
    step = stream(model, last=8)
    states = initial_states(step, batch_size=3)
    # Stem and res2 to res5 of a nano: widths 16, 32, 64, 128 into the blocks.
    shapes = {name: tuple(x.shape) for name, x in states.items()}
    assert shapes == {
        "res2_block1_shift_state": (3, 1, 16, 16, 4),
        "res3_block1_shift_state": (3, 1, 16, 16, 8),
        "res4_block1_shift_state": (3, 1, 8, 8, 16),
        "res5_block1_shift_state": (3, 1, 4, 4, 32),
        "consensus_memory": (3, 8, 400),
        "consensus_count": (3, 1),
    }
    path = tmp_path / "step.keras"
    step.save(path)
    frames = np.random.default_rng(0).uniform(0, 255, (2, 1, 64, 64, 3))
    frames = keras.ops.convert_to_tensor(frames, "float32")
    inputs = {"frames": frames, **initial_states(step, 2)}
    twin = keras.saving.load_model(path)
    np.testing.assert_array_equal(
        twin(inputs, training=False)["scores"],
        step(inputs, training=False)["scores"],
    )


@pytest.mark.parametrize(
    "options",
    [
        {"lateral": "bplc_identity"},
        {"lateral": None, "quiet_input": "first_frame"},
        {"pathways": "busy"},
        {"pathways": "quiet", "fusion": "max"},
    ],
)
def test_pathways_of_bqn_stream_by_segments(options):
    both = network("bqn_nano", frames=9, **options)
    online, clip = to_online(both), clip_of(9)
    found = run(stream(online), clip, frames=3)
    check_equal(found[-1], np.asarray(online(clip, training=False)))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("bqn_nano", {}, "these layers need.*lateral2_busy"),
        ("tsm_resnet_nano", {}, "next frame: res2_block1_shift.*to_online"),
        ("i3d_resnet_nano", {}, "need several at once.*stem_conv"),
        (
            "tsm_resnet_nano",
            {"non_local": ("res3_block1",), "online_shift": True},
            "need several at once.*nonlocal",
        ),
    ],
)
def test_what_does_not_stream_is_refused(name, options, message):
    model = kvideo.create_model(name, **options)
    with pytest.raises(ValueError, match=message):
        stream(model)


def test_bad_arguments():
    model = kvideo.create_model(
        "tsm_resnet_nano", input_shape=(8, None, None, 3), online_shift=True
    )
    with pytest.raises(ValueError, match="H and W must be known"):
        stream(model)
    with pytest.raises(ValueError, match="must be a functional"):
        stream(keras.Sequential())
    with pytest.raises(ValueError, match="which has none"):
        to_online(kvideo.create_model("tsn_resnet_nano"))
    with pytest.raises(ValueError, match="shift_every=1"):
        kvideo.create_model("tsn_resnet_nano", online_shift=True)

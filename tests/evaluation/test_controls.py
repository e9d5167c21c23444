import numpy as np
import pytest

from kvideo.evaluation import (
    repeat_one_frame,
    reverse_frames,
    shuffle_frames,
)


@pytest.fixture
def clips():
    """(6, 9, 2, 2, 3): every value of a frame is its number in its clip."""
    numbers = np.arange(9, dtype="float32")[None, :, None, None, None]
    return np.broadcast_to(numbers, (6, 9, 2, 2, 3)).copy()


def orders(clips):
    """Frame numbers (B, T), after a check that frames stayed whole."""
    assert np.ptp(clips, axis=(2, 3, 4)).max() == 0
    return clips[:, :, 0, 0, 0].astype(int)


def test_every_clip_keeps_its_frames_in_an_order_of_its_own(clips):
    shuffled = orders(shuffle_frames(clips))
    np.testing.assert_array_equal(np.sort(shuffled), orders(clips))
    assert len({tuple(order) for order in shuffled}) == len(clips)


def test_segments_do_not_move_as_one(clips):
    shuffled = orders(shuffle_frames(clips)).reshape(6, 3, 3)
    assert not np.all(np.diff(shuffled, axis=2) == 1, axis=2).any()


def test_order_depends_on_seed_and_number_not_on_the_batch(clips):
    whole = shuffle_frames(clips, seed=3)
    parts = [shuffle_frames(clips[i : i + 4], i, seed=3) for i in (0, 4)]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    assert not np.array_equal(whole, shuffle_frames(clips, seed=4))


def test_repeated_frame_is_the_middle_one(clips):
    assert (orders(repeat_one_frame(clips)) == 4).all()
    assert repeat_one_frame(clips).dtype == clips.dtype


def test_reversed_frames_run_backwards(clips):
    np.testing.assert_array_equal(
        orders(reverse_frames(clips)), orders(clips)[:, ::-1]
    )
    assert reverse_frames(clips).flags.c_contiguous


@pytest.mark.parametrize("control", [shuffle_frames, reverse_frames])
def test_input_is_left_alone(control, clips):
    before = clips.copy()
    control(clips)[:] = -1
    np.testing.assert_array_equal(clips, before)


@pytest.mark.parametrize(
    "control", [shuffle_frames, repeat_one_frame, reverse_frames]
)
def test_a_single_clip_is_refused(control, clips):
    with pytest.raises(ValueError, match=r"clip\[None\]"):
        control(clips[0])

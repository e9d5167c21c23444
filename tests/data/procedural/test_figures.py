"""Figures: limbs keep their lengths, and do what the action says."""

import numpy as np
import pytest

from kvideo.data.procedural import figures

CLOCK = np.linspace(0, 1, 9)


def lengths(name):
    ends = figures.limbs(figures.ACTIONS[name][0](CLOCK))
    return np.linalg.norm(ends[:, 1] - ends[:, 0], axis=-1)


@pytest.mark.parametrize("name", sorted(set(figures.ACTIONS) - {"turn"}))
def test_limbs_keep_their_lengths(name):
    found = lengths(name)
    assert found.shape == (12, 9)
    np.testing.assert_allclose(found, found[:, :1].repeat(9, 1), atol=1e-6)
    np.testing.assert_allclose(found[0], figures.TORSO, atol=1e-6)


def hands(name, clock):
    ends = figures.limbs(figures.ACTIONS[name][0](np.array(clock)))
    return ends[[3, 8], 1]


def test_a_figure_that_reaches_ends_with_a_hand_above_its_head():
    high = hands("reach", [0.0, 1.0])[0][:, 1]
    assert high[1] > 0.9 and high[0] < 0.75


def test_a_figure_that_falls_ends_on_the_ground():
    pose = figures.fall(np.array([0.0, 1.0]))
    head = figures.limbs(pose)[1, 1][:, 1]
    assert head[0] > 0.8 and head[1] < 0.3


def test_a_figure_that_jumps_leaves_the_ground():
    feet = figures.limbs(figures.jump(np.array([0.0, 0.25])))[5, 1][:, 1]
    np.testing.assert_allclose(feet[0], 0, atol=1e-6)
    assert feet[1] > 0.3


def test_what_is_drawn_lies_on_the_limbs():
    frames = np.zeros((1, 64, 64, 3), np.float32)
    colours = np.zeros((12, 3), np.float32)
    colours[0] = 255  # the torso alone is seen
    pose = figures.wave(np.zeros(1))
    figures.draw_figure(
        frames, pose, np.array([[32.0, 32.0]]), 50, 1, colours, 0.04
    )
    # The middle of the torso, in heights above the ground: hip + half of it.
    up = figures.HIP_HEIGHT + figures.TORSO / 2
    row = int(32 + (0.5 - up) * 50)
    assert frames[0, row, 32].min() > 200
    assert frames[0, row, 8].max() == 0
    assert frames[0, 60:].max() == 0

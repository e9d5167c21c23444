"""Clips made of numbers: what moves is what the class says."""

import numpy as np
import pytest

from kvideo.data import class_names
from kvideo.data.procedural import (
    CLASSES,
    LEVELS,
    SceneConfig,
    TexturePool,
    render_scene,
    scenes,
    shapes,
)

POOL = TexturePool(number=16)
CLEAN = SceneConfig(num_frames=6, size=32, others=0, noise=0, shake=0)


def rendered(name, seed=0, config=CLEAN):
    return render_scene(name, np.random.default_rng(seed), POOL, config)


@pytest.mark.parametrize("name", CLASSES)
def test_a_clip_is_uint8_of_its_size_and_follows_from_the_seed(name):
    clip = rendered(name, config=SceneConfig(num_frames=5, size=48))
    assert (clip.shape, clip.dtype) == ((5, 48, 48, 3), np.uint8)
    np.testing.assert_array_equal(
        clip, rendered(name, config=SceneConfig(num_frames=5, size=48))
    )
    assert np.any(clip != rendered(name, 1, SceneConfig(5, 48)))


PAIRS = [
    (first, second)
    for first, (what, back) in scenes._PLAYED.items()
    for second, (other, forth) in scenes._PLAYED.items()
    if what == other
    and forth
    and not back
    and scenes._level(first) == scenes._level(second)
]


def test_there_are_ten_pairs():
    assert len(PAIRS) == 10


@pytest.mark.parametrize("first, second", PAIRS)
def test_the_second_of_a_pair_is_the_first_played_backwards(first, second):
    np.testing.assert_array_equal(rendered(first, 3), rendered(second, 3)[::-1])


@pytest.mark.parametrize(
    "name, axis, sign",
    [
        ("shape_right", 1, 1),
        ("shape_left", 1, -1),
        ("shape_down", 0, 1),
        ("shape_up", 0, -1),
    ],
)
def test_shapes_go_where_their_class_says(name, axis, sign):
    """Drawn alone on black, so that the shape is all that there is."""
    rng = np.random.default_rng(1)
    path = scenes._shape_path(rng, CLEAN)
    what, back = scenes._SHAPE[name]
    scenes._move(path, what, scenes._steady(rng, what, CLEAN))
    steps = np.diff(path[:, 1 - axis])[:: -1 if back else 1]
    assert np.all(steps * (-1 if back else 1) * sign > 0.2)
    # The path is what is drawn: the brightest point lies on it.
    frames = np.zeros((6, 32, 32, 3), np.float32)
    white = np.full((64, 64, 3), 255, np.uint8)
    shapes.draw(frames, white, np.ones((64, 64), np.float32), path)
    for frame, (x, y) in zip(frames, path[:, :2], strict=True):
        assert frame[int(y) % 32, int(x) % 32].max() > 250


def test_the_world_goes_the_other_way_than_the_camera():
    texture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), "uint8")
    path = np.tile([0.0, 0, 0, 1], (3, 1))
    path[:, 0] = [0, -4, -8]  # the world, for a camera that goes to the right
    frames = shapes.moving_texture(texture, path, 32)
    np.testing.assert_array_equal(frames[1][:, :-4], frames[0][:, 4:])
    what, back = scenes._CAMERA["camera_right"]
    assert (what, back) == ("x", False)


def test_a_still_clip_is_still():
    clip = rendered("still")
    np.testing.assert_array_equal(clip, clip[:1].repeat(len(clip), 0))


CLOCK = np.linspace(-0.5, 0.5, 1001)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_to_and_fro_turns_round_twice_for_each_time(times):
    way = scenes._to_and_fro(CLOCK, times, 0.3)
    turns = np.count_nonzero(np.diff(np.sign(np.diff(way))))
    assert turns == 2 * times
    assert not scenes._to_and_fro(CLOCK, 0, 0.3).any()


def test_ever_faster_gains_speed_steadily_and_never_turns_round():
    speed = np.gradient(scenes._ever_faster(CLOCK), CLOCK)
    np.testing.assert_allclose(speed[[0, -1]], [0.2, 1.8], atol=0.01)
    assert np.all(np.diff(speed[1:-1]) > 0)


def test_the_list_of_names_is_that_of_the_classes():
    assert class_names("motion") == list(CLASSES)
    assert sum(map(len, LEVELS.values())) == len(CLASSES) == 33


def test_pictures_become_textures():
    picture = np.full((70, 90, 3), (9, 99, 199), np.uint8)
    pool = TexturePool(number=4, images=[picture])
    assert np.all(pool.textures[0] == (9, 99, 199))
    assert np.any(pool.textures[1] != pool.textures[0])


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: rendered("dance"), "`class_name` must be one of camera_right"),
        (lambda: SceneConfig(num_frames=1), "`num_frames` must be at least 2"),
        (lambda: SceneConfig(noise=float("nan")), "`noise` must be at least"),
        (lambda: TexturePool(number=0), "`number` must be 1 or more"),
        (
            lambda: TexturePool(images=[np.zeros((8, 80, 3), np.uint8)]),
            "`images` must be uint8",
        ),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()

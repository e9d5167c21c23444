"""The classes of procedural clips, and how a clip of each is made.

Four families, which are the levels of a progression: the camera moves over a
surface; a shape moves, turns or changes size; it does so faster and faster, or
to and fro a number of times; a figure does an action. Other shapes wander
behind it and before it. A clip is seen as it is or, for the second class of a
pair, from its end to its beginning; places and angles wrap around and are drawn
uniformly. So no frame alone tells the class of the first three families. The
pose of a figure often does, as in videos.
"""

import dataclasses

import numpy as np

from kvideo.data.procedural import figures, shapes
from kvideo.data.procedural.textures import SIZE

# What moves in each class, and whether the clip is played backwards.
_CAMERA = {
    "camera_right": ("x", False),
    "camera_left": ("x", True),
    "camera_down": ("y", False),
    "camera_up": ("y", True),
    "camera_clockwise": ("angle", False),
    "camera_anticlockwise": ("angle", True),
    "camera_closer": ("size", False),
    "camera_away": ("size", True),
}
_SHAPE = {
    "shape_right": ("x", False),
    "shape_left": ("x", True),
    "shape_down": ("y", False),
    "shape_up": ("y", True),
    "shape_clockwise": ("angle", False),
    "shape_anticlockwise": ("angle", True),
    "shape_grows": ("size", False),
    "shape_shrinks": ("size", True),
}
_TEMPO = {
    "faster": ("faster", False),
    "slower": ("faster", True),
    "to_and_fro_once": (1, False),
    "to_and_fro_twice": (2, False),
    "to_and_fro_three_times": (3, False),
    "still": (0, False),
}
_FIGURE = {
    **{name: (name, False) for name in figures.ACTIONS},
    "get_up": ("fall", True),
}
LEVELS = {
    "camera": tuple(_CAMERA),
    "shape": tuple(_SHAPE),
    "tempo": tuple(_TEMPO),
    "figure": tuple(_FIGURE),
}
CLASSES = tuple(name for level in LEVELS.values() for name in level)
_PLAYED = {**_CAMERA, **_SHAPE, **_TEMPO, **_FIGURE}
_AXES = ("x", "y", "angle", "size")
# Slowest and fastest, for each frame: pixels of 64, turns, logarithm of size.
_SPEEDS = {
    "x": (0.6, 6.0),
    "y": (0.6, 6.0),
    "angle": (0.01, 0.1),
    "size": (0.012, 0.09),
}
# Cycles, or share of what happens once, for each frame.
_FIGURE_SPEEDS = (0.03, 0.13)
_RADII = (7.0, 24.0)


@dataclasses.dataclass(frozen=True)
class SceneConfig:
    """What all clips of a data set share.

    Attributes:
        num_frames: T, at least 2.
        size: Side of the frames in pixels, at least 16.
        others: Up to how many more shapes wander in a clip.
        noise: Largest standard deviation of pixel noise, in grey levels.
        shake: Largest shaking of the camera, in pixels of 64.
    """

    num_frames: int = 12
    size: int = 64
    others: int = 2
    noise: float = 12.0
    shake: float = 0.6

    def __post_init__(self):
        for name, least in (
            ("num_frames", 2),
            ("size", 16),
            ("others", 0),
            ("noise", 0),
            ("shake", 0),
        ):
            value = getattr(self, name)
            if not value >= least:
                raise ValueError(
                    f"`{name}` must be at least {least}. "
                    f"Received: {name}={value!r}"
                )


def render_scene(class_name, rng, pool, config=None):
    """Renders one clip.

    Args:
        class_name: One of `CLASSES`.
        rng: `numpy.random.Generator`.
        pool: A `TexturePool`.
        config: A `SceneConfig`.

    Returns:
        uint8 `(T, size, size, 3)`, RGB.

    Raises:
        ValueError: An unknown class.
    """
    if class_name not in _PLAYED:
        raise ValueError(
            f"`class_name` must be one of {', '.join(CLASSES)}. "
            f"Received: class_name={class_name!r}"
        )
    config = config or SceneConfig()
    what, backwards = _PLAYED[class_name]
    frames = _RENDER[_level(class_name)](what, rng, pool, config)
    noise = rng.uniform(0, config.noise)
    if noise:
        frames += noise * rng.standard_normal(
            (*frames.shape[:3], 1), np.float32
        )
    frames = np.clip(frames, 0, 255).astype(np.uint8)
    return frames[::-1] if backwards else frames


def _level(class_name):
    return next(name for name, of in LEVELS.items() if class_name in of)


# -- the families --------------------------------------------------------------


def _camera_moves(axis, rng, pool, config):
    path = _shaken(_camera_path(rng, config), rng, config)
    column = _AXES.index(axis)
    if axis == "size":
        # Closer: a pixel is ever less of the texture.
        path[:, 3] *= np.exp(-_steady(rng, axis, config))
    else:
        # The world goes the other way than the camera.
        path[:, column] -= _steady(rng, axis, config) * (
            1 if axis == "angle" else path[:, 3]
        )
    frames = shapes.moving_texture(pool.draw(rng), path, config.size)
    for _ in range(rng.integers(config.others + 1)):
        # What stands in the world moves with it, where the camera only pans.
        if axis in ("x", "y"):
            _stand(frames, rng, pool, path, config)
    return frames


def _shape_moves(axis, rng, pool, config):
    frames = _background(rng, pool, config)
    _wanderers(frames, rng, pool, config)
    path = _shape_path(rng, config)
    _move(path, axis, _steady(rng, axis, config))
    _draw_shape(frames, rng, pool, path)
    _one_before_it(frames, rng, pool, config)
    return frames


def _tempo_changes(what, rng, pool, config):
    frames = _background(rng, pool, config)
    _wanderers(frames, rng, pool, config)
    path, clock = _shape_path(rng, config), _clock(config)
    axis = _AXES[rng.integers(4)]
    reach = _speed(rng, axis) * config.num_frames
    direction = 1 - 2 * rng.integers(2)
    if what == "faster":
        way = _ever_faster(clock)
    else:
        way = _to_and_fro(clock, what, rng.uniform(0, 2 * np.pi))
    _move(path, axis, direction * reach * way)
    _draw_shape(frames, rng, pool, path)
    _one_before_it(frames, rng, pool, config)
    return frames


def _ever_faster(clock):
    """Speed from 0.2 of the mean to 1.8 of it, for a clock of -0.5 to 0.5."""
    return (clock + 0.5) + 0.2 * ((clock * 2) ** 2 - 1)


def _to_and_fro(clock, times, phase):
    """So many whole swings in a clip; none is stillness."""
    return np.sin(2 * np.pi * times * clock + phase) / 4 * bool(times)


def _figure_acts(action, rng, pool, config):
    frames = _background(rng, pool, config)
    _wanderers(frames, rng, pool, config)
    pose, once = figures.ACTIONS[action]
    clock = _clock(config) * config.num_frames
    clock = clock * np.exp(rng.uniform(*np.log(_FIGURE_SPEEDS)))
    # What happens once happens in the clip, whole or in part.
    clock = clock + (0.5 if once else rng.random())
    height = config.size * rng.uniform(0.4, 0.85)
    start = rng.uniform(0.3, 0.7, 2) * config.size
    sway = config.shake * _wander(rng, config, 2)
    colours = _clothes(rng)
    figures.draw_figure(
        frames,
        pose(clock),
        start + sway,
        height,
        1 - 2 * rng.integers(2),
        colours,
        rng.uniform(0.03, 0.055),
    )
    _one_before_it(frames, rng, pool, config)
    return frames


_RENDER = {
    "camera": _camera_moves,
    "shape": _shape_moves,
    "tempo": _tempo_changes,
    "figure": _figure_acts,
}


# -- paths ---------------------------------------------------------------------


def _clock(config):
    return np.linspace(-0.5, 0.5, config.num_frames)


def _speed(rng, axis):
    """A speed for each frame; small ones as often as large ones."""
    return np.exp(rng.uniform(*np.log(_SPEEDS[axis])))


def _steady(rng, axis, config):
    """How far a thing has come in each frame, `(T,)`, 0 in the middle."""
    return _clock(config) * (config.num_frames - 1) * _speed(rng, axis)


def _shape_path(rng, config):
    """A place anywhere, `(T, 4)`: still, but for a little wandering."""
    scale = config.size / SIZE
    radius = scale * np.exp(rng.uniform(*np.log(_RADII)))
    middle = [*rng.uniform(0, config.size, 2), rng.random(), radius]
    path = np.tile(middle, (config.num_frames, 1))
    path[:, :2] += config.shake * scale * _wander(rng, config, 2)
    return path


def _move(path, axis, way):
    """Adds a movement in pixels of 64, turns, or logarithm of size."""
    if axis == "size":
        low, high = np.log(_RADII[0] / 2), np.log(_RADII[1] * 1.2)
        # A shape that is largest begins anew at the smallest.
        size = np.log(path[:, 3]) + way
        path[:, 3] = np.exp(low + (size - low) % (high - low))
    else:
        path[:, _AXES.index(axis)] += way


def _camera_path(rng, config):
    scale = np.exp(rng.uniform(np.log(0.25), np.log(1.25))) * SIZE / config.size
    middle = [*rng.uniform(0, SIZE, 2), rng.random(), scale]
    return np.tile(middle, (config.num_frames, 1))


def _shaken(path, rng, config):
    path[:, :2] += rng.uniform(0, config.shake) * _wander(rng, config, 2)
    return path


def _wander(rng, config, count):
    """Smooth movement without a meaning, `(T, count)`; alike backwards."""
    rate, phase = rng.uniform(0.3, 2, count), rng.random(count)
    turns = _clock(config)[:, None] * rate + phase
    return 2 * np.sin(2 * np.pi * turns)


# -- things --------------------------------------------------------------------


def _background(rng, pool, config):
    path = _shaken(_camera_path(rng, config), rng, config)
    return shapes.moving_texture(pool.draw(rng), path, config.size)


def _draw_shape(frames, rng, pool, path):
    shapes.draw(frames, pool.draw(rng), shapes.outline(rng), path)


def _wanderers(frames, rng, pool, config):
    """Shapes of which nothing is asked."""
    for _ in range(rng.integers(config.others + 1)):
        path = _shape_path(rng, config)
        path[:, :2] += 3 * _wander(rng, config, 2)
        path[:, 3] *= 0.6
        _draw_shape(frames, rng, pool, path)


def _one_before_it(frames, rng, pool, config):
    """Now and then something hides a part of what the class is about."""
    if config.others and rng.random() < 0.4:
        _wanderers(frames, rng, pool, dataclasses.replace(config, others=1))


def _stand(frames, rng, pool, camera, config):
    path = _shape_path(rng, config)
    path[:, :2] += (camera[:, :2] - camera[0, :2]) / camera[0, 3]
    _draw_shape(frames, rng, pool, path)


def _clothes(rng):
    """Colours of the limbs: skin, top and trousers."""
    skin, top, trousers = rng.uniform(0, 255, (3, 3))
    sleeves = top if rng.random() < 0.7 else skin
    side = [sleeves, skin, trousers, trousers, trousers]
    return np.array([top, skin, *side, *side], np.float32)

"""The *motion* data set: eight classes that no single frame can tell apart.

A textured sprite moves (left, right, up, down), turns (clockwise,
anticlockwise) or changes size (grow, shrink) on a textured background. Two
properties make time the only evidence:

- Place, angle and logarithm of size are drawn uniformly and *wrap around*: a
  sprite that leaves on the left returns on the right, and one that has grown
  to the largest size starts again at the smallest. So every frame of every
  class has the same distribution, whatever its number.
- The second class of each pair is the first one played backwards, so a pair
  shares its frames, its noise and its camera, and differs in order alone.

Needs NumPy and PyAV, not TensorFlow.
"""

import concurrent.futures
import dataclasses
import difflib
import json
import os
import pathlib
import zlib

import numpy as np

from kvideo.data import decode, sprites
from kvideo.files import write_atomically

NUM_FRAMES = 50
FRAME_SIZE = 96
FPS = 25

# What moves in each class, and whether the clip is played backwards.
_MOTIONS = {
    "grow": ("size", False),
    "move_down": ("y", False),
    "move_left": ("x", True),
    "move_right": ("x", False),
    "move_up": ("y", True),
    "shrink": ("size", True),
    "turn_anticlockwise": ("angle", True),
    "turn_clockwise": ("angle", False),
}
MOTION_CLASSES = tuple(_MOTIONS)
# What each class becomes when a clip is mirrored left to right.
MOTION_SWAPS = {
    "move_left": "move_right",
    "move_right": "move_left",
    "turn_anticlockwise": "turn_clockwise",
    "turn_clockwise": "turn_anticlockwise",
}
# What each class becomes when a clip is played backwards.
MOTION_REVERSALS = {
    name: other
    for name, (moving, _) in _MOTIONS.items()
    for other, (same, _) in _MOTIONS.items()
    if moving == same and name != other
}


@dataclasses.dataclass(frozen=True)
class MotionLevel:
    """How hard the data set is. Lengths are in frame widths.

    Attributes:
        tempos: ranges of the distance covered in a clip, in frame widths,
            turns, or sweeps from the smallest to the largest size. Each clip
            draws one of the ranges, then a distance within it.
        noise: standard deviation of the pixel noise, in grey levels of 255.
        shake: standard deviation of the camera's place.
        drift: largest distance that the camera pans in a clip.
        wander: standard deviation of a smooth meaningless motion of the
            sprite (place, angle in turns, and size in sweeps).
        contrast: opacity of the sprites, from 0 to 1.
        distractors: number of small sprites that wander without meaning.
    """

    tempos: tuple = ((0.8, 1.6),)
    noise: float = 4.0
    shake: float = 0.004
    drift: float = 0.0
    wander: float = 0.0
    contrast: float = 1.0
    distractors: int = 0


MOTION_LEVELS = {
    "easy": MotionLevel(noise=0.0, shake=0.0),
    "normal": MotionLevel(),
    "noise": MotionLevel(noise=30.0),
    "tempo": MotionLevel(tempos=((0.15, 0.3), (1.2, 2.0))),
    "camera": MotionLevel(shake=0.01, drift=1.0),
    "distractors": MotionLevel(distractors=4),
    "hard": MotionLevel(
        tempos=((0.2, 0.4), (0.6, 1.4)),
        noise=15.0,
        shake=0.01,
        drift=0.5,
        wander=0.02,
        contrast=0.7,
        distractors=3,
    ),
}


def render_motion_video(class_name, seed, level="normal", times=None):
    """Renders one clip of the motion data set.

    Args:
        class_name: one of `MOTION_CLASSES`.
        seed: integer, `numpy.random.SeedSequence` or `Generator`. The same
            seed draws the same clip for both classes of a pair, one played
            backwards.
        level: a name in `MOTION_LEVELS`, or a `MotionLevel`.
        times: seconds of the frames from the first, `(n,)`, rising: the same
            movement as a camera of another rate has it, with other noise.
            `None`: 50, at 25 frames a second.

    Returns:
        uint8 array `(n, 96, 96, 3)`, RGB.
    """
    moving, backwards = _MOTIONS[_known(class_name, _MOTIONS, "class_name")]
    level = _as_level(level)
    rng = np.random.default_rng(seed)
    clock = _clock(times, backwards)
    camera = _camera(rng, level, clock)
    frames = sprites.background(rng, FRAME_SIZE, camera)
    for _ in range(level.distractors):
        path = _distractor_path(rng, clock)
        sprites.draw(frames, rng, path, camera, level.contrast)
    path = _sprite_path(rng, level, moving, clock)
    sprites.draw(frames, rng, path, camera, level.contrast)
    if level.noise:
        shape = (*frames.shape[:3], 1)
        frames += level.noise * rng.standard_normal(shape, np.float32)
    frames = np.clip(np.rint(frames), 0, 255).astype(np.uint8)
    return frames[::-1] if backwards else frames


def write_motion_dataset(
    directory, splits=None, seed=0, level="normal", workers=None
):
    """Writes the motion data set as `directory/<split>/<class>/*.mp4`.

    H.264 files (`yuv420p`, 96x96, 25 frames a second, 2 s). Equal arguments
    give equal files. `manifest.json` records them: a complete set is left as
    it is, an interrupted one is completed, other splits are added, and a set
    with another seed or level is replaced (only the files that its manifest
    stands for are removed).

    Args:
        directory: folder to write to; made if missing.
        splits: names of the splits with the number of videos *per class*.
            Defaults to `{"train": 40, "test": 10}`.
        seed: integer from 0.
        level: a name in `MOTION_LEVELS`.
        workers: number of threads. Defaults to the number of CPUs.

    Returns:
        List of the paths of all files, as `pathlib.Path`.

    Raises:
        ValueError: unknown level, bad number of videos, or a directory that
            cannot be written to.
    """
    directory = pathlib.Path(directory)
    splits = _checked_splits(splits or {"train": 40, "test": 10})
    level = _known(level, MOTION_LEVELS, "level")
    wanted = {"version": 1, "seed": seed, "level": level, "splits": splits}
    paths = _paths(directory, splits)
    try:
        wanted, complete = _prepare(directory, wanted)
        if complete:
            return paths
        whole = _paths(directory, wanted["splits"])
        _write_missing(whole, seed, level, workers)
        _write_manifest(directory, wanted | {"complete": True})
    except OSError as error:
        raise ValueError(
            "`directory` should be a folder that can be written to "
            f"({error}). Choose another one, or change its permissions. "
            f"Received: directory={directory}"
        ) from error
    return paths


# -- what moves ----------------------------------------------------------------


def _clock(times, backwards):
    """When the frames are, `(n,)`: from -0.5 to 0.5 in 49 steps of 1 / 25 s.

    Those of a clip that is played backwards are in the order before that.
    """
    if times is None:
        return np.linspace(-0.5, 0.5, NUM_FRAMES)
    clock = np.asarray(times) * FPS / (NUM_FRAMES - 1) - 0.5
    return -clock[::-1] if backwards else clock


def _camera(rng, level, clock):
    """Place of the camera in each frame, `(n, 2)`, in frame widths."""
    drift = rng.uniform(-level.drift, level.drift, 2)
    shake = level.shake * _wander(rng, 2, (4, 10), clock)
    return rng.uniform(0, 1, 2) + np.outer(clock, drift) + shake


def _sprite_path(rng, level, moving, clock):
    """x, y, angle (turns), size (sweeps) of each frame: `(n, 4)`, unbounded.

    The renderer wraps each around at 1.
    """
    low, high = level.tempos[rng.integers(len(level.tempos))]
    speed = np.zeros(4)
    speed[["x", "y", "angle", "size"].index(moving)] = rng.uniform(low, high)
    still = rng.uniform(0, 1, 4)
    return (
        still
        + np.outer(clock, speed)
        + level.wander * _wander(rng, 4, (0.5, 2), clock)
    )


def _distractor_path(rng, clock):
    path = rng.uniform(0, 1, 4) + 0.06 * _wander(rng, 4, (0.5, 2), clock)
    path[:, 3] = 0.05  # small
    return path


def _wander(rng, count, cycles, clock):
    """Smooth random motion, `(n, count)`, of unit standard deviation.

    Two sine waves of random phase: stationary, and alike when played
    backwards, so it tells nothing about the class.
    """
    waves = (2, 1, count)
    rate = rng.uniform(*cycles, waves)
    phase = rng.uniform(0, 1, waves)
    turns = rate * clock[None, :, None] + phase
    return np.sin(2 * np.pi * turns).sum(axis=0)


# -- files ---------------------------------------------------------------------


def _paths(directory, splits):
    return [
        directory / split / name / f"{name}_{index:04d}.mp4"
        for split, count in splits.items()
        for name in MOTION_CLASSES
        for index in range(count)
    ]


def _prepare(directory, wanted):
    """Makes the folders.

    Returns:
        What the set is going to be, and whether it is there already.
    """
    manifest = directory / "manifest.json"
    found = json.loads(manifest.read_text()) if manifest.is_file() else {}
    complete = found.pop("complete", False)
    before = found.pop("splits", {})
    if found == {k: v for k, v in wanted.items() if k != "splits"}:
        wanted = wanted | {"splits": before | wanted["splits"]}
        same = {*_paths(directory, before)}
    else:
        same = set()
    whole = _paths(directory, wanted["splits"])
    if same == {*whole}:
        return wanted, complete and all(path.is_file() for path in whole)
    for path in {*_paths(directory, before), *whole} - (same & {*whole}):
        path.unlink(missing_ok=True)
    for split in wanted["splits"]:
        for name in MOTION_CLASSES:
            (directory / split / name).mkdir(parents=True, exist_ok=True)
    _write_manifest(directory, wanted | {"complete": False})
    return wanted, False


def _write_manifest(directory, content):
    text = json.dumps(content, indent=2) + "\n"
    write_atomically(directory / "manifest.json", text.encode())


def _write_missing(paths, seed, level, workers):
    def write(path):
        if not path.is_file():
            frames = render_motion_video(
                path.parent.name, _file_seed(path, seed), level
            )
            decode.write_video(path, frames, FPS, options=_ENCODER)

    # Threads: NumPy and the encoder both release the interpreter lock.
    with concurrent.futures.ThreadPoolExecutor(
        workers or os.cpu_count()
    ) as pool:
        for _ in pool.map(write, paths):
            pass


_ENCODER = {"crf": "18", "preset": "veryfast"}


def _file_seed(path, seed):
    """The seed of one file, from the set's seed, split, class and number."""
    split, name = path.parts[-3:-1]
    index = int(path.stem.rsplit("_", 1)[1])
    return np.random.SeedSequence(
        (seed, zlib.crc32(split.encode()), MOTION_CLASSES.index(name), index)
    )


# -- arguments -----------------------------------------------------------------


def _known(name, table, argument):
    if name in table:
        return name
    near = difflib.get_close_matches(str(name), table, n=1, cutoff=0)
    raise ValueError(
        f"`{argument}` should be one of {', '.join(table)}. Did you mean "
        f"{near[0]!r}? Received: {argument}={name!r}"
    )


def _as_level(level):
    if isinstance(level, MotionLevel):
        return level
    return MOTION_LEVELS[_known(level, MOTION_LEVELS, "level")]


def _checked_splits(splits):
    for name, count in splits.items():
        if not isinstance(count, int) or count < 1:
            raise ValueError(
                "`splits` should give each split a positive number of videos "
                f"per class. Received: splits={splits}"
            )
        if name in ("", ".", "..") or pathlib.Path(name).name != name:
            raise ValueError(
                "`splits` should be named by plain folder names. "
                f"Received: splits={splits}"
            )
    return splits

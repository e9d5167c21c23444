import json
import subprocess
import sys

import numpy as np
import pytest

from kvideo.data import decode, sprites, synthetic

PAIRS = [
    ("move_right", "move_left"),
    ("move_down", "move_up"),
    ("turn_clockwise", "turn_anticlockwise"),
    ("grow", "shrink"),
]


def test_needs_no_tensorflow():
    code = (
        "import sys, types\n"
        "sys.modules['tensorflow'] = None\n"
        "package = types.ModuleType('kvideo')\n"
        "package.__path__ = ['kvideo']\n"
        "sys.modules['kvideo'] = package\n"
        "from kvideo.data import decode, sampling, synthetic, transforms\n"
        "synthetic.render_motion_video('grow', 0)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_same_seed_draws_the_same_clip():
    first = synthetic.render_motion_video("grow", 3)
    again = synthetic.render_motion_video("grow", 3)
    other = synthetic.render_motion_video("grow", 4)
    assert first.shape == (50, 96, 96, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.5


@pytest.mark.parametrize(("forwards", "backwards"), PAIRS)
def test_a_pair_differs_in_order_alone(forwards, backwards):
    assert synthetic.MOTION_REVERSALS[forwards] == backwards
    assert synthetic.MOTION_REVERSALS[backwards] == forwards
    np.testing.assert_array_equal(
        synthetic.render_motion_video(forwards, 1, "hard"),
        synthetic.render_motion_video(backwards, 1, "hard")[::-1],
    )


# -- no single frame tells the class -------------------------------------------


@pytest.fixture
def plain(monkeypatch):
    """Two frames a clip, its ends, where a start or a goal would show.

    The sprite is a disc, white on one side and grey on the other, on black:
    its place, angle and size can be read off the frame. Textures and colours
    are drawn without a look at the class.
    """
    line = np.linspace(-1, 1, 160)
    x, y = np.meshgrid(line, line)
    disc = np.zeros((160, 160, 4), np.float32)
    disc[..., :3] = np.where(x > 0, 255, 127)[..., None]
    disc[..., 3] = np.hypot(x, y) < 0.9
    monkeypatch.setattr(synthetic, "NUM_FRAMES", 2)
    monkeypatch.setattr(sprites, "random_sprite", lambda rng: disc.copy())
    monkeypatch.setattr(
        sprites,
        "background",
        lambda rng, size, camera: np.zeros((2, size, size, 3), np.float32),
    )


def _statistics(name, frame, seeds, level="normal"):
    """Mean image, place, angle and area of single frames: `(videos, 23)`."""
    rows = []
    for seed in seeds:
        clip = synthetic.render_motion_video(name, seed, level)
        image = clip[frame, ..., 0].astype(float)
        blocks = image.reshape(4, 24, 4, 24).mean(axis=(1, 3)).ravel()
        place = np.array(_place(image > 64))
        towards = np.angle(_place(image > 191) / place)
        facing = towards / np.hypot(*towards)
        area = (image > 64).mean()
        rows.append([*blocks, *place.real, *place.imag, *facing, area])
    return np.array(rows)


def _place(mask):
    """x and y of a shape on the torus, as points of the unit circle."""
    turns = np.exp(2j * np.pi * np.arange(96) / 96)
    sums = [turns @ mask.sum(axis=axis) for axis in (0, 1)]
    return np.array([s / abs(s) for s in sums])


def _largest_z(a, b):
    gap = a.mean(axis=0) - b.mean(axis=0)
    variance = a.var(axis=0) / len(a) + b.var(axis=0) / len(b)
    return np.abs(gap / np.sqrt(variance)).max()


@pytest.mark.parametrize("frame", [0, 1])
def test_one_frame_has_the_same_distribution_in_all_classes(plain, frame):
    table = [
        _statistics(name, frame, range(1000 * label, 1000 * label + 200))
        for label, name in enumerate(synthetic.MOTION_CLASSES)
    ]
    for label in range(len(table)):
        others = np.concatenate(table[:label] + table[label + 1 :])
        # 368 comparisons in all: 4.5 standard errors by chance are one run
        # in 400, and the seeds are fixed.
        assert _largest_z(table[label], others) < 4.5


@pytest.mark.parametrize("part", ["x", "angle", "size"])
def test_the_statistics_would_notice_a_start(plain, monkeypatch, part):
    seeds = range(200)
    fair = _statistics("grow", 0, seeds)
    shrunk = np.ones(4)
    shrunk[["x", "y", "angle", "size"].index(part)] = 0.5
    path = synthetic._sprite_path
    monkeypatch.setattr(
        synthetic, "_sprite_path", lambda *args: (path(*args) % 1) * shrunk
    )
    monkeypatch.setattr(synthetic, "_camera", lambda *args: np.zeros((2, 2)))
    assert _largest_z(fair, _statistics("grow", 0, seeds)) > 4.5


# -- the frames together do ----------------------------------------------------


def _flow(frames, mask, moving):
    """Median over time of the motion along one of four flow fields.

    Least squares of the brightness constancy equation, around the sprite.
    """
    grid = (np.arange(96) + 0.5) / 96 - 0.5
    y, x = np.meshgrid(grid, grid, indexing="ij")
    one, zero = np.ones_like(x), np.zeros_like(x)
    u, v = {
        "x": (one, zero),
        "y": (zero, one),
        "angle": (-y, x),
        "size": (x, y),
    }[moving]
    estimates = []
    for now, then, shape in zip(frames, frames[1:], mask, strict=False):
        shift = _to_centre(shape)
        now, then = (np.roll(f, shift, axis=(0, 1)) for f in (now, then))
        dy, dx = np.gradient((now + then) / 2)
        along = u * dx + v * dy
        estimates.append(-np.sum((then - now) * along) / np.sum(along**2))
    return np.median(estimates)


def _to_centre(mask):
    """The roll that brings a sprite on the torus to the middle."""
    turns = np.exp(2j * np.pi * np.arange(96) / 96)
    sums = [np.angle(turns @ mask.sum(axis=axis)) for axis in (1, 0)]
    return [48 - round(96 * s / (2 * np.pi)) for s in sums]


def _foreground(name, seed, monkeypatch):
    """Grey frames with the background taken off, and where the sprite is."""
    frames = synthetic.render_motion_video(name, seed, "easy").astype(float)
    with monkeypatch.context() as patch:
        patch.setattr(sprites, "draw", lambda *args: None)
        empty = synthetic.render_motion_video(name, seed, "easy")
    difference = frames - empty
    return difference.sum(axis=-1), np.abs(difference).max(axis=-1) > 3


@pytest.mark.parametrize(
    ("name", "moving", "sign"),
    [
        ("move_right", "x", 1),
        ("move_left", "x", -1),
        ("move_down", "y", 1),
        ("move_up", "y", -1),
        ("turn_clockwise", "angle", 1),
        ("turn_anticlockwise", "angle", -1),
        ("grow", "size", 1),
        ("shrink", "size", -1),
    ],
)
def test_the_motion_has_the_sign_of_its_class(name, moving, sign, monkeypatch):
    for seed in range(4):
        frames, mask = _foreground(name, seed, monkeypatch)
        assert np.sign(_flow(frames, mask, moving)) == sign


@pytest.mark.parametrize("level", synthetic.MOTION_LEVELS)
def test_levels_differ_from_the_easy_one(level):
    clip = synthetic.render_motion_video("grow", 0, level)
    easy = synthetic.render_motion_video("grow", 0, "easy")
    assert clip.shape == easy.shape
    assert np.array_equal(clip, easy) == (level == "easy")


# -- files ---------------------------------------------------------------------


def _bytes(directory):
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*.mp4")
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("motion")
    paths = synthetic.write_motion_dataset(
        folder, {"train": 1, "test": 1}, seed=7, workers=2
    )
    return folder, paths


def test_writes_real_files_in_split_and_class_folders(written):
    folder, paths = written
    assert len(paths) == 16
    assert paths[0] == folder / "train" / "grow" / "grow_0000.mp4"
    assert all(decode.count_frames(path) == 50 for path in paths)
    clip = decode.read_frames(paths[3], range(50))
    assert clip.shape == (50, 96, 96, 3)
    assert len(set(_bytes(folder).values())) == 16
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest == {
        "version": 1,
        "seed": 7,
        "level": "normal",
        "splits": {"train": 1, "test": 1},
        "complete": True,
    }


def test_the_same_seed_writes_the_same_bytes(written, tmp_path):
    synthetic.write_motion_dataset(tmp_path, {"test": 1}, seed=7, workers=1)
    first = _bytes(written[0])
    again = _bytes(tmp_path)
    assert again == {name: first[name] for name in again}
    synthetic.write_motion_dataset(tmp_path, {"test": 1}, seed=8)
    other = _bytes(tmp_path)
    assert other.keys() == again.keys()
    assert all(other[name] != again[name] for name in other)


def test_a_complete_set_is_left_and_an_interrupted_one_completed(
    tmp_path, monkeypatch
):
    write, written = decode.write_video, []

    def interrupted(path, *args, **kwargs):
        if len(written) == 5:
            raise KeyboardInterrupt
        written.append(path)
        write(path, *args, **kwargs)

    options = {"splits": {"train": 1}, "level": "easy", "workers": 1}
    monkeypatch.setattr(decode, "write_video", interrupted)
    with pytest.raises(KeyboardInterrupt):
        synthetic.write_motion_dataset(tmp_path, **options)
    assert len(list(tmp_path.rglob("*.mp4"))) == 5

    seen = []
    monkeypatch.setattr(
        decode,
        "write_video",
        lambda path, *args, **kwargs: (
            seen.append(path),
            write(path, *args, **kwargs),
        ),
    )
    synthetic.write_motion_dataset(tmp_path, **options)
    assert len(seen) == 3
    synthetic.write_motion_dataset(tmp_path, **options)
    assert len(seen) == 3


def test_other_arguments_replace_the_set_and_nothing_else(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(
        decode, "write_video", lambda path, *args, **kwargs: path.touch()
    )
    monkeypatch.setattr(synthetic, "render_motion_video", lambda *args: None)
    mine = tmp_path / "train" / "grow" / "holiday.mp4"
    synthetic.write_motion_dataset(tmp_path, {"train": 2})
    mine.touch()
    synthetic.write_motion_dataset(tmp_path, {"train": 1}, seed=1)
    names = sorted(path.name for path in mine.parent.iterdir())
    assert names == ["grow_0000.mp4", "holiday.mp4"]


def test_unknown_names_answer_with_the_nearest():
    with pytest.raises(ValueError, match=r"'move_left'.*'move_lfet'"):
        synthetic.render_motion_video("move_lfet", 0)
    with pytest.raises(ValueError, match=r"'camera'.*level='camra'"):
        synthetic.render_motion_video("grow", 0, "camra")


def test_bad_splits_and_folders(tmp_path):
    for splits in ({"train": 0}, {"train": 1.5}, {"a/b": 1}, {"..": 1}):
        with pytest.raises(ValueError, match="splits="):
            synthetic.write_motion_dataset(tmp_path, splits)
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="can be written to"):
        synthetic.write_motion_dataset(tmp_path / "file" / "motion")


def test_other_splits_are_added_and_the_first_ones_stay(tmp_path):
    options = {"level": "easy", "workers": 1}
    [first, *_] = synthetic.write_motion_dataset(
        tmp_path, {"test": 1}, **options
    )
    before = first.stat().st_mtime_ns
    more = synthetic.write_motion_dataset(tmp_path, {"train": 1}, **options)
    assert len(more) == 8 and all(path.is_file() for path in more)
    assert first.stat().st_mtime_ns == before
    # Asked for alone, a split leaves the other where it is.
    synthetic.write_motion_dataset(tmp_path, {"test": 1}, **options)
    assert more[0].is_file() and first.stat().st_mtime_ns == before
    two = synthetic.write_motion_dataset(tmp_path, {"test": 2}, **options)
    assert len(two) == 16 and first.stat().st_mtime_ns == before
    synthetic.write_motion_dataset(tmp_path, {"test": 1}, **options)
    assert sum(path.is_file() for path in two) == 8


@pytest.mark.parametrize("name", ["move_left", "turn_clockwise"])
def test_the_same_movement_at_other_instants(name):
    """One class is played backwards, and both begin with their first frame."""
    times = np.arange(50) / 25

    def film(times=None):
        film = synthetic.render_motion_video(name, 5, "easy", times)
        return film.astype(float)

    usual = film()
    for found, expected in (
        (film(times), usual),
        (film(np.arange(100) / 50)[::2], usual),
        (film(times[[0, 3, 40]]), usual[[0, 3, 40]]),
    ):
        # A place that is rounded the other way is another pixel.
        assert np.abs(found - expected).mean() < 0.1
    assert np.abs(usual[3] - usual[0]).mean() > 1

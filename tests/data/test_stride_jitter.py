import numpy as np
import pytest

from kvideo.data import (
    ClipSpec,
    Listing,
    VideoPyDataset,
    sampling,
    stride_jitter,
    video_dataset,
)
from kvideo.data.loader import generator
from tests.support.videos import frame_numbers, write_folder

DENSE = ClipSpec(4, (16, 24), "dense", frame_stride=2)


class Drawn:
    """Random numbers that are known: the factor's, then that of the place."""

    def __init__(self, share, place=0):
        self.share, self.place = share, place

    def random(self):
        return self.share

    def integers(self, high, size=None):
        place = min(self.place, high - 1)
        return place if size is None else np.full(size, place)


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        # The sampler takes 0 2 4 6 of every frame, of every second one, ...
        (1, [0, 2, 4, 6]),
        (2, [0, 4, 8, 12]),
        (0.5, [0, 1, 2, 3]),
        (1.5, [0, 3, 6, 9]),
        (0.25, [0, 0, 1, 1]),
    ],
)
def test_strides_by_hand(factor, expected):
    jitter = (factor, factor)
    found = stride_jitter.sample(40, DENSE, Drawn(0), jitter)
    assert found.tolist() == expected


def test_places_by_hand():
    """Of 40 frames every second one: 20, of which a clip takes 8."""
    found = stride_jitter.sample(40, DENSE, Drawn(0, place=12), (2, 2))
    assert found.tolist() == [24, 28, 32, 36]


def test_segments_keep_their_places_and_change_their_steps():
    """Of 24 frames, 22 first frames, 11 a part; of every second one 12 frames,
    10 first ones, 5 a part."""
    spec = ClipSpec(6, (16, 24), "segment", frames_per_segment=3)
    found = stride_jitter.sample(24, spec, Drawn(0), (1, 1))
    assert found.tolist() == [0, 1, 2, 11, 12, 13]
    found = stride_jitter.sample(24, spec, Drawn(0), (2, 2))
    assert found.tolist() == [0, 2, 4, 10, 12, 14]


def test_half_and_twice_are_as_likely():
    found = [
        stride_jitter.sample(90, DENSE, Drawn(share), (0.5, 2))[-1] / 6
        for share in (0, 0.5, 1)
    ]
    assert found == [0.5, 1, 2]


def test_a_video_never_becomes_too_short():
    """A clip of 7 frames of 10 takes a factor of 1.5 at most, of 5 none."""
    spec = ClipSpec(4, (16, 24), "dense", frame_stride=2, short_video="error")
    found = stride_jitter.sample(10, spec, Drawn(1), (0.5, 4))
    assert found.tolist() == [0, 3, 6, 9]
    assert stride_jitter.sample(5, spec, Drawn(0), (0.5, 4)).tolist() == [
        *(0, 1, 2, 3),
    ]
    with pytest.raises(ValueError, match="has 5 frames"):
        stride_jitter.sample(5, spec, Drawn(1), (0.5, 4))
    with pytest.raises(ValueError, match="has 5 frames"):
        stride_jitter.sample(5, spec, Drawn(1), (2, 4))


def test_any_video_gives_its_frames():
    rng = np.random.default_rng(0)
    for _ in range(300):
        sampler = rng.choice(["dense", "consecutive", "segment"])
        spec = ClipSpec(6, 8, str(sampler), 3, int(rng.integers(1, 4)))
        number = int(rng.integers(1, 40))
        found = stride_jitter.sample(number, spec, rng, (0.3, 3))
        assert found.shape == (6,)
        assert found.min() >= 0 and found.max() < number
        if number >= sampling.needed(spec):
            steps = np.diff(found.reshape(-1, 3), axis=1)
            assert (steps >= 0).all()


@pytest.mark.parametrize(
    "jitter", [0.5, (1,), (0, 1), (2, 1), (1, float("inf")), ("a", 2), "12"]
)
def test_what_is_no_range(jitter):
    with pytest.raises(ValueError, match=r"such as \(0.5, 2\)\. Received"):
        stride_jitter.checked(jitter, DENSE)


@pytest.mark.parametrize("sampler", ["segment", "uniform"])
def test_single_frames_over_the_video_have_no_stride(sampler):
    spec = ClipSpec(4, (16, 24), sampler)
    assert stride_jitter.checked(None, spec) is None
    with pytest.raises(ValueError, match="have no stride"):
        stride_jitter.checked((0.5, 2), spec)


@pytest.fixture(scope="module")
def listing(tmp_path_factory):
    folder = write_folder(
        tmp_path_factory.mktemp("jitter"), per_class=2, frames=20
    )
    paths = sorted(str(path) for path in folder.rglob("*.mp4"))
    return Listing(paths, [0, 0, 1, 1], ["jump", "run"])


OPTIONS = {
    "batch_size": 1,
    "seed": 3,
    "crop": {"scales": (1.0,)},
    "clip_spec": DENSE,
    "verbose": False,
}


def clips(data):
    return [frame_numbers(np.asarray(clip[0])) for clip, _ in data]


def test_clips_follow_from_seed_epoch_and_file(listing, tmp_path):
    """Whoever makes the batches, cached or not."""
    options = OPTIONS | {"stride_jitter": [0.5, 2], "shuffle": False}
    options |= {"training": True}
    expected = []
    for epoch in (0, 1):
        for file in range(4):
            rng = generator(3, epoch, file)
            numbers = stride_jitter.sample(20, DENSE, rng, (0.5, 2))
            expected.append(numbers.tolist())
    assert len({tuple(np.diff(numbers)) for numbers in expected}) > 3
    for cache in (None, tmp_path / "cache"):
        data = video_dataset(listing, cache_dir=cache, **options)
        first, second = clips(data), clips(data)
        assert np.abs(np.subtract(first + second, expected)).max() <= (
            0 if cache is None else 2
        )
    twin = VideoPyDataset(listing, **options)
    assert clips(twin) + clips(twin) == expected


def test_tests_are_at_the_stride(listing):
    options = OPTIONS | {"shuffle": False}
    still = clips(video_dataset(listing, **options))
    found = clips(video_dataset(listing, stride_jitter=(2, 2), **options))
    assert found == still == [[6, 8, 10, 12]] * 4

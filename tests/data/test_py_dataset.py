import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest

from kvideo.data import VideoPyDataset, video_dataset
from kvideo.data.listing import Listing, list_videos
from tests.support.videos import write_folder, write_numbered_video

SMALL = {"num_frames": 4, "frame_size": (7, 9), "batch_size": 2, "seed": 3}
SMALL |= {"verbose": False}


@pytest.fixture(scope="module")
def listing(tmp_path_factory):
    return list_videos(write_folder(tmp_path_factory.mktemp("v"), frames=6))


def _passes(dataset, number):
    """The batches of some passes."""
    return [batch for _ in range(number) for batch in dataset]


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest", "area"])
def test_same_clips_as_tf_data_in_every_epoch(listing, interpolation):
    options = SMALL | {"interpolation": interpolation, "initial_epoch": 1}
    ours = _passes(VideoPyDataset(listing, **options), 2)
    theirs = _passes(video_dataset(listing, **options), 2)
    assert len(ours) == len(theirs) == 6
    assert ours[0][0].tobytes() != ours[3][0].tobytes()
    # `area` is the one that NumPy and TensorFlow sum in another order.
    tolerance = 1e-4 if interpolation == "area" else 0
    for (clips, labels), (wanted, targets) in zip(ours, theirs, strict=True):
        assert clips.dtype == np.float32
        np.testing.assert_allclose(clips, wanted, rtol=0, atol=tolerance)
        np.testing.assert_array_equal(labels, targets)


def test_subsets_and_label_modes(listing):
    options = SMALL | {"validation_split": 0.4, "subset": "validation"}
    for label_mode in ("int", "categorical", "binary", None):
        ours = VideoPyDataset(listing, label_mode=label_mode, **options)
        theirs = video_dataset(listing, label_mode=label_mode, **options)
        assert ours.file_paths == theirs.file_paths
        assert ours.class_names == ["jump", "run"]
        [one], [other] = list(ours), list(theirs)
        for values, wanted in zip(
            keras.tree.flatten(one), keras.tree.flatten(other), strict=True
        ):
            np.testing.assert_array_equal(values, wanted)
            assert values.dtype == wanted.numpy().dtype


def test_several_labels(listing):
    two = Listing(
        listing.file_paths,
        {"verb": [0, 1, 2, 0, 1, 2], "noun": [1, 0, 1, 0, 1, 0]},
        {"verb": ["a", "b", "c"], "noun": ["d", "e"]},
    )
    options = SMALL | {"shuffle": False, "label_mode": "categorical"}
    _, labels = VideoPyDataset(two, **options)[1]
    _, wanted = list(video_dataset(two, **options))[1]
    assert labels.keys() == wanted.keys() == {"verb", "noun"}
    assert labels["verb"].tolist() == [[0, 0, 1], [1, 0, 0]]
    assert labels["noun"].tolist() == [[0, 1], [1, 0]]
    for key, values in wanted.items():
        np.testing.assert_array_equal(labels[key], values)


@pytest.mark.filterwarnings("ignore:Epoch 0. 3 of 5")
def test_broken_files_are_left_out(tmp_path):
    paths = [str(tmp_path / f"{number}.mp4") for number in range(5)]
    for number in (1, 4):
        write_numbered_video(tmp_path / f"{number}.mp4", 5, tag=10 * number)
    options = SMALL | {"shuffle": False}
    dataset = VideoPyDataset(Listing(paths), **options)
    batches = list(dataset)
    # The second batch has no readable file: it repeats the third.
    assert [len(clips) for clips in batches] == [1, 1, 1]
    tags = [clips[0, 0, 0, 0, 2] for clips in batches]
    assert tags == [10, 40, 40]
    assert list(dataset.broken_files) == [paths[i] for i in (0, 2, 3)]
    assert dataset.batch_paths(0, 0) == [paths[1]]
    with pytest.raises(ValueError, match="None of the 2 video files"):
        list(VideoPyDataset(Listing([paths[0], paths[2]]), **options))


class Recorder(keras.Model):
    """Learns nothing; keeps the clips of each training step."""

    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(2)
        self.seen = []

    def call(self, clips):
        return self.head(keras.ops.mean(clips, axis=(1, 2, 3)))

    def train_step(self, data):
        self.seen.append(data[0].numpy().tobytes())
        return super().train_step(data)


@pytest.mark.parametrize("workers", [1, 3])
def test_fit_sees_the_epochs_of_a_plain_loop(listing, workers):
    options = SMALL | {"num_parallel_calls": workers}
    model = Recorder()
    model.compile("sgd", "mse", run_eagerly=True)
    data = VideoPyDataset(listing, label_mode="categorical", **options)
    model.fit(data, epochs=3, verbose=0, shuffle=False)
    plain = _passes(VideoPyDataset(listing, **options), 3)
    assert model.seen == [clips.tobytes() for clips, _ in plain]


def test_set_epoch(listing):
    dataset = VideoPyDataset(listing, **SMALL)
    second = _passes(dataset, 2)[3:]
    dataset.set_epoch(1)
    assert len(second) == 3
    for (clips, _), (wanted, _) in zip(dataset, second, strict=True):
        np.testing.assert_array_equal(clips, wanted)


def test_bad_arguments(listing):
    split = {"validation_split": 0.4, "subset": "both"}
    with pytest.raises(ValueError, match="subset='both'"):
        VideoPyDataset(listing, **(SMALL | split))
    with pytest.raises(ValueError, match="batch_size=None"):
        VideoPyDataset(listing, **(SMALL | {"batch_size": None}))


@pytest.mark.parametrize(
    "backend", ["jax", pytest.param("torch", marks=pytest.mark.slow)]
)
def test_other_backends_train_without_tensorflow(listing, backend, tmp_path):
    pytest.importorskip(backend)
    expected = tmp_path / "clips.npy"
    clips, _ = next(iter(video_dataset(listing, **SMALL)))
    np.save(expected, clips)
    code = f"""
        import sys
        sys.modules["tensorflow"] = None  # importing it raises ImportError
        import keras, numpy as np
        from kvideo.data import VideoPyDataset, open_listing
        listing = open_listing({str(_root(listing))!r})
        data = VideoPyDataset(listing, num_parallel_calls=2, **{SMALL!r})
        np.testing.assert_array_equal(data[0][0], np.load({str(expected)!r}))
        model = keras.Sequential(
            [keras.layers.GlobalAveragePooling3D(), keras.layers.Dense(2)]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", loss)
        model.fit(data, epochs=2, shuffle=False, verbose=0)
        assert model.optimizer.iterations == 2 * 3
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={"KERAS_BACKEND": backend, "PATH": ""},
        check=True,
        timeout=200,
    )


def _root(listing):
    return listing.file_paths[0].rsplit("/", 2)[0]

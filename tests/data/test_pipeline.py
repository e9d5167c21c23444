import keras
import numpy as np
import pytest
import tensorflow as tf

from kvideo.data import load_clip, video_dataset_from_directory
from kvideo.data.spec import ClipSpec
from tests.support.videos import write_folder, write_numbered_video

SMALL = {"num_frames": 4, "frame_size": 8, "batch_size": 2, "verbose": False}
FIXED = {"shuffle": False, **SMALL}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("videos"))


@pytest.fixture
def broken_folder(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "run" / "1.mp4").write_bytes(b"no video")
    return tmp_path


def _clips(dataset):
    return np.concatenate([clips for clips, _ in dataset])


def _tags(clips):
    """Which file each clip is from."""
    return (np.asarray(clips)[:, 0, 0, 0, 2] / 10).astype(int).tolist()


# -- what comes out ------------------------------------------------------------


def test_clips_labels_and_attributes(folder):
    dataset = video_dataset_from_directory(folder, **FIXED)
    clips, labels = next(iter(dataset))
    assert clips.shape == (2, 4, 8, 8, 3)
    assert clips.dtype == tf.float32
    assert labels.dtype == tf.int32
    assert dataset.element_spec[0].shape == (None, 4, 8, 8, 3)
    assert dataset.class_names == ["jump", "run"]
    assert dataset.labels == [0, 0, 0, 1, 1, 1]
    assert [p.split("/")[-2] for p in dataset.file_paths] == (
        ["jump"] * 3 + ["run"] * 3
    )
    assert dataset.clip_spec == ClipSpec(4, (8, 8))
    assert len(dataset) == 3
    found = np.concatenate([labels for _, labels in dataset])
    assert found.tolist() == dataset.labels
    assert _tags(_clips(dataset)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "spec",
    [
        ClipSpec(4, (8, 8)),
        ClipSpec(6, (5, 9), frames_per_segment=3, interpolation="area"),
        ClipSpec(3, (8, 8), sampler="dense", frame_stride=2, resize_to=11),
        ClipSpec(12, (16, 24), sampler="uniform", short_video="repeat_last"),
        ClipSpec(2, (7, 7), crop_to_aspect_ratio=False),
    ],
)
def test_test_mode_equals_load_clip_bit_for_bit(folder, spec):
    dataset = video_dataset_from_directory(
        folder, clip_spec=spec, shuffle=False, batch_size=2, verbose=False
    )
    clips = [load_clip(path, spec) for path in dataset.file_paths]
    np.testing.assert_array_equal(_clips(dataset), clips)


def test_label_modes(folder):
    def first(**options):
        dataset = video_dataset_from_directory(folder, **FIXED, **options)
        return list(dataset)[-1]

    assert first(label_mode="int")[1].numpy().tolist() == [1, 1]
    binary = first(label_mode="binary")[1]
    assert binary.dtype == tf.float32
    assert binary.numpy().tolist() == [[1], [1]]
    one_hot = first(label_mode="categorical")[1]
    assert one_hot.dtype == tf.float32
    assert one_hot.numpy().tolist() == [[0, 1], [0, 1]]
    for nothing in ({"label_mode": None}, {"labels": None}):
        assert first(**nothing).shape == (2, 4, 8, 8, 3)


def test_labels_given_as_a_list(folder):
    dataset = video_dataset_from_directory(
        folder, labels=[2, 0, 1, 1, 0, 2], **FIXED
    )
    found = np.concatenate([labels for _, labels in dataset])
    assert found.tolist() == [2, 0, 1, 1, 0, 2]
    assert dataset.class_names == ["0", "1", "2"]


def test_single_clips(folder):
    options = FIXED | {"batch_size": None}
    dataset = video_dataset_from_directory(folder, **options)
    assert [clip.shape for clip, _ in dataset] == [(4, 8, 8, 3)] * 6
    assert len(dataset) == 6


def test_prints_what_it_found(folder, capsys):
    options = SMALL | {"verbose": True, "horizontal_flip": False}
    video_dataset_from_directory(folder, **options)
    assert capsys.readouterr().out == "Found 6 files belonging to 2 classes.\n"
    video_dataset_from_directory(folder, labels=None, **options)
    assert capsys.readouterr().out == "Found 6 files.\n"
    video_dataset_from_directory(
        folder, validation_split=0.4, subset="both", seed=0, **options
    )
    assert "Using 4 files for training.\nUsing 2 files for validation.\n" in (
        capsys.readouterr().out
    )


# -- splits --------------------------------------------------------------------


def test_subsets_share_no_file_and_only_training_is_random(folder):
    options = SMALL | {"validation_split": 0.4, "seed": 1}
    train, held_out = video_dataset_from_directory(
        folder, subset="both", **options
    )
    assert len(train.file_paths) == 4
    assert len(held_out.file_paths) == 2
    assert not set(train.file_paths) & set(held_out.file_paths)
    alone = video_dataset_from_directory(folder, subset="validation", **options)
    assert alone.file_paths == held_out.file_paths
    first, second = _clips(held_out), _clips(held_out)
    np.testing.assert_array_equal(first, second)
    expected = [load_clip(p, held_out.clip_spec) for p in held_out.file_paths]
    np.testing.assert_array_equal(first, expected)
    assert (_clips(train) != _clips(train)).any()


def test_training_can_be_set_against_the_default(folder):
    options = SMALL | {"seed": 0}
    fixed = video_dataset_from_directory(folder, training=False, **options)
    in_order = np.argsort(_tags(_clips(fixed)))
    again = np.argsort(_tags(second := _clips(fixed)))
    assert in_order.tolist() != again.tolist()  # shuffled
    clips = [load_clip(p, fixed.clip_spec) for p in sorted(fixed.file_paths)]
    np.testing.assert_array_equal(second[again], clips)
    random = video_dataset_from_directory(folder, training=True, **FIXED)
    assert (_clips(random) != _clips(random)).any()


# -- the same data again -------------------------------------------------------


def test_passes_are_epochs_and_epochs_can_be_resumed(folder):
    def clips(initial_epoch, passes, **options):
        dataset = video_dataset_from_directory(
            folder, seed=3, initial_epoch=initial_epoch, **SMALL, **options
        )
        return [_clips(dataset) for _ in range(passes)]

    through = clips(0, 4)
    assert len({clip.tobytes() for clip in through}) == 4
    for initial_epoch in (1, 3):
        resumed = clips(initial_epoch, 4 - initial_epoch)
        np.testing.assert_array_equal(resumed, through[initial_epoch:])
    np.testing.assert_array_equal(
        clips(0, 2, num_parallel_calls=1), through[:2]
    )
    np.testing.assert_array_equal(
        clips(0, 2, num_parallel_calls=8), through[:2]
    )


def test_a_file_draws_other_numbers_than_the_order_and_its_neighbours():
    from kvideo.data.loader import generator

    places = [None, 0, 1, 2]
    draws = {generator(0, 5, place).integers(2**62) for place in places}
    assert len(draws) == len(places)


def test_iterators_that_are_dropped_count_no_epoch(folder):
    def make():
        return video_dataset_from_directory(folder, seed=3, **SMALL)

    first, second = make(), make()
    expected = [_clips(first), _clips(first)]
    found = []
    for _ in range(2):
        iter(second)
        found.append(_clips(second))
        iter(second)
    np.testing.assert_array_equal(found, expected)


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


def _fit(folder, initial_epoch, epochs, strategy=None, fixed=False):
    """What `fit` sees in each of its epochs."""
    train, held_out = video_dataset_from_directory(
        folder,
        validation_split=0.2,
        subset="both",
        seed=4,
        initial_epoch=initial_epoch,
        **SMALL,
    )
    with (strategy or tf.distribute.get_strategy()).scope():
        model = Recorder()
        model.compile("sgd", "mse", run_eagerly=True)
    callback = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: fixed and train.set_epoch(epoch)
    )
    model.fit(
        train,
        validation_data=held_out,
        initial_epoch=initial_epoch,
        epochs=epochs,
        verbose=0,
        callbacks=[callback],
    )
    return model.seen


@pytest.mark.filterwarnings("error:Your input ran out of data")
def test_a_resumed_fit_sees_the_epochs_of_an_uninterrupted_one(folder):
    through = _fit(folder, 0, 4)
    assert len(through) == len(set(through)) == 4 * 3
    assert _fit(folder, 2, 4) == through[2 * 3 :]
    train, _ = video_dataset_from_directory(
        folder, validation_split=0.2, subset="both", seed=4, **SMALL
    )
    plain = [c.numpy().tobytes() for _ in range(4) for c, _ in train]
    assert plain == through


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_set_epoch_keeps_count_where_batches_are_taken_ahead(folder):
    through = _fit(folder, 0, 3)
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    assert _fit(folder, 0, 3, strategy, fixed=True) == through


# -- broken files --------------------------------------------------------------


def test_broken_files_are_skipped_counted_and_named(broken_folder):
    dataset = video_dataset_from_directory(broken_folder, **FIXED)
    assert dataset.broken_files == {}
    for epoch in range(2):
        with pytest.warns(
            UserWarning, match=rf"Epoch {epoch}: 1 of 6[^|]*run/1\.mp4 \(Inv"
        ) as caught:
            batches = list(dataset)
        assert len(caught) == 1
    assert [_tags(clips) for clips, _ in batches] == [[0, 1], [2, 3], [5]]
    labels = np.concatenate([labels for _, labels in batches])
    assert labels.tolist() == [0, 0, 0, 1, 1]
    [(path, reason)] = dataset.broken_files.items()
    assert path.endswith("run/1.mp4")
    assert "Invalid data" in reason


@pytest.mark.filterwarnings("ignore:Epoch")
def test_a_batch_without_a_readable_file_is_left_out(broken_folder):
    for batch_size in (1, None):
        options = FIXED | {"batch_size": batch_size}
        dataset = video_dataset_from_directory(broken_folder, **options)
        clips = [np.reshape(c, (1, 4, 8, 8, 3)) for c, _ in dataset]
        assert _tags(np.concatenate(clips)) == [0, 1, 2, 3, 5]


@pytest.mark.filterwarnings("error:Your input ran out of data")
def test_fit_goes_on_without_a_broken_file(broken_folder):
    dataset = video_dataset_from_directory(broken_folder, seed=0, **SMALL)
    model = keras.Sequential(
        [keras.layers.GlobalAveragePooling3D(), keras.layers.Dense(2)]
    )
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="Epoch 1: 1 of 6"):
        model.fit(dataset, epochs=2, verbose=0)


def test_on_error_raise(broken_folder):
    dataset = video_dataset_from_directory(
        broken_folder, on_error="raise", **FIXED
    )
    with pytest.raises(tf.errors.OpError, match=r"run/1\.mp4"):
        list(dataset)


def test_nothing_readable_is_an_error(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.mp4").touch()
    dataset = video_dataset_from_directory(tmp_path, **FIXED)
    with pytest.raises(tf.errors.OpError, match="None of the 2 video files"):
        list(dataset)


# -- flips ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def directions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("directions")
    return write_folder(folder, ("move_left", "move_right", "stop"))


def _flips(dataset):
    """(label, whether the clip is mirrored) of many clips."""
    return [
        (int(label), bool(clip[0, 0, 0, 1] > clip[0, 0, -1, 1]))
        for _ in range(6)
        for clips, labels in dataset
        for clip, label in zip(clips, labels, strict=True)
    ]


def test_flips_are_off_where_a_direction_has_no_partner(
    directions, folder, capsys
):
    options = SMALL | {"seed": 0, "verbose": True}
    dataset = video_dataset_from_directory(
        directions, class_names=["move_left", "stop"], **options
    )
    assert "not mirrored" in capsys.readouterr().out
    assert {flipped for _, flipped in _flips(dataset)} == {False}
    dataset = video_dataset_from_directory(folder, **options)
    assert "not mirrored" not in capsys.readouterr().out
    assert {flipped for _, flipped in _flips(dataset)} == {False, True}
    off = video_dataset_from_directory(folder, horizontal_flip=False, **options)
    assert {flipped for _, flipped in _flips(off)} == {False}


@pytest.mark.parametrize(
    "horizontal_flip", ["auto", {"move_left": "move_right"}]
)
def test_mirrored_clips_change_their_label(directions, horizontal_flip):
    dataset = video_dataset_from_directory(
        directions,
        horizontal_flip=horizontal_flip,
        seed=0,
        training=True,
        **FIXED,
    )
    truth = dataset.labels * 6
    swapped = {0: 1, 1: 0, 2: 2}
    found = _flips(dataset)
    assert {flipped for _, flipped in found} == {False, True}
    for (label, flipped), true in zip(found, truth, strict=True):
        assert label == (swapped[true] if flipped else true)


# -- bad input -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": "infered"}, "labels='infered'"),
        ({"label_mode": "sparse"}, "label_mode='sparse'"),
        ({"labels": None, "class_names": ["run"]}, "class_names="),
        ({"class_names": ["run"]}, "At least 2 classes"),
        ({"class_names": ["run", "walk"]}, "Expected: "),
        ({"validation_split": 0.2}, "subset=None"),
        ({"subset": "training"}, "validation_split=None"),
        ({"validation_split": 2, "subset": "both"}, "validation_split=2"),
        ({"validation_split": 0.2, "subset": "test"}, "subset='test'"),
        ({"validation_split": 0.2, "subset": "both"}, "pass a `seed`"),
        (
            {"validation_split": 0.1, "subset": "both", "seed": 0},
            "No files are left for validation",
        ),
        ({"horizontal_flip": "yes"}, "horizontal_flip='yes'"),
        ({"horizontal_flip": {"run": "walk"}}, "unknown class"),
        ({"crop": {"scales": (1.5,)}}, "crop.scales="),
        ({"crop": "short_side", "frame_size": 257}, "short_sides="),
        ({"on_error": "ignore"}, "ignore"),
        ({"num_frames": 8, "frames_per_segment": 3}, "multiple of"),
        ({"batch_size": 0}, "batch_size=0"),
    ],
)
def test_bad_arguments(folder, options, message):
    with pytest.raises(ValueError, match=message):
        video_dataset_from_directory(folder, **(SMALL | options))


def test_binary_labels_need_two_classes(directions):
    with pytest.raises(ValueError, match="exactly 2 classes"):
        video_dataset_from_directory(directions, label_mode="binary", **SMALL)


def test_a_short_video_can_be_an_error(tmp_path):
    for name in ("a", "b"):
        write_numbered_video(tmp_path / name / "1.mp4", 3)
    dataset = video_dataset_from_directory(
        tmp_path, short_video="error", **FIXED
    )
    with pytest.raises(tf.errors.OpError, match="3 frames"):
        list(dataset)

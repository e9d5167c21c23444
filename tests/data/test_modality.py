"""Flow through the data set: what differs from video files."""

import numpy as np
import pytest

from kvideo.data import ClipSpec, load_clip, video_dataset_from_directory
from kvideo.data.decode import VideoDecodeError
from kvideo.data.modality import MODALITIES
from tests.support.videos import write_flow_folder, write_numbered_video

SMALL = {
    "num_frames": 4,
    "frame_size": 16,
    "batch_size": 2,
    "modality": "flow",
    "verbose": False,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Left halves of x say which folder, y says which field."""
    directory = tmp_path_factory.mktemp("flow")
    for index, name in enumerate(("jump/1", "jump/2", "run/1", "run/2")):
        write_flow_folder(directory / name, 12, tag=10 * index)
    return directory


def test_clips_labels_and_attributes(folder):
    dataset = video_dataset_from_directory(folder, shuffle=False, **SMALL)
    assert dataset.element_spec[0].shape == (None, 4, 16, 16, 2)
    assert dataset.class_names == ["jump", "run"]
    assert dataset.clip_spec.modality == "flow"
    clips, labels = zip(*dataset, strict=True)
    clips = np.concatenate(clips)
    assert clips.dtype == np.float32
    assert np.concatenate(labels).tolist() == [0, 0, 1, 1]
    assert clips[:, 0, 0, 0, 0].tolist() == [0, 10, 20, 30]
    assert (clips[:, :, :, 8:, 0] == 200).all()
    # The sampler's frames: the middles of four parts of twelve.
    assert clips[0, :, 0, 0, 1].tolist() == [1, 4, 7, 10]


def test_test_mode_equals_load_clip(folder):
    spec = ClipSpec(3, (8, 12), sampler="dense", modality="flow")
    dataset = video_dataset_from_directory(
        folder, clip_spec=spec, batch_size=4, shuffle=False, verbose=False
    )
    ((clips, _),) = dataset
    loaded = [load_clip(path, spec) for path in dataset.file_paths]
    assert loaded[0].shape == (3, 8, 12, 2)
    np.testing.assert_array_equal(clips, loaded)


def test_training_turns_x_round_where_it_mirrors(folder):
    dataset = video_dataset_from_directory(
        folder,
        shuffle=False,
        training=True,
        crop={"scales": (1.0,)},
        **SMALL,
    )
    sides = set()
    for _ in range(4):
        clips = np.concatenate([clips for clips, _ in dataset])
        for index, clip in enumerate(clips):
            x = clip[..., 0]
            left, right = x[:, :, :8], x[:, :, 8:]
            mirrored = bool((left == 255 - 200).all())
            sides.add(mirrored)
            assert (left == (55 if mirrored else 10 * index)).all()
            assert (right == (255 - 10 * index if mirrored else 200)).all()
            assert (np.diff(clip[:, 0, 0, 1]) > 0).all()
    assert sides == {True, False}


def test_a_broken_folder_is_skipped(tmp_path):
    for name in ("a/1", "a/2", "b/1"):
        write_flow_folder(tmp_path / name, 4, tag=10)
    broken = tmp_path / "a" / "2" / "flow_x_00003.jpg"
    broken.write_bytes(b"no picture")
    dataset = video_dataset_from_directory(tmp_path, shuffle=False, **SMALL)
    with pytest.warns(
        UserWarning, match=r"flow_x_00003\.jpg: it is no picture"
    ):
        clips = np.concatenate([clips for clips, _ in dataset])
    assert clips.shape == (2, 4, 16, 16, 2)
    assert list(dataset.broken_files) == [str(broken.parent)]
    with pytest.raises(VideoDecodeError, match=r"flow_x_00003\.jpg"):
        load_clip(broken.parent, dataset.clip_spec)


def test_a_folder_of_the_other_kind(tmp_path):
    write_flow_folder(tmp_path / "flow" / "a", 2)
    write_numbered_video(tmp_path / "rgb" / "a.mp4", 2)
    with pytest.raises(ValueError, match="No folders of flow images"):
        video_dataset_from_directory(tmp_path / "rgb", labels=None, **SMALL)
    rgb = SMALL | {"modality": "rgb"}
    with pytest.raises(ValueError, match="No video files"):
        video_dataset_from_directory(tmp_path / "flow", labels=None, **rgb)


def test_modalities():
    assert {name: m.channels for name, m in MODALITIES.items()} == {
        "rgb": 3,
        "flow": 2,
    }
    with pytest.raises(ValueError, match="rgb, flow"):
        ClipSpec(modality="depth")

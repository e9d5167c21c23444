import keras
import numpy as np
import pytest

from kvideo.data import ClipSpec, load_clip
from kvideo.data.decode import write_video
from kvideo.export import Card, comparison_clips, folder_clips


def model_of(shape):
    inputs = keras.Input(shape)
    return keras.Model(inputs, keras.layers.GlobalAveragePooling3D()(inputs))


@pytest.fixture(scope="module")
def card():
    spec = ClipSpec(num_frames=2, frame_size=(8, 8))
    return Card("tiny", ("a", "b"), spec.to_dict())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Five videos, each of one grey level."""
    folder = tmp_path_factory.mktemp("videos")
    for level in range(5):
        path = folder / f"class{level // 3}" / f"{level}.MP4"
        path.parent.mkdir(exist_ok=True)
        frames = np.full((4, 16, 16, 3), 40 * level, "uint8")
        write_video(path, frames)
    (folder / "readme.txt").write_text("no video")
    return folder


def test_clips_of_a_folder_are_spread_and_made_as_the_card_says(folder, card):
    clips = list(folder_clips(folder, card, 3))
    found = [round(clip.mean() / 40) for clip in clips]
    assert found == [0, 2, 4]
    spec = ClipSpec.from_dict(card.clip_spec)
    expected = load_clip(folder / "class1" / "4.MP4", spec)
    np.testing.assert_array_equal(clips[-1], expected)


def test_a_folder_with_fewer_videos_gives_each(folder, card):
    clips, words = comparison_clips(model_of((2, 8, 8, 3)), card, folder)
    assert clips.shape == (5, 2, 8, 8, 3)
    assert words == f"5 clips of the videos in {folder}"


def test_without_a_folder_the_clips_are_rendered(card):
    clips, words = comparison_clips(model_of((2, 8, 8, 3)), card)
    assert clips.shape == (8, 2, 8, 8, 3)
    assert words == "8 rendered clips of the motion data set"
    assert len({clip.tobytes() for clip in clips}) == 8


def test_optical_flow_has_noise(card):
    clips, words = comparison_clips(model_of((2, 8, 8, 2)), card, number=3)
    assert (clips.shape, words) == ((3, 2, 8, 8, 2), "3 clips of noise")
    assert 100 < clips.mean() < 155


def test_no_video_and_another_shape_are_refused(folder, card, tmp_path):
    with pytest.raises(FileNotFoundError, match="No video in"):
        next(folder_clips(tmp_path, card, 3))
    with pytest.raises(ValueError, match=r"takes, \(4, 8, 8, 3\)"):
        comparison_clips(model_of((4, 8, 8, 3)), card, folder)

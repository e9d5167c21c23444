import keras
import pytest

from kvideo.data import ClipSpec
from kvideo.data.measure import measure_rates
from tests.support.videos import write_folder, write_numbered_video

SPEC = ClipSpec(num_frames=2, frame_size=(8, 8))


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = write_folder(tmp_path_factory.mktemp("videos"), per_class=2)
    (folder / "run" / "broken.mp4").write_bytes(b"no video")
    return folder


def test_every_stage_is_measured(videos):
    network = keras.Sequential(
        [
            keras.Input((2, 8, 8, 3)),
            keras.layers.GlobalAveragePooling3D(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    network.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    rates = measure_rates(
        videos, SPEC, network, batch_size=2, num_parallel_calls=3
    )
    assert (rates.clips, rates.height, rates.width) == (4, 16, 24)
    assert (rates.num_frames, rates.num_parallel_calls) == (9, 3)
    assert (rates.clip_frames, rates.clip_size) == (2, (8, 8))
    for name in ("decode", "transform", "transfer", "cached", "store"):
        assert 0 < getattr(rates, name) < 10_000
    for name in ("dataset", "model", "together"):
        assert getattr(rates, name) > 0
    assert rates.key_frame_spacing >= 1


def test_some_files_stand_for_many(videos):
    # The first, the middle and the last, which is broken.
    rates = measure_rates(videos, SPEC, clips=3, batch_size=2)
    assert rates.clips == 2
    assert rates.model is None
    assert rates.together is None


def test_bad_arguments(tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with pytest.raises(ValueError, match="No video file can be read"):
        measure_rates(tmp_path, SPEC)
    write_numbered_video(tmp_path / "video.mp4", 2)
    with pytest.raises(ValueError, match="modality='flow'"):
        measure_rates(tmp_path, ClipSpec(modality="flow"))

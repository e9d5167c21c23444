import numpy as np
import pytest
import tensorflow as tf

from kvideo.data import ClipSpec, transforms
from kvideo.export import graph_clips

SIZES = [(16, 24), (24, 16), (17, 17), (5, 40), (40, 5), (1, 1)]
SPECS = {
    "largest box": {},
    "wide": {"frame_size": (6, 15)},
    "short side": {"frame_size": (10, 14), "resize_to": 16},
    "whole frame": {"crop_to_aspect_ratio": False},
    "nearest": {"interpolation": "nearest"},
    "area": {"interpolation": "area"},
}


@pytest.fixture(params=SPECS)
def spec(request):
    return ClipSpec(**{"frame_size": (12, 12)} | SPECS[request.param])


def test_frames_are_prepared_as_those_of_files(spec):
    rng = np.random.default_rng(0)
    for size in SIZES:
        frames = rng.integers(256, size=(2, *size, 3), dtype=np.uint8)
        box = transforms.centre_box(size, spec)
        expected = transforms.resize(
            transforms.crop(frames, box), spec.frame_size, spec.interpolation
        )
        found = graph_clips.prepare(tf.constant(frames), spec)
        assert found.dtype == tf.float32
        np.testing.assert_array_equal(found, expected)


def test_an_image_is_decoded_and_prepared():
    spec = ClipSpec(frame_size=(4, 8))
    frame = np.arange(6 * 20 * 3, dtype=np.uint8).reshape(6, 20, 3)
    found = graph_clips.decode(tf.io.encode_png(frame), spec)
    np.testing.assert_array_equal(
        found, graph_clips.prepare(tf.constant(frame[None]), spec)[0]
    )
    with pytest.raises(tf.errors.InvalidArgumentError):
        graph_clips.decode(b"no image", spec)

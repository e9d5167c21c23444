import numpy as np
import pytest

from kvideo.visualize import clip_to_uint8, film_strip, signed_to_uint8


@pytest.fixture
def clip():
    """(3, 4, 6, 3): frame t has the value 50 t everywhere."""
    values = 50 * np.arange(3, dtype="uint8")[:, None, None, None]
    return np.broadcast_to(values, (3, 4, 6, 3)).copy()


def test_frames_stand_in_order_with_gaps(clip):
    strip = film_strip(clip, height=8, gap=2)
    assert strip.shape == (8, 3 * 12 + 2 * 2, 3)
    assert strip.dtype == np.uint8
    np.testing.assert_array_equal(strip[4, [6, 20, 34], 0], [0, 50, 100])
    np.testing.assert_array_equal(strip[:, 12:14], 255)


def test_rows_of_other_sizes_and_lengths_fit(clip):
    strip = film_strip([clip, clip[:2, ::2, ::2]], height=8, gap=2)
    assert strip.shape == (8 + 2 + 8, 40, 3)
    assert strip[12, 34, 0] == 255
    assert strip[12, 20, 0] == 50


def test_titles_stand_above_their_rows(clip):
    plain = film_strip([clip, clip], height=40)
    titled = film_strip([clip, clip], [None, "Busy"], height=40)
    banner = titled.shape[0] - plain.shape[0]
    np.testing.assert_array_equal(titled[:44], plain[:44])
    assert titled[44 : 44 + banner].min() < 150
    np.testing.assert_array_equal(titled[44 + banner :], plain[44:])


def test_interpolations(clip):
    edge = np.zeros((1, 2, 2, 3), "uint8")
    edge[:, :, 1] = 200
    nearest = film_strip(edge, height=8)[0, :, 0]
    np.testing.assert_array_equal(nearest, [0] * 4 + [200] * 4)
    bilinear = film_strip(edge, height=8, interpolation="bilinear")[0, :, 0]
    np.testing.assert_array_equal(bilinear, [0, 0, 25, 75, 125, 175, 200, 200])


def test_signed_data_has_zero_at_mid_grey():
    busy = np.array([-0.5, 0.0, 0.25, 0.5])
    np.testing.assert_array_equal(signed_to_uint8(busy), [1, 128, 192, 255])
    np.testing.assert_array_equal(signed_to_uint8(np.zeros(2)), [128, 128])


def test_weak_signals_can_be_kept_weak():
    noise = np.array([-1e-6, 1e-6])
    np.testing.assert_array_equal(signed_to_uint8(noise), [1, 255])
    np.testing.assert_array_equal(signed_to_uint8(noise, 0.02), [128, 128])


def test_clips_are_rounded_and_clipped():
    clip = np.array([-3.0, 0.6, 254.4, 300.0])
    np.testing.assert_array_equal(clip_to_uint8(clip), [0, 1, 254, 255])


def test_what_is_not_a_picture_is_refused(clip):
    with pytest.raises(ValueError, match="dtype=float32"):
        film_strip(clip.astype("float32"))
    with pytest.raises(ValueError, match=r"shape=\(4, 6, 3\)"):
        film_strip(clip[0])
    with pytest.raises(ValueError, match="1 rows and 2 titles"):
        film_strip(clip, ["a", "b"])

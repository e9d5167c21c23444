import numpy as np
import pytest

from kvideo.visualize import contact_sheet


@pytest.fixture
def data():
    clips = np.full((5, 9, 8, 8, 3), 100, "float32")
    return clips, np.arange(5)


def test_page_has_the_clips_in_columns(data):
    one = contact_sheet(data, count=1, columns=1, frames=3)
    page = contact_sheet(data, count=5, columns=2, frames=3)
    height, width = one.shape[:2]
    assert width == 3 * 96 + 2 * 4
    assert page.shape == (3 * height + 2 * 16, 2 * width + 16, 3)
    # The sixth place stays empty.
    assert page[-height:, -width:].min() == 255
    assert page[-height:, :width].min() < 255


def test_batches_are_read_only_as_far_as_needed(data):
    def batches():
        yield data[0][:3], data[1][:3]
        yield data[0][3:], data[1][3:]
        raise AssertionError("read too far")

    page = contact_sheet(batches(), count=4, columns=2, frames=2)
    np.testing.assert_array_equal(
        page, contact_sheet(data, count=4, columns=2, frames=2)
    )


def test_titles_are_class_names(data):
    numbers = contact_sheet(data, count=1)
    named = contact_sheet(data, count=1, class_names=list("vwxyz"))
    assert numbers.shape == named.shape
    assert not np.array_equal(numbers, named)


def test_no_clip_is_an_error():
    with pytest.raises(ValueError, match="no clip"):
        contact_sheet([])

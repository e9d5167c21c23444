import numpy as np
import pytest

from kvideo.export import Card
from kvideo.export.scores import checked_scores

GOOD = [[0.25, 0.75], [1.0, 0.0]]


def test_probabilities_pass():
    found = checked_scores(GOOD, "a file", Card("x", ("a", "b"), {}))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, GOOD)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_first_clip_without_numbers_is_named(bad):
    scores = [*GOOD, [0.5, bad], [bad, bad]]
    with pytest.raises(ValueError, match=r"'a file'.*NaN.*for clip 2"):
        checked_scores(scores, "a file")


def test_the_card_must_have_as_many_classes():
    with pytest.raises(ValueError, match=r"names 3 classes.*\(2, 2\)"):
        checked_scores(GOOD, "a file", Card("x", ("a", "b", "c"), {}))

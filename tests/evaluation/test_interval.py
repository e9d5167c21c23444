import numpy as np
import pytest
from scipy.stats import binomtest

from kvideo.evaluation import Evaluation, wilson_interval


@pytest.mark.parametrize("right,clips", [(0, 4), (7, 10), (123, 400), (9, 9)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_equals_scipy(right, clips, level):
    expected = binomtest(right, clips).proportion_ci(level, method="wilson")
    np.testing.assert_allclose(
        wilson_interval(right, clips, level), tuple(expected), atol=1e-12
    )


def test_stays_within_the_possible():
    assert wilson_interval(0, 3)[0] == 0.0
    assert wilson_interval(3, 3)[1] == 1.0


def test_half_of_a_hundred():
    """0.5 +- 1.96 * 0.05 is 0.402 to 0.598; Wilson is a little nearer."""
    low, high = wilson_interval(50, 100)
    assert (round(low, 4), round(high, 4)) == (0.4038, 0.5962)
    labels = np.arange(100) % 2
    found = Evaluation(np.eye(2)[np.zeros(100, int)], labels).top1_interval
    assert found == (low, high)


@pytest.mark.parametrize("numbers", [(3, 2), (-1, 2), (0, 0), (1, 2, 1.0)])
def test_numbers_that_do_not_fit(numbers):
    with pytest.raises(ValueError, match="clips >= 1"):
        wilson_interval(*numbers)

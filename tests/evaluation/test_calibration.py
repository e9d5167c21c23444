import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from kvideo.evaluation import Evaluation, calibration_error
from kvideo.evaluation.calibration import are_probabilities


def random_scores(clips=400, classes=7, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.full(classes, 0.3), clips)
    return scores, rng.integers(0, classes, clips)


def test_by_hand():
    """Two bins: half of the sure are right, none of the unsure."""
    scores = [[0.9, 0.1], [0.1, 0.9], [0.6, 0.4], [0.5, 0.5]]
    # Gaps in the bin above 1/2: 0.9 + 0.9 + 0.6 - 1; in the other one: 0.5.
    found = calibration_error(scores, np.array([0, 0, 1, 1]), bins=2)
    assert found == pytest.approx((1.4 + 0.5) / 4)


def test_too_sure_in_one_bin_does_not_make_up_for_unsure_in_another():
    """Two clips at 0.6, both right; two at 0.9, none right: gaps 0.4, 0.9."""
    scores = np.array([[0.6, 0.4], [0.6, 0.4], [0.9, 0.1], [0.9, 0.1]])
    found = calibration_error(scores, np.array([0, 0, 1, 1]), bins=5)
    assert found == pytest.approx((2 * 0.4 + 2 * 0.9) / 4)


def test_sure_and_right_is_none():
    scores = np.eye(3)[[0, 1, 2, 1]]
    assert calibration_error(scores, np.array([0, 1, 2, 1])) == 0
    assert calibration_error(scores, np.array([1, 2, 0, 0])) == 1


@pytest.mark.parametrize("bins", [10, 15])
def test_equals_the_reliability_curve_of_scikit_learn(bins):
    scores, labels = random_scores()
    confidence, right = scores.max(1), scores.argmax(1) == labels
    accuracy, mean = calibration_curve(right, confidence, n_bins=bins)
    edges = np.linspace(0, 1, bins + 1)
    held = np.histogram(confidence, edges)[0]
    expected = np.sum(held[held > 0] * np.abs(accuracy - mean)) / len(labels)
    assert expected > 0.1
    found = calibration_error(scores, labels, bins)
    assert found == pytest.approx(expected, abs=1e-12)


def test_logits_are_refused_and_left_out():
    logits, labels = np.array([[2.0, -1.0], [0.3, 0.4]]), np.array([0, 1])
    assert not are_probabilities(logits)
    with pytest.raises(ValueError, match="scores from -1 to 2"):
        calibration_error(logits, labels)
    assert Evaluation(logits, labels).calibration_error is None

import keras
import numpy as np
import pytest
import sklearn.metrics

from kvideo.evaluation import (
    MeanClassAccuracy,
    confusion_matrix,
    mean_class_accuracy,
    top_k_accuracy,
)

CLASSES = 7


@pytest.fixture
def scored():
    """Scores (50, 7) without ties and labels of unequal frequency."""
    rng = np.random.default_rng(0)
    labels = rng.choice(CLASSES, 50, p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05])
    return rng.standard_normal((50, CLASSES)), labels


@pytest.mark.parametrize("k", [1, 3, 5, 6])
def test_top_k_equals_scikit_learn(scored, k):
    expected = sklearn.metrics.top_k_accuracy_score(
        scored[1], scored[0], k=k, labels=range(CLASSES)
    )
    assert top_k_accuracy(*scored, k) == pytest.approx(expected, abs=1e-12)


def test_confusion_and_mean_class_accuracy_equal_scikit_learn(scored):
    predictions = scored[0].argmax(axis=1)
    np.testing.assert_array_equal(
        confusion_matrix(scored[1], predictions, CLASSES),
        sklearn.metrics.confusion_matrix(
            scored[1], predictions, labels=range(CLASSES)
        ),
    )
    expected = sklearn.metrics.balanced_accuracy_score(scored[1], predictions)
    ours = mean_class_accuracy(scored[1], predictions, CLASSES)
    assert ours == pytest.approx(expected, abs=1e-12)


def test_rows_of_the_confusion_matrix_are_true_classes():
    confusion = confusion_matrix([0, 0, 1], [0, 1, 1], 3)
    np.testing.assert_array_equal(confusion, [[1, 1, 0], [0, 1, 0], [0, 0, 0]])


def test_a_class_without_clips_does_not_count():
    assert mean_class_accuracy([0, 0, 1, 1], [0, 0, 1, 0], 3) == 0.75


def test_a_constant_network_is_not_right_by_ties():
    scores = np.zeros((4, 4))
    assert top_k_accuracy(scores, [0, 1, 2, 3], 1) == 0.25


@pytest.mark.parametrize(
    ("scores", "labels", "k", "message"),
    [
        (np.zeros((2, 3)), [0, 3], 1, "must be 0 to 2"),
        (np.zeros((2, 3)), [0], 1, r"scores.shape=\(2, 3\)"),
        (np.zeros((2, 3)), [0.0, 1.0], 1, "must be integers"),
        (np.zeros((2, 3)), [0, 1], 4, "k=4"),
        (np.zeros((0, 3)), [], 1, "at least one clip"),
        (np.array([[0.0, np.nan]]), [0], 1, "1 of 1 clips"),
    ],
)
def test_input_that_makes_no_sense_is_refused(scores, labels, k, message):
    with pytest.raises(ValueError, match=message):
        top_k_accuracy(scores, labels, k)


@pytest.mark.parametrize("one_hot", [False, True])
def test_streaming_metric_equals_numpy(scored, one_hot):
    scores, labels = scored
    metric = MeanClassAccuracy(CLASSES)
    for part in (slice(0, 20), slice(20, 21), slice(21, 50)):
        truth = np.eye(CLASSES)[labels[part]] if one_hot else labels[part]
        metric.update_state(truth, scores[part])
    expected = mean_class_accuracy(labels, scores.argmax(1), CLASSES)
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)
    metric.reset_state()
    assert float(metric.result()) == 0


def test_sample_weights_are_counts(scored):
    scores, labels = scored
    weights = np.arange(50) % 3
    weighted, repeated = MeanClassAccuracy(CLASSES), MeanClassAccuracy(CLASSES)
    weighted.update_state(labels, scores, sample_weight=weights)
    repeated.update_state(labels.repeat(weights), scores.repeat(weights, 0))
    assert float(weighted.result()) == pytest.approx(float(repeated.result()))


def test_metric_works_in_compile_and_survives_saving(tmp_path, scored):
    scores, labels = scored
    model = keras.Sequential(
        [keras.Input((CLASSES,)), keras.layers.Activation("softmax")]
    )
    metric = MeanClassAccuracy(CLASSES, name="mca")
    model.compile(loss="sparse_categorical_crossentropy", metrics=[metric])
    expected = mean_class_accuracy(labels, scores.argmax(1), CLASSES)
    model.fit(scores, labels, batch_size=16, verbose=0)
    model.save(tmp_path / "model.keras")
    revived = keras.saving.load_model(tmp_path / "model.keras")
    logs = revived.evaluate(
        scores, labels, batch_size=16, verbose=0, return_dict=True
    )
    assert logs["mca"] == pytest.approx(expected, abs=1e-6)


def test_metric_config_names_every_argument():
    metric = MeanClassAccuracy(5, name="mca", dtype="float64")
    twin = MeanClassAccuracy.from_config(metric.get_config())
    assert (twin.num_classes, twin.name, twin.dtype) == (5, "mca", "float64")

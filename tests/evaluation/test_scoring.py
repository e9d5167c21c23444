import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from kvideo.evaluation import (
    Evaluation,
    evaluate,
    predict_scores,
    shuffle_frames,
)


@pytest.fixture
def data():
    """20 clips (2, 4, 4, 3), 6 classes."""
    rng = np.random.default_rng(0)
    clips = rng.uniform(0, 255, (20, 2, 4, 4, 3)).astype("float32")
    return clips, rng.integers(0, 6, 20)


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((2, 4, 4, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(6, activation="softmax"),
        ]
    )


def test_arrays_datasets_functions_and_artefacts_agree(data, model):
    class Artefact:
        def predict(self, clips):
            return model.predict_on_batch(clips)

    expected = model.predict(data[0], verbose=0)
    dataset = tf.data.Dataset.from_tensor_slices(data).batch(7)
    for source in (data, dataset):
        for network in (model, Artefact(), lambda clips: model(clips)):
            scores, labels = predict_scores(network, source)
            np.testing.assert_allclose(scores, expected, atol=1e-6)
            np.testing.assert_array_equal(labels, data[1])


def test_one_hot_labels_are_understood(data, model):
    one_hot = np.eye(6, dtype="float32")[data[1]]
    np.testing.assert_array_equal(
        predict_scores(model, (data[0], one_hot))[1], data[1]
    )


def test_controls_see_the_number_of_the_clip(data):
    def first_pixel(clips):
        return clips[:, :, 0, 0, 0]

    batches = tf.data.Dataset.from_tensor_slices(data).batch(7)
    scores, _ = predict_scores(first_pixel, batches, shuffle_frames)
    np.testing.assert_array_equal(scores, first_pixel(shuffle_frames(data[0])))


def test_class_names_come_from_the_data_set(data, model):
    dataset = tf.data.Dataset.from_tensor_slices(data).batch(7)
    assert evaluate(model, dataset).class_names == tuple("012345")
    dataset.class_names = list("abcdef")
    assert evaluate(model, dataset).class_names == tuple("abcdef")
    assert evaluate(model, data, list("ghijkl")).class_names == tuple("ghijkl")


def test_figures_of_a_worked_example():
    result = Evaluation(np.eye(3)[[0, 0, 2, 1]], np.array([0, 0, 1, 1]))
    assert (result.top1, result.top5) == (0.75, None)
    assert result.mean_class_accuracy == 0.75
    np.testing.assert_array_equal(
        result.confusion, [[2, 0, 0], [0, 1, 1], [0, 0, 0]]
    )
    figures = json.loads(json.dumps(result.to_dict()))
    assert figures["clips"] == 4
    assert figures["confusion"][1] == [0, 1, 1]


def test_top5_counts_from_six_classes_on():
    scores = np.tile(np.arange(6.0), (2, 1))
    assert Evaluation(scores, np.array([0, 1])).top5 == 0.5


def test_scores_survive_the_file(tmp_path, data, model):
    result = evaluate(model, data, list("abcdef"))
    path = result.save(tmp_path / "new" / "scores.npz")
    again = Evaluation.load(path)
    assert again.to_dict() == result.to_dict()
    np.testing.assert_array_equal(again.scores, result.scores)


def test_files_that_are_no_score_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        Evaluation.load(tmp_path / "nothing.npz")
    np.savez(tmp_path / "other.npz", scores=np.zeros((1, 2)))
    with pytest.raises(ValueError, match=r"lacks \['class_names', 'labels'\]"):
        Evaluation.load(tmp_path / "other.npz")


def test_data_sets_that_cannot_be_evaluated(data, model):
    dataset = tf.data.Dataset.from_tensor_slices(data).batch(7)
    with pytest.raises(ValueError, match="repeats for ever"):
        predict_scores(model, dataset.repeat())
    with pytest.raises(ValueError, match="gave no clip"):
        predict_scores(model, dataset.take(0))
    with pytest.raises(ValueError, match="label_mode=None"):
        predict_scores(model, dataset.map(lambda clips, labels: clips))


def test_class_names_must_fit_the_outputs(data, model):
    with pytest.raises(ValueError, match="6 outputs"):
        evaluate(model, data, ["only", "two"])

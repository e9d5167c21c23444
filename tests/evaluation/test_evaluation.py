import json

import numpy as np
import pytest
from sklearn import metrics

from kvideo.evaluation import Evaluation, Protocol, by_protocol, evaluate

PROTOCOL = Protocol("test", clips=2, crops=3, average="softmax")


class Views:
    """Six views of each of five videos, batches of four: the last has two."""

    views = range(6)
    class_names = tuple("abcdefg")

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.scores = rng.dirichlet(np.ones(7), 30).astype("float32")
        self.labels = np.arange(5).repeat(6)

    def __iter__(self):
        for start in range(0, 30, 4):
            part = slice(start, start + 4)
            yield self.scores[part], self.labels[part]

    def read_paths(self):
        return [f"{i}.mp4" for i in range(5)]


@pytest.fixture
def views():
    """The network gives back its clips, which are the scores."""
    return evaluate(lambda clips: clips, Views(), protocol=PROTOCOL)


def test_an_uneven_last_batch_counts_once(views):
    np.testing.assert_array_equal(views.scores, Views().scores)
    np.testing.assert_array_equal(views.labels, Views().labels)


def test_paths_and_protocol_go_from_views_to_videos(views):
    assert views.paths[:7] == ("0.mp4",) * 6 + ("1.mp4",)
    videos = by_protocol(views)
    assert videos.paths == ("0.mp4", "1.mp4", "2.mp4", "3.mp4", "4.mp4")
    assert videos.protocol is None
    assert by_protocol(videos) is videos
    expected = Views().scores.reshape(5, 6, 7).mean(1)
    np.testing.assert_allclose(videos.scores, expected, atol=1e-7)


def test_views_that_count_by_themselves(views):
    each = Evaluation(
        views.scores,
        views.labels,
        protocol=Protocol("alone", 2, 3, average="none").to_dict(),
    )
    assert by_protocol(each) is each


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
@pytest.mark.parametrize("rows", ["views", "videos"])
def test_figures_equal_those_of_scikit_learn(views, rows):
    found = views if rows == "views" else by_protocol(views)
    labels, scores = found.labels, found.scores
    names = np.arange(7)
    predicted = scores.argmax(1)
    top5 = metrics.top_k_accuracy_score(labels, scores, k=5, labels=names)
    mean = metrics.balanced_accuracy_score(labels, predicted)
    matrix = metrics.confusion_matrix(labels, predicted, labels=names)
    assert found.top1 == metrics.accuracy_score(labels, predicted)
    assert found.top5 == pytest.approx(top5)
    assert found.mean_class_accuracy == pytest.approx(mean)
    np.testing.assert_array_equal(found.confusion, matrix)


def test_hardest_first():
    scores = np.array([[0.5, 0.5], [0.1, 0.9], [0.7, 0.3]])
    found = Evaluation(scores, np.array([0, 0, 1])).hardest(2)
    assert found.tolist() == [1, 2]


def test_score_files_hold_all_fields(views, tmp_path):
    stored = Evaluation.load(views.save(tmp_path / "scores.npz"))
    np.testing.assert_array_equal(stored.scores, views.scores)
    for field in ("class_names", "paths", "protocol"):
        assert getattr(stored, field) == getattr(views, field)
    assert json.loads(json.dumps(stored.to_dict())) == stored.to_dict()
    bare = Evaluation(views.scores, views.labels)
    bare = Evaluation.load(bare.save(tmp_path / "bare.npz"))
    assert (bare.paths, bare.protocol) == (None, None)


def test_paths_that_do_not_fit(views):
    with pytest.raises(ValueError, match="30 rows of scores"):
        Evaluation(views.scores, views.labels, paths=("a.mp4",))


@pytest.mark.parametrize("kind", [list, tuple, lambda x: {"a": 1, "b": x}])
def test_several_outputs_are_refused(kind):
    with pytest.raises(ValueError, match=r"with 2 outputs.*outputs\[0\]"):
        evaluate(lambda clips: kind([clips, clips]), Views())

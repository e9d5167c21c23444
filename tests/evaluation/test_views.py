import numpy as np
import pytest

from kvideo.data import (
    ClipSpec,
    load_views,
    video_dataset_from_directory,
    view_dataset,
)
from kvideo.evaluation import (
    Evaluation,
    accuracy_by_views,
    average_views,
    evaluate,
    per_video,
)
from tests.support.videos import write_numbered_video


def softmax(logits):
    shares = np.exp(logits)
    return shares / shares.sum(-1, keepdims=True)


def test_softmax_by_hand():
    scores = [[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.4, 0.6]]
    found = average_views(scores, 2)
    np.testing.assert_allclose(found, [[0.6, 0.4], [0.3, 0.7]])


def test_logits_by_hand():
    """Mean logits 0, ln 3 and so one and three quarters."""
    logits = np.log([[1.0, 1.0], [1.0, 9.0]])
    found = average_views(logits, 2, "logits", from_logits=True)
    np.testing.assert_allclose(found, [[0.25, 0.75]])


def test_both_equal_numpy_whatever_is_given():
    logits = np.random.default_rng(0).normal(0, 3, (12, 5))
    probabilities = softmax(logits)
    by_video = logits.reshape(4, 3, 5)
    expected = {
        "softmax": softmax(by_video).mean(1),
        "logits": softmax(by_video.mean(1)),
    }
    assert np.abs(expected["softmax"] - expected["logits"]).max() > 0.05
    for how, mean in expected.items():
        for scores, from_logits in ((logits, True), (probabilities, False)):
            found = average_views(scores, 3, how, from_logits)
            np.testing.assert_allclose(found, mean, atol=1e-12)


def test_a_probability_of_zero_stays_finite():
    found = average_views([[1.0, 0.0], [0.5, 0.5]], 2, "logits")
    assert np.isfinite(found).all() and found[0, 0] > 0.99


def test_one_view_changes_nothing():
    scores = softmax(np.random.default_rng(1).normal(size=(3, 4)))
    for how in ("softmax", "logits"):
        np.testing.assert_allclose(average_views(scores, 1, how), scores)


def test_views_that_do_not_fit():
    with pytest.raises(ValueError, match="Received: 4 views, V=3"):
        average_views(np.ones((4, 2)), 3)
    with pytest.raises(ValueError, match="how='max'"):
        average_views(np.ones((4, 2)), 2, "max")
    with pytest.raises(ValueError, match=r"from_logits=True.*from -1"):
        average_views([[-1.0, 2.0]], 1)


# Two videos with three views each.
SCORES = [
    *([0.6, 0.4], [0.3, 0.7], [0.9, 0.1]),
    *([0.7, 0.3], [0.4, 0.6], [0.1, 0.9]),
]
EVALUATION = Evaluation(SCORES, [0, 0, 0, 1, 1, 1], ("a", "b"))


def test_per_video():
    videos = per_video(EVALUATION, 3)
    np.testing.assert_allclose(videos.scores, [[0.6, 0.4], [0.4, 0.6]])
    assert videos.labels.tolist() == [0, 1]
    assert videos.class_names == ("a", "b")
    assert EVALUATION.top1 == pytest.approx(4 / 6)
    assert videos.top1 == 1.0


def test_accuracy_by_views():
    # First views: right, wrong; two views: 0.45 and 0.55, both wrong.
    assert accuracy_by_views(EVALUATION, 3) == [0.5, 0.0, 1.0]


def test_from_files_to_videos(tmp_path):
    """A "network" that sees where and when a view was cut, and its file."""
    for tag in (0, 90):
        path = tmp_path / f"{tag:02d}" / "video.mp4"
        write_numbered_video(path, 12, tag=tag)
    spec = ClipSpec(2, 8, "dense", frame_stride=2)

    def network(clips):
        assert len(clips) <= 4
        where = clips[:, 0, 0, 0] / 100
        return softmax(np.stack([where[:, 0] + where[:, 2], where[:, 1]], -1))

    clips = video_dataset_from_directory(
        tmp_path, clip_spec=spec, shuffle=False, verbose=False
    )
    dataset = view_dataset(clips, "2x3", batch_size=4)
    views = evaluate(network, dataset)
    for how in ("softmax", "logits"):
        videos = per_video(views, dataset.views, how)
        assert videos.class_names == ("00", "90")
        for scores, path in zip(videos.scores, clips.file_paths, strict=True):
            each = network(load_views(path, spec, "2x3")[:4])
            rest = network(load_views(path, spec, "2x3")[4:])
            mean = average_views(np.concatenate([each, rest]), 6, how)
            np.testing.assert_allclose(scores, mean[0], rtol=1e-6)


def test_views_of_one_video_with_two_labels():
    with pytest.raises(ValueError, match="within runs of 2"):
        per_video(EVALUATION, 2)

import keras
import numpy as np
import pytest

import kvideo
from kvideo.data.synthetic import write_motion_dataset
from kvideo.evaluation import Evaluation, average_scores, evaluate

NAMES = ("left", "right")


def evaluation(scores, labels=(0, 1), names=NAMES):
    return Evaluation(np.array(scores), np.array(labels), names)


SHORT = evaluation([[0.6, 0.4], [0.9, 0.1]])
LONG = evaluation([[0.1, 0.9], [0.0, 1.0]])


def test_two_networks_by_hand():
    """Neither is right about both videos; nor are they together."""
    both = average_scores(SHORT, LONG)
    np.testing.assert_allclose(both.scores, [[0.35, 0.65], [0.45, 0.55]])
    assert both.predictions.tolist() == [1, 1]
    assert both.top1 == 0.5
    assert both.class_names == NAMES


def test_three_networks_count_the_same():
    both = average_scores(SHORT, SHORT, LONG)
    expected = (2 * SHORT.scores + LONG.scores) / 3
    np.testing.assert_allclose(both.scores, expected)
    assert both.top1 == 0.0


def test_weights_by_hand():
    """The second counts half as much again: 0.4 and 0.6."""
    both = average_scores(SHORT, LONG, weights=(1, 1.5))
    np.testing.assert_allclose(both.scores, [[0.3, 0.7], [0.36, 0.64]])
    same = average_scores(SHORT, LONG, weights=(2, 2))
    np.testing.assert_allclose(same.scores, average_scores(SHORT, LONG).scores)


def test_other_videos_are_refused():
    """Flow of the same videos lies elsewhere, in folders without a suffix."""
    rgb, flow, other = (
        Evaluation(SHORT.scores, SHORT.labels, NAMES, paths)
        for paths in (
            ("rgb/a.mp4", "rgb/b.mp4"),
            ("flow/a", "flow/b"),
            ("rgb/a.mp4", "rgb/c.mp4"),
        )
    )
    assert average_scores(rgb, flow).paths == rgb.paths
    assert average_scores(rgb, SHORT).paths == rgb.paths
    with pytest.raises(ValueError, match=r"video 2 is .*b\.mp4.*c\.mp4"):
        average_scores(rgb, other)


@pytest.mark.parametrize("weights", [(1,), (1, 2, 3), (1, 0), (2, -1)])
def test_weights_that_do_not_fit(weights):
    with pytest.raises(ValueError, match="each of the 2 evaluations"):
        average_scores(SHORT, LONG, weights=weights)


def test_networks_of_two_clip_lengths(tmp_path):
    """4 + 8 frames of the same files, as 8 + 16 in the papers."""
    write_motion_dataset(tmp_path, {"test": 1}, seed=0)
    scores = []
    for frames in (4, 8):
        keras.utils.set_random_seed(frames)
        model = kvideo.create_model(
            "gdn_resnet_nano", classes=8, input_shape=(frames, 32, 32, 3)
        )
        clips = kvideo.data.video_dataset_from_directory(
            tmp_path / "test",
            num_frames=frames,
            frame_size=(32, 32),
            shuffle=False,
            verbose=False,
        )
        scores.append(evaluate(model, clips))
    both = average_scores(*scores)
    assert len(both.labels) == 8
    assert both.class_names == scores[0].class_names
    np.testing.assert_allclose(
        both.scores, (scores[0].scores + scores[1].scores) / 2, rtol=1e-6
    )
    assert np.abs(both.scores - scores[0].scores).max() > 1e-6


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ((), "two evaluations or more. Received: 1"),
        ((evaluation(LONG.scores, (1, 0)),), "same order.*evaluation 2"),
        ((evaluation(LONG.scores[:1], (0,)),), "same order"),
        ((evaluation(LONG.scores, names=("up", "down")),), "same classes"),
        ((evaluation([[0.1, 0.2], [0.5, 0.5]]),), "sums from 0.3 to 1"),
        ((SHORT, evaluation([[2, -1], [0.5, 0.5]])), "evaluation 3 from -1"),
    ],
)
def test_what_cannot_be_averaged(others, message):
    with pytest.raises(ValueError, match=message):
        average_scores(SHORT, *others)

"""Classes of unequal size: weights, advice, and a run with them."""

import dataclasses
from pathlib import Path

import pytest

from kvideo.trainers import RunConfig, train
from kvideo.trainers.class_weight import advice, weights_of

NAMES = ["fall", "run", "walk"]
LABELS = [0] * 1 + [1] * 2 + [2] * 6


def test_balanced_weights_by_hand():
    assert weights_of("balanced", NAMES, LABELS) == {0: 3.0, 1: 1.5, 2: 0.5}


def test_a_class_without_videos_takes_nothing_from_the_others():
    weights = weights_of("balanced", NAMES, [0, 0, 2, 2])
    assert (weights[0], weights[2]) == (1.0, 1.0)


def test_weights_by_name():
    assert weights_of({"run": 4}, NAMES, LABELS) == {0: 1.0, 1: 4, 2: 1.0}
    assert weights_of(None, NAMES, LABELS) is None
    with pytest.raises(ValueError, match=r"classes are fall, .*Received: jump"):
        weights_of({"jump": 2.0}, NAMES, LABELS)


def test_advice_comes_where_classes_are_far_apart():
    assert "6 training videos of 'walk', 1 of 'fall'" in advice(
        None, NAMES, LABELS
    )
    assert advice("balanced", NAMES, LABELS) is None
    assert advice(None, NAMES, [0, 1, 2, 2]) is None


@pytest.mark.parametrize("value", ["even", {"run": 0}, {1: 2.0}, {"run": "a"}])
def test_bad_weights(value):
    with pytest.raises(ValueError, match="`class_weight` must be"):
        RunConfig(model="tiny_net", data="videos", class_weight=value)


def test_not_with_multigrid():
    with pytest.raises(ValueError, match="`class_weight` do not go"):
        RunConfig(
            model="tiny_net",
            data="videos",
            multigrid=(1, 1),
            class_weight="balanced",
        )


@pytest.mark.parametrize(
    "also", [{}, {"accumulate": 2}, {"label_smoothing": 0.1}]
)
def test_a_run_weighs_its_classes(config, also):
    """All but one class weigh nothing to speak of: it alone is learnt."""
    names = [path.name for path in sorted_classes(config)]
    weights = dict.fromkeys(names[1:], 1e-6) | {names[0]: 1.0}
    fields = {"epochs": 6, "model_overrides": {}, **also}
    run = dataclasses.replace(config, class_weight=weights, **fields)
    history = train(run, verbose=0).history
    assert history[-1]["val_accuracy"] == pytest.approx(1 / 8)
    assert history[-1]["loss"] < history[0]["loss"] / 2


def sorted_classes(config):
    return sorted(Path(config.data).iterdir())


def test_a_run_says_that_classes_are_far_apart(config, tmp_path, capsys):
    first, second = sorted_classes(config)[:2]
    for number in range(4):
        for folder, files in ((first, 4), (second, 1)):
            video = next(folder.iterdir())
            target = tmp_path / "videos" / folder.name / f"{number % files}.mp4"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(video.read_bytes())
    fields = {"data": str(tmp_path / "videos"), "epochs": 1}
    run = dataclasses.replace(
        config, validation_data=None, validation_split=0, batch_size=5, **fields
    )
    train(run, verbose=2)
    assert "Classes are far apart: 4 training videos" in capsys.readouterr().out

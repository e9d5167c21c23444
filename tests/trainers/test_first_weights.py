"""What a run begins with, where nobody said it."""

import pytest

from kvideo.trainers import RunConfig
from kvideo.trainers.first_weights import settled


def begun(model, **fields):
    config, sentence = settled(RunConfig(model=model, data="videos", **fields))
    assert (sentence is None) == (
        config.model_overrides.get("weights") != "motion"
    )
    return config.model_overrides.get("weights", "nothing said")


def test_networks_with_motion_weights_begin_with_them():
    assert begun("bqn_nano") == "motion"
    assert begun("bqn_nano", model_overrides={"dropout": 0.1}) == "motion"
    assert begun("tsm_resnet50") == "nothing said"


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"model_overrides": {"weights": None}}, None),
        ({"model_overrides": {"weights": "imagenet"}}, "imagenet"),
        ({"weights_from": "a.keras"}, "nothing said"),
    ],
)
def test_what_was_said_holds(fields, expected):
    assert begun("bqn_nano", **fields) == expected


@pytest.mark.parametrize(
    "overrides", [{"input_shape": (12, 64, 64, 2)}, {"variant": "other"}]
)
def test_another_network_begins_at_random(overrides):
    found = begun("bqn_nano", model_overrides=overrides)
    assert found == "nothing said"

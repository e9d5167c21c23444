"""What a run begins with, where nobody said it."""

import dataclasses

import keras
import pytest

from kvideo.trainers import RunConfig, train
from kvideo.trainers.first_weights import settled, taken


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


def test_what_a_file_gave_is_said():
    x = inputs = keras.Input((2,))
    for units, name in ((3, "res2_block1_conv1"), (4, "res2_block2_conv1")):
        x = keras.layers.Dense(units, name=name)(x)
    x = keras.layers.Dense(5, name="logits")(x)
    model = keras.Model(inputs, x, name="net")
    left = ["logits/kernel", "logits/bias", "res2_block2_conv1/bias"]
    assert taken(model, left) == (
        "net takes 21 of 50 numbers from the file; as without it: "
        "logits, res*_block*_conv1."
    )
    assert taken(model, []).endswith("as without it: none.")


def test_a_run_says_what_it_took(config, tmp_path, capsys):
    config = dataclasses.replace(config, epochs=1)
    first = train(config, verbose=0)
    assert "takes" not in capsys.readouterr().out
    second = dataclasses.replace(
        config,
        weights_from=str(first.out / "model.keras"),
        out=str(tmp_path / "second"),
    )
    train(second)
    # 16 x 16 x 3 values have four numbers each; eight classes their own.
    said = f"tiny_net takes {4 * 768:,} of {4 * 768 + 8 * 769:,} numbers"
    assert said in capsys.readouterr().out

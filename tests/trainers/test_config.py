"""Run configurations: checks, and YAML there and back."""

import pytest

from kvideo.trainers import RunConfig


def test_yaml_round_trip(tmp_path):
    config = RunConfig(
        model="bqn_nano",
        data="videos",
        validation_data="held out",
        validation_split=0.1,
        model_overrides={"dropout": 0.3, "input_shape": (6, 32, 32, 3)},
        epochs=3,
        batch_size=4,
        optimizer="sgd",
        learning_rate=0.05,
        momentum=0.8,
        nesterov=False,
        weight_decay=0.0,
        l2=1e-4,
        clip_norm=20.0,
        milestones=(1, 2),
        decay_factor=0.2,
        warmup_epochs=0.5,
        label_smoothing=0.1,
        horizontal_flip={"move_left": "move_right"},
        crop_scales=(1.0, 0.5),
        seed=7,
        out="runs/x",
    )
    assert RunConfig.load(config.save(tmp_path / "config.yaml")) == config


@pytest.mark.parametrize(
    "name, value",
    [
        ("model", ""),
        ("data", 3),
        ("out", ""),
        ("validation_data", ""),
        ("validation_split", 1.0),
        ("model_overrides", {"classes": 3}),
        ("model_overrides", {"classifier_activation": None}),
        ("crop_scales", []),
        ("crop_scales", [0.5, 1.5]),
        ("epochs", 0),
        ("epochs", True),
        ("batch_size", 2.5),
        ("optimizer", "adam"),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("momentum", 1.0),
        ("nesterov", 1),
        ("weight_decay", -0.1),
        ("l2", "1e-4"),
        ("clip_norm", 0),
        ("milestones", 10),
        ("milestones", [20, 10]),
        ("milestones", [0, 10]),
        ("milestones", [0.5]),
        ("frame_stride", 0),
        ("joint", "sum"),
        ("joint", ["mgda"]),
        ("joint_options", {"total_steps": 9}),
        ("multigrid", [1]),
        ("multigrid", [1, 0]),
        ("precision", "float16"),
        ("warmup_steps", 0.5),
        ("conv_rate", 0),
        ("decay_factor", 0),
        ("warmup_epochs", "1"),
        ("label_smoothing", -0.1),
        ("seed", -1),
    ],
)
def test_bad_value_is_named(name, value):
    fields = {"model": "bqn_nano", "data": "videos", name: value}
    with pytest.raises(ValueError, match=rf"`{name}` must be .*Received: "):
        RunConfig.from_dict(fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"optimizer": "adamw", "weight_decay": 0},
        {"optimizer": "sgd", "weight_decay": 0.1},
    ],
)
def test_the_two_forms_of_decay_exclude_each_other(fields):
    with pytest.raises(ValueError, match=r"`l2` goes with .*Received: l2=0\.1"):
        RunConfig(model="bqn_nano", data="videos", l2=0.1, **fields)


def test_unknown_argument_names_the_nearest():
    with pytest.raises(ValueError, match=r"'epoch' \(nearest: 'epochs'\)"):
        RunConfig(model="bqn_nano", data="videos", epoch=3)


def test_unknown_key_names_the_nearest():
    fields = {"model": "bqn_nano", "data": "videos", "learningrate": 0.1}
    with pytest.raises(
        ValueError, match=r"'learningrate' \(nearest: 'learning_rate'\)"
    ):
        RunConfig.from_dict(fields)


def test_missing_keys_are_named():
    with pytest.raises(ValueError, match="Missing: data"):
        RunConfig.from_dict({"model": "bqn_nano"})


@pytest.mark.parametrize("text", ["- a\n- b\n", "model: [", ""])
def test_file_that_is_no_configuration_is_named(tmp_path, text):
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"odd\.yaml"):
        RunConfig.load(path)


def test_missing_file():
    with pytest.raises(FileNotFoundError, match=r"nothing\.yaml"):
        RunConfig.load("nothing.yaml")


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"conv_rate": 0.2}, 'goes with optimizer="sgd"'),
        ({"multigrid": (1, 1), "milestones": (3,)}, "goes with a cosine"),
        ({"multigrid": (1, 1), "joint": "mgda"}, "do not go together"),
        ({"joint_options": {"alpha": 0.9}}, "go with a strategy"),
    ],
)
def test_fields_that_do_not_go_together(fields, words):
    with pytest.raises(ValueError, match=words):
        RunConfig(model="bqn_nano", data="videos", **fields)

"""Run configurations: checks, and YAML there and back."""

import pytest

from kvideo.trainers import OptimizerConfig, RunConfig, ScheduleConfig


def test_yaml_round_trip(tmp_path):
    config = RunConfig(
        model="bqn_nano",
        data="videos",
        validation_data="held out",
        validation_split=0.1,
        model_overrides={"dropout": 0.3, "input_shape": (6, 32, 32, 3)},
        epochs=3,
        batch_size=4,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.05,
            momentum=0.8,
            nesterov=False,
            weight_decay=0.0,
            l2=1e-4,
            groups={"bias": (2, 0)},
            clip_norm=20.0,
            ema=0.9,
        ),
        schedule=ScheduleConfig(
            kind="steps", milestones=(1, 2), factor=0.2, warmup_epochs=0.5
        ),
        batch_norm="frozen",
        precise_batch_norm=3,
        label_smoothing=0.1,
        horizontal_flip={"move_left": "move_right"},
        weights_from="runs/a/model.keras",
        crop={"kind": "random_resized", "area": [0.5, 1.0]},
        sampler="dense",
        protocol="bqn_ucf101",
        cache_dir="cache",
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
        ("weights_from", ""),
        ("sampler", "random"),
        ("protocol", ""),
        ("epochs", 0),
        ("epochs", True),
        ("batch_size", 2.5),
        ("optimizer", "sgd"),
        ("schedule", ["cosine"]),
        ("batch_norm", "off"),
        ("precise_batch_norm", -1),
        ("frame_stride", 0),
        ("cache_dir", ""),
        ("joint", "sum"),
        ("joint", ["mgda"]),
        ("joint_options", {"total_steps": 9}),
        ("multigrid", [1]),
        ("multigrid", [1, 0]),
        ("precision", "float16"),
        ("label_smoothing", -0.1),
        ("seed", -1),
    ],
)
def test_bad_value_is_named(name, value):
    fields = {"model": "bqn_nano", "data": "videos", name: value}
    with pytest.raises(ValueError, match=rf"`{name}` must be .*Received: "):
        RunConfig.from_dict(fields)


@pytest.mark.parametrize(
    "section, name, value",
    [
        ("optimizer", "name", "adam"),
        ("optimizer", "learning_rate", 0.0),
        ("optimizer", "learning_rate", float("nan")),
        ("optimizer", "momentum", 1.0),
        ("optimizer", "nesterov", 1),
        ("optimizer", "weight_decay", -0.1),
        ("optimizer", "l2", "1e-4"),
        ("optimizer", "clip_norm", 0),
        ("optimizer", "ema", 1.0),
        ("optimizer", "groups", "tsm"),
        ("optimizer", "groups", {"bias": 2}),
        ("optimizer", "groups", {"bias": (1, -1)}),
        ("schedule", "kind", "linear"),
        ("schedule", "milestones", 10),
        ("schedule", "milestones", [20, 10]),
        ("schedule", "milestones", [0, 10]),
        ("schedule", "milestones", [0.5]),
        ("schedule", "factor", 0),
        ("schedule", "period", 0),
        ("schedule", "floor", 1.0),
        ("schedule", "patience", 0),
        ("schedule", "warmup_epochs", "1"),
        ("schedule", "warmup_steps", 0.5),
        ("schedule", "warmup_start", 1.0),
    ],
)
def test_bad_value_of_a_section_is_named(section, name, value):
    fields = {"model": "bqn_nano", "data": "videos", section: {name: value}}
    with pytest.raises(
        ValueError, match=rf"`{section}\.{name}` must be .*Received: "
    ):
        RunConfig.from_dict(fields)


def test_unknown_role_of_a_group():
    with pytest.raises(ValueError, match=r"must be one of .*'first_conv'"):
        OptimizerConfig(groups={"biases": (1, 0)})


@pytest.mark.parametrize(
    "name, rate", [("muon", 0.01), ("adamw", 0.002), ("sgd", 0.1)]
)
def test_an_optimizer_has_a_rate_of_its_own(name, rate):
    assert OptimizerConfig(name).learning_rate == rate
    assert OptimizerConfig(name, learning_rate=0.3).learning_rate == 0.3


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "adamw", "weight_decay": 0},
        {"name": "sgd", "weight_decay": 0.1},
    ],
)
def test_the_two_forms_of_decay_exclude_each_other(fields):
    with pytest.raises(ValueError, match=r"l2` goes with .*Received: l2=0\.1"):
        OptimizerConfig(l2=0.1, **fields)


@pytest.mark.parametrize("fields", [{"milestones": (3,)}, {"kind": "steps"}])
def test_milestones_go_with_steps(fields):
    with pytest.raises(ValueError, match=r"`schedule\.milestones` are"):
        ScheduleConfig(**fields)


def test_unknown_argument_names_the_nearest():
    with pytest.raises(ValueError, match=r"'epoch' \(nearest: 'epochs'\)"):
        RunConfig(model="bqn_nano", data="videos", epoch=3)


def test_unknown_key_names_the_nearest():
    fields = {"model": "bqn_nano", "data": "videos", "optimiser": {}}
    with pytest.raises(
        ValueError, match=r"'optimiser' \(nearest: 'optimizer'\)"
    ):
        RunConfig.from_dict(fields)
    fields = {"optimizer": {"learningrate": 0.1}}
    with pytest.raises(
        ValueError, match=r"'learningrate' \(nearest: 'learning_rate'\)"
    ):
        RunConfig.from_dict({"model": "bqn_nano", "data": "videos", **fields})


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
        (
            {"multigrid": (1, 1), "schedule": {"kind": "constant"}},
            "goes with a cosine",
        ),
        (
            {"multigrid": (1, 1), "optimizer": {"ema": 0.9}},
            "averages of weights do not go together",
        ),
        ({"multigrid": (1, 1), "joint": "mgda"}, "do not go together"),
        ({"multigrid": (1, 1), "crop": "short_side"}, "pixels of one"),
        (
            {"weights_from": "a", "model_overrides": {"weights": "imagenet"}},
            "one set of weights",
        ),
        ({"crop": {"scales": (1.5,)}}, r"`crop\.scales` should be"),
        ({"crop": {"kinds": "scales"}}, r"unknown \['kinds'\]"),
        ({"joint_options": {"alpha": 0.9}}, "go with a strategy"),
    ],
)
def test_fields_that_do_not_go_together(fields, words):
    with pytest.raises(ValueError, match=words):
        RunConfig(model="bqn_nano", data="videos", **fields)

"""Scripts that do what a run does."""

import dataclasses
import runpy

import keras
import pytest

from kvideo.trainers import train
from kvideo.trainers.eject import script

SGD = {
    "name": "sgd",
    "learning_rate": 0.01,
    "weight_decay": 0,
    "l2": 1e-3,
    "nesterov": False,
    "groups": "tsn",
    "clip_norm": 1.0,
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        pytest.param(
            {
                "crop": "multi_scale",
                "sampler": "dense",
                "validation_data": None,
                "validation_split": 0.25,
                "label_smoothing": 0.1,
                "batch_norm": "frozen",
                "optimizer": SGD,
                "schedule": {"kind": "steps", "milestones": (1,)},
            },
            marks=pytest.mark.slow,
        ),
    ],
    ids=["defaults", "others"],
)
def test_a_script_has_the_losses_of_the_run(
    config, changes, tmp_path, monkeypatch
):
    config = dataclasses.replace(config, **changes)
    run = train(config, verbose=0)
    text = script(config)
    lines = text.splitlines()
    assert len(lines) <= 80
    assert max(len(line) for line in lines if config.data not in line) <= 80
    path = tmp_path / "script.py"
    path.write_text(text)
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(99)
    history = runpy.run_path(str(path))["history"].history
    for name in ("loss", "val_loss", "accuracy"):
        expected = [row[name] for row in run.history]
        assert history[name] == pytest.approx(expected, rel=1e-5)
    saved = keras.saving.load_model(tmp_path / "model.keras")
    assert saved.count_params() == run.model.count_params()


@pytest.mark.parametrize(
    "changes, words",
    [
        (
            {"schedule": {"kind": "plateau", "patience": 3}},
            ["Plateau(0.01, ScheduleConfig(kind='plateau', patience=3))"],
        ),
        ({"schedule": {"kind": "restarts"}}, ["CosineDecayRestarts(", "5.0"]),
        (
            {"schedule": {"kind": "constant", "warmup_steps": 7}},
            ["warmup = min(7, total)", "for n in ()]"],
        ),
        (
            {"optimizer": {"ema": 0.9}},
            ["use_ema=True", "SwapEMAWeights()"],
        ),
        (
            {"joint": "mgda", "joint_options": {"gamma": 0.5}},
            ["JointTraining(", "gamma=0.5", "total_steps=2 * steps"],
        ),
        (
            {"weights_from": "a.keras", "precise_batch_norm": 3},
            [
                "load_backbone_weights(network, 'a.keras')",
                "(network, train, 3)",
            ],
        ),
        (
            {"class_weight": "balanced"},
            ["class_weight=weights_of('balanced', train.class_names"],
        ),
        ({"precision": "mixed_float16"}, ["set_dtype_policy('mixed_float16')"]),
        ({"validation_data": None, "validation_split": 0.0}, ["test = None"]),
        ({"model_overrides": {"input_shape": (2, 16, 16, 2)}}, ["'flow'"]),
    ],
)
def test_what_else_a_run_may_ask_for(config, changes, words):
    text = script(dataclasses.replace(config, **changes))
    compile(text, "script.py", "exec")
    for word in words:
        assert word in text


@pytest.mark.parametrize(
    "changes",
    [{"multigrid": (1, 1)}, {"accumulate": 2}, {"augment": ["mixup"]}],
)
def test_what_is_no_short_script(config, changes):
    with pytest.raises(ValueError, match="Received: multigrid="):
        script(dataclasses.replace(config, **changes))

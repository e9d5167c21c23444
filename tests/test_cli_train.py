"""`kvideo train` with a recipe."""

import dataclasses
from pathlib import Path

import kvideo
from kvideo.cli_train import started_from
from kvideo.data.synthetic import write_motion_dataset
from kvideo.trainers import RunConfig
from tests.test_cli import error_of, output_of

ROOT = Path(kvideo.__file__).parents[1]
RECIPE = ROOT / "training" / "recipes" / "motion_gdn_nano.py"


def test_a_recipe_trains_with_overrides(tmp_path):
    write_motion_dataset(tmp_path / "motion", {"train": 1, "test": 1}, seed=3)
    text = output_of(
        "train",
        RECIPE,
        f"--data={tmp_path / 'motion'}",
        "--epochs=1",
        "--batch-size=4",
        f"--out={tmp_path / 'run'}",
        "--set=model_overrides={input_shape: [8, 32, 32, 3]}",
        "optimizer.clip_norm=3.0",
        "schedule.warmup_epochs=0.5",
    )
    assert "on the motion data. Paper: none" in " ".join(text.split())
    assert "Here: not run here." in " ".join(text.split())
    run = RunConfig.load(tmp_path / "run" / "config.yaml")
    recipe = kvideo.Recipe.load(RECIPE).run
    assert run.data == str(tmp_path / "motion" / "train")
    assert run.validation_data == str(tmp_path / "motion" / "test")
    assert (run.epochs, run.batch_size) == (1, 4)
    assert run.optimizer == dataclasses.replace(recipe.optimizer, clip_norm=3.0)
    assert run.schedule.warmup_epochs == 0.5
    assert (tmp_path / "run" / "best.keras").exists()


def test_a_recipe_of_a_paper_runs_up_to_its_data(tmp_path):
    message = error_of(
        "train",
        ROOT / "training" / "recipes" / "bqn_ssv1_tsm_r50.py",
        f"--data={tmp_path}",
        f"--out={tmp_path / 'run'}",
        *("--set", "epochs=2", "optimizer.learning_rate=0.01"),
    )
    assert "something-something-v1-labels.csv" in message


def test_a_run_becomes_a_script(tmp_path):
    path = tmp_path / "script.py"
    arguments = ("train", RECIPE, "--epochs=3", f"--eject={path}")
    assert "start it with" in " ".join(output_of(*arguments).split())
    assert "epochs=3" in path.read_text()
    assert "There is a file" in error_of(*arguments)


def test_recipe_that_is_not_there():
    assert "No recipe at 'nothing.py'" in error_of("train", "nothing.py")


def test_recipe_and_unknown_field():
    for assignment, nearest in (
        ("epoch=1", "epochs"),
        ("schedule.milestone=[1]", "milestones"),
    ):
        message = error_of("train", RECIPE, f"--set={assignment}")
        assert f"nearest: '{nearest}'" in message
    message = error_of("train", RECIPE, "--set=epochs.first=1")
    assert "`epochs` is no section of a run" in message


def test_recipe_and_configuration_exclude_each_other():
    message = error_of("train", RECIPE, "--config=run.yaml")
    assert "from a recipe or from --config" in message


def test_data_option_without_a_recipe():
    message = error_of("train", "--data=videos", "--model=bqn_nano")
    assert "`--data` goes with a recipe" in message


def test_recipe_on_no_folder(tmp_path):
    out = f"--out={tmp_path / 'run'}"
    message = error_of("train", RECIPE, f"--data={tmp_path / 'no'}", out)
    assert str(tmp_path / "no" / "train") in message


def test_weights_are_a_name_or_a_file(tmp_path):
    """`--weights` of a name is the network's, of a file the run's own."""
    assert started_from("motion") == {"model_overrides.weights": "motion"}
    file = tmp_path / "start.keras"
    file.touch()
    assert started_from(str(file)) == {"weights_from": str(file)}
    path = tmp_path / "script.py"
    output_of(
        *("train", "videos", "--model=bqn_nano", "--weights=motion"),
        f"--eject={path}",
    )
    assert "weights='motion'" in path.read_text().replace('"', "'")

"""Recipes: what they refuse, and the file that holds one."""

import dataclasses
from pathlib import Path

import pytest

import kvideo
from kvideo.trainers import Recipe, RunConfig

TEXTS = {
    "title": "Net on videos",
    "paper": "Somebody, 2020",
    "dataset": "videos",
    "command": "kvideo train recipe.py",
    "hardware": "a laptop",
    "accuracy": "top-1 50 %",
}
RUN = RunConfig(model="bqn_nano", data="videos/train", epochs=7)

FILE = """
from kvideo.trainers import Recipe

RECIPE = Recipe({fields})
"""


def written(path, **fields):
    arguments = ", ".join(f"{k}={v!r}" for k, v in fields.items())
    path.write_text(FILE.format(fields=arguments))
    return path


def test_a_recipe_is_frozen_and_says_that_nobody_ran_it():
    recipe = kvideo.Recipe(run=RUN, **TEXTS)
    assert recipe.hours == recipe.measured == "not run here"
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.title = "other"


def test_run_on_another_folder():
    run = Recipe(run=RUN, **TEXTS).run_on("mine")
    assert Path(run.data) == Path("mine/train")
    assert Path(run.validation_data) == Path("mine/test")
    expected = dataclasses.replace(
        RUN, data=run.data, validation_data=run.validation_data
    )
    assert run == expected


def test_unknown_key_names_the_nearest():
    with pytest.raises(
        ValueError, match=r"in the recipe: 'acuracy' \(nearest: 'accuracy'\)"
    ):
        Recipe(run=RUN, acuracy="1 %", **TEXTS)


def test_unknown_key_of_the_run_names_the_nearest():
    run = {"model": "bqn_nano", "data": "videos", "epoch": 3}
    with pytest.raises(
        ValueError, match=r"configuration: 'epoch' \(nearest: 'epochs'"
    ):
        Recipe(run=run, **TEXTS)


@pytest.mark.parametrize("value", ["", 58.7, None])
def test_text_that_is_none(value):
    with pytest.raises(ValueError, match="`accuracy` must be text"):
        Recipe(run=RUN, **(TEXTS | {"accuracy": value}))


def test_load_runs_the_file(tmp_path):
    path = written(tmp_path / "recipe.py", run=RUN.to_dict(), **TEXTS)
    assert Recipe.load(path) == Recipe(run=RUN, **TEXTS)


def test_error_in_a_file_names_it(tmp_path):
    path = written(tmp_path / "odd.py", run=RUN.to_dict(), titel="x", **TEXTS)
    with pytest.raises(ValueError, match=r"odd\.py.*nearest: 'title'"):
        Recipe.load(path)


def test_file_without_a_recipe(tmp_path):
    path = tmp_path / "empty.py"
    path.write_text("RECIPES = []")
    with pytest.raises(ValueError, match=r"RECIPE=None in .*empty\.py"):
        Recipe.load(path)


def test_missing_file():
    with pytest.raises(FileNotFoundError, match=r"nothing\.py"):
        Recipe.load("nothing.py")


def test_run_on_another_root():
    run = dataclasses.replace(
        RUN,
        data="kinetics:data/k400/train.csv?videos=data/k400/train",
        validation_data="data/k400/test",
    )
    moved = Recipe(run=run, root="data/k400", **TEXTS).run_on("/mine")
    assert moved.data == "kinetics:/mine/train.csv?videos=/mine/train"
    assert moved.validation_data == "/mine/test"
    alone = dataclasses.replace(run, validation_data=None)
    moved = Recipe(run=alone, root="data/k400", **TEXTS).run_on("/mine")
    assert moved.validation_data is None


def test_root_that_is_not_in_the_data():
    with pytest.raises(ValueError, match="`root` must stand in the data"):
        Recipe(run=RUN, root="data/k400", **TEXTS)

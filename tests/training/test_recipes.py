"""Every recipe loads, says what it must, and fits its network."""

import inspect
import shlex
from pathlib import Path

import keras
import pytest

import kvideo
from kvideo.data.flips import directional, swapped_labels
from kvideo.trainers.fit import clip_spec
from kvideo.trainers.optimizers import make_optimizer
from kvideo.trainers.schedules import make_schedule

TRAINING = Path(kvideo.__file__).parents[1] / "training"
PATHS = sorted((TRAINING / "recipes").glob("*.py"))
STEPS = 10


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def recipe(path):
    return kvideo.Recipe.load(path)


def recipe_named(stem):
    return kvideo.Recipe.load(TRAINING / "recipes" / f"{stem}.py")


def test_there_are_recipes():
    assert len(PATHS) >= 10


def test_command_starts_this_recipe_on_its_data(path, recipe):
    words = shlex.split(recipe.command)
    assert words[:2] == ["kvideo", "train"]
    assert words[2] == f"training/recipes/{path.name}"
    assert words[3] == "--data"
    assert recipe.run_on(words[4]) == recipe.run
    assert recipe.run.out == f"runs/{path.stem}"


def test_network_takes_the_arguments(recipe):
    run = recipe.run
    info = kvideo.model_info(run.model)
    assert info.name == run.model
    inspect.signature(info.builder).bind(
        variant=info.variant, classes=3, **run.model_overrides
    )
    spec = clip_spec(run.model, run.model_overrides)
    shape = run.model_overrides.get("input_shape", info.input_shape)
    assert (spec.num_frames, *spec.frame_size) == tuple(shape[:3])


def test_optimizer_can_be_made(recipe):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    optimizer = make_optimizer(recipe.run, model, STEPS)
    if recipe.run.schedule.warmup_epochs == 0:
        rate = keras.ops.convert_to_numpy(optimizer.learning_rate)
        assert rate == pytest.approx(recipe.run.optimizer.learning_rate)


@pytest.mark.parametrize("stem", [p.stem for p in PATHS if "nano" in p.stem])
def test_small_networks_are_built(stem):
    run = recipe_named(stem).run
    model = kvideo.create_model(run.model, classes=8, **run.model_overrides)
    assert model.output_shape == (None, 8)


def test_table_of_the_readme(path, recipe):
    readme = (TRAINING / "README.md").read_text(encoding="utf-8")
    row = (
        f"| [{path.stem}](recipes/{path.name}) | {recipe.title} "
        f"| {recipe.accuracy} | {recipe.measured} |"
    )
    assert row in readme


def test_clips_and_rates_of_btsnet():
    run = recipe_named("btsnet_ucf101").run
    spec = clip_spec(run.model, run.model_overrides)
    assert (spec.num_frames, spec.frame_size) == (30, (112, 112))
    assert (spec.sampler, spec.frame_stride) == ("dense", 1)
    assert spec.short_video == "loop"
    rate = make_schedule(run, STEPS)
    found = [float(rate(epoch * STEPS)) for epoch in (0, 49, 50, 100, 150)]
    assert found == pytest.approx([0.1, 0.1, 0.01, 1e-3, 1e-4])


def test_clips_and_rates_of_gdn():
    run = recipe_named("gdn_somethingv2_16f").run
    spec = clip_spec(run.model, run.model_overrides)
    assert (spec.num_frames, spec.sampler) == (16, "segment")
    rate = make_schedule(run, STEPS)
    found = [float(rate(epoch * STEPS)) for epoch in (19, 20, 29, 30, 39)]
    assert found == pytest.approx([0.02, 2e-3, 2e-3, 2e-4, 2e-4])


def test_mirrored_classes_of_something_something():
    swaps = recipe_named("gdn_somethingv1").run.horizontal_flip
    names = sorted([*swaps, *swaps.values(), "Folding something"])
    assert len(swapped_labels(names, swaps)) == 6
    assert set(directional(names)) == {*swaps, *swaps.values()}

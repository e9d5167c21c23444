"""Every recipe loads, says what it must, and fits its network."""

import dataclasses
import functools
import inspect
import shlex
from pathlib import Path

import keras
import pytest

import kvideo
from kvideo.data import open_listing
from kvideo.data.flips import directional, swapped_labels
from kvideo.data.synthetic import write_motion_dataset
from kvideo.evaluation import get_protocol
from kvideo.trainers import train
from kvideo.trainers.fit import run_spec
from kvideo.trainers.optimizers import make_optimizer
from kvideo.trainers.schedules import make_schedule

TRAINING = Path(kvideo.__file__).parents[1] / "training"
PATHS = sorted((TRAINING / "recipes").glob("*.py"))
STEPS = 10


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


load = functools.cache(kvideo.Recipe.load)


@pytest.fixture
def recipe(path):
    return load(path)


def recipe_named(stem):
    return load(TRAINING / "recipes" / f"{stem}.py")


def test_networks_of_which_the_paper_starts_from_imagenet_do():
    """SPEC: all backbones of the thesis but X3D; GDN; TSN and TSM."""
    starts = {
        path.stem: load(path).run.model_overrides.get("weights")
        for path in PATHS
        if load(path).run.weights_from is None
    }
    for stem in ("bqn_k400_tsm_r50", "bqn_ssv1_tsm_r101", "bqn_ssv1_tsm_r50"):
        assert starts[stem] == "imagenet"
    for stem, weights in starts.items():
        family = stem.split("_")[0]
        if family in ("tsn", "tsm", "gdn", "rnl", "tesnet"):
            assert weights == "imagenet", stem
        if family in ("btsnet", "mtnet", "x3d") or "x3d" in stem:
            assert weights is None, stem


def test_there_are_recipes():
    assert len(PATHS) >= 60


def test_command_starts_this_recipe_on_its_data(path, recipe):
    words = shlex.split(recipe.command)
    assert words[:2] == ["kvideo", "train"]
    assert words[2] == f"training/recipes/{path.name}"
    assert words[3] == "--data"
    assert recipe.run_on(words[4]) == recipe.run
    assert recipe.run.out == f"runs/{path.stem}"


def test_data_is_of_a_source_and_only_missing(recipe, tmp_path):
    run = recipe.run_on(tmp_path / "nowhere")
    for text in (run.data, run.validation_data or run.data):
        assert str(tmp_path) in text
        with pytest.raises(FileNotFoundError, match="nowhere"):
            open_listing(text)


def test_what_it_begins_with_is_another_recipe_s(recipe):
    starts = [
        recipe.run.weights_from,
        recipe.run.model_overrides.get("backbone_weights"),
    ]
    outs = [load(path).run.out for path in PATHS]
    for start in filter(None, starts):
        assert start.removesuffix("/model.keras") in outs


def test_it_has_the_layout_of_the_run_that_it_begins_with(recipe):
    """Or the weights would see other pixels, at other places."""
    start = recipe.run.weights_from
    if start is None:
        return
    runs = {load(path).run.out: load(path).run for path in PATHS}
    first = runs[start.removesuffix("/model.keras")]
    ours, theirs = recipe.run.model_overrides, first.model_overrides
    from_images = theirs.get("weights") == "imagenet"
    assert ours.get("keras_layout", False) == from_images
    assert ours.get("stride_on") == theirs.get("stride_on")


def test_protocol_has_the_clips_of_the_network(path, recipe):
    if path.stem.startswith(("motion", "smoke")):
        assert recipe.run.protocol is None
        return
    spec = run_spec(recipe.run)
    protocol = get_protocol(recipe.run.protocol)
    tested = protocol.clip_spec(spec, spec.frame_size[0])
    assert tested.frame_size == spec.frame_size
    assert tested.num_frames == spec.num_frames
    if protocol.sampler is not None:
        same = {"consecutive": "dense"}
        samplers = [same.get(s.sampler, s.sampler) for s in (tested, spec)]
        # TSN trains on segments, and is tested as TSM.
        assert len(set(samplers)) == 1 or path.stem == "tsn_kinetics400"


def test_network_takes_the_arguments(recipe):
    run = recipe.run
    info = kvideo.model_info(run.model)
    assert info.name == run.model
    inspect.signature(info.builder).bind(
        variant=info.variant, classes=3, **run.model_overrides
    )
    spec = run_spec(run)
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
    spec = run_spec(run)
    assert (spec.num_frames, spec.frame_size) == (30, (112, 112))
    assert (spec.sampler, spec.frame_stride) == ("dense", 1)
    assert spec.short_video == "loop"
    rate = make_schedule(run, STEPS)
    found = [float(rate(epoch * STEPS)) for epoch in (0, 49, 50, 100, 150)]
    assert found == pytest.approx([0.1, 0.1, 0.01, 1e-3, 1e-4])


def test_clips_and_rates_of_gdn():
    run = recipe_named("gdn_somethingv2_16f").run
    spec = run_spec(run)
    assert (spec.num_frames, spec.sampler) == (16, "segment")
    rate = make_schedule(run, STEPS)
    found = [float(rate(epoch * STEPS)) for epoch in (19, 20, 29, 30, 39)]
    assert found == pytest.approx([0.02, 2e-3, 2e-3, 2e-4, 2e-4])


def test_mirrored_classes_of_something_something():
    swaps = recipe_named("gdn_somethingv1").run.horizontal_flip
    names = sorted([*swaps, *swaps.values(), "Folding something"])
    assert len(swapped_labels(names, swaps)) == 6
    assert set(directional(names)) == {*swaps, *swaps.values()}


def test_clips_and_rates_of_bqn():
    run = recipe_named("bqn_ssv1_tsm_r50").run
    spec = run_spec(run)
    assert (spec.num_frames, spec.frames_per_segment) == (24, 3)
    assert (spec.sampler, spec.frame_size) == ("segment", (224, 224))
    assert run.crop.kind == "multi_scale"
    rate = make_schedule(run, STEPS)
    found = [float(rate(epoch * STEPS)) for epoch in (0, 7, 28.5, 50)]
    assert found == pytest.approx([0.012, 0.12, 0.06, 0], abs=1e-7)


def test_clips_of_kinetics_are_consecutive_or_of_a_window():
    spec = run_spec(recipe_named("bqn_k400_tsm_r50").run)
    assert (spec.sampler, spec.num_frames) == ("consecutive", 48)
    spec = run_spec(recipe_named("rnl_kinetics400_16f").run)
    assert (spec.sampler, spec.num_frames * spec.frame_stride) == ("dense", 64)


@pytest.mark.slow
def test_smoke(tmp_path):
    write_motion_dataset(tmp_path / "smoke", {"train": 2, "test": 1})
    run = recipe_named("smoke").run_on(tmp_path / "smoke")
    run = dataclasses.replace(run, out=str(tmp_path / "run"))
    history = train(run, verbose=0).history
    assert [row["epoch"] for row in history] == [1, 2]
    assert history[1]["loss"] < 4

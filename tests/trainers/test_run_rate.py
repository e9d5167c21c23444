"""The frame rate that a run keeps, and what is made of it."""

import dataclasses
import json
import runpy
from pathlib import Path

import numpy as np
import pytest

import kvideo
from kvideo.data import ClipSpec, write_motion_dataset
from kvideo.data.decode import read_frames, write_video
from kvideo.export import Card, card_path
from kvideo.trainers import RunConfig, fit, train
from kvideo.trainers.eject import script
from tests.trainers.test_fit import Interrupt

WORDS = "1 of 16 videos have another frame rate than 25 a second"


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Sixteen videos of 25 frames a second, of which one has 50."""
    folder = tmp_path_factory.mktemp("mixed")
    paths = write_motion_dataset(folder, {"train": 2}, seed=1)
    frames = read_frames(paths[0], range(20))
    write_video(paths[0], frames, fps=50)
    return folder / "train"


@pytest.fixture
def run(config, mixed):
    return dataclasses.replace(
        config,
        data=str(mixed),
        validation_data=None,
        validation_split=0.0,
        sampler="dense",
        frame_stride=2,
        epochs=1,
    )


def rate_of(card):
    return card.clip_spec["frame_rate"]


def test_the_card_keeps_the_rate(run, capsys):
    result = train(run, verbose=0)
    cards = [
        result.card,
        Card.load(card_path(result.out / "best.keras")),
        Card.load(result.out / "run.card.json"),
    ]
    assert [rate_of(card) for card in cards] == [25.0] * 3
    assert WORDS not in capsys.readouterr().out  # with verbose=0
    assert RunConfig.load(result.out / "config.yaml") == run


def test_training_reads_by_time_and_says_so(run, capsys):
    training, _ = fit.datasets(run)
    assert WORDS in capsys.readouterr().out
    assert training.clip_spec.frame_rate == 25
    for changes in ({"sampler": "uniform"}, {"fps": 0}):
        fit.datasets(dataclasses.replace(run, **changes))
        assert "another frame rate" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "target_fps", "frame_rate"),
    [
        ({}, None, 25),
        ({"fps": 0}, None, None),
        ({"fps": 12.5}, 12.5, None),
        # As the paper counts frames.
        ({"protocol": "cidc_ucf101"}, None, None),
        ({"protocol": "cidc_ucf101", "fps": 30}, 30, None),
    ],
)
def test_who_says_at_which_rate(run, changes, target_fps, frame_rate):
    config = dataclasses.replace(run, **changes)
    training, _ = fit.datasets(config, verbose=False)
    spec = training.clip_spec
    assert (spec.target_fps, spec.frame_rate) == (target_fps, frame_rate)


def test_videos_without_a_rate(run, tmp_path):
    for name in ("a/1.mp4", "b/2.mp4"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    config = dataclasses.replace(run, data=str(tmp_path))
    training, _ = fit.datasets(config, verbose=False)
    assert training.clip_spec.frame_rate is None


def test_a_resumed_run_keeps_what_it_began_with(run):
    run = dataclasses.replace(run, epochs=2)
    with pytest.raises(KeyboardInterrupt):
        train(run, verbose=0, callbacks=[Interrupt(epoch=1)])
    path = Path(run.out) / "run.card.json"
    card = json.loads(path.read_text())
    assert card["clip_spec"].pop("frame_rate") == 25
    # As a version before this field wrote it.
    path.write_text(json.dumps(card))
    result = train(run, verbose=0, resume=True)
    assert rate_of(result.card) is None


def test_a_second_look_has_the_rate(run):
    training, _ = fit.datasets(run, verbose=False)
    next(iter(training))
    paths = training.batch_paths(0, 0)
    again = fit._clips_again(run, training.clip_spec, 0, 0, paths)
    np.testing.assert_array_equal(again, _first_batch(run))


def test_multigrid_clips_have_the_rate(run, monkeypatch):
    """Of four frames, so that a phase can have fewer."""
    shape = {"model_overrides": {"input_shape": (4, 16, 16, 3)}}
    grid = dataclasses.replace(run, multigrid=(1, 1), epochs=2, **shape)
    training, _ = fit.datasets(grid, verbose=False)
    # A round of steps would need 128 videos.
    monkeypatch.setattr(fit, "regrid", lambda clips, *_: clips)
    part, *_ = next(fit._parts(grid, training, 0, False))
    assert part.clip_spec.num_frames == 1
    assert part.clip_spec.frame_rate == 25


def _first_batch(run):
    training, _ = fit.datasets(run, verbose=False)
    return next(iter(training))[0].numpy()


def test_a_script_reads_by_time(run, tmp_path, monkeypatch):
    run = dataclasses.replace(run, stride_jitter=(0.5, 2))
    expected = train(run, verbose=0).history[0]["loss"]
    path = tmp_path / "script.py"
    path.write_text(script(run))
    monkeypatch.chdir(tmp_path)
    names = runpy.run_path(str(path))
    assert names["clip_spec"].frame_rate == 25
    found = names["history"].history["loss"][0]
    assert found == pytest.approx(expected, rel=1e-5)


def test_a_run_with_a_varied_stride(run):
    varied = dataclasses.replace(run, stride_jitter=[0.5, 2])
    assert varied.stride_jitter == (0.5, 2)
    assert RunConfig.from_dict(varied.to_dict()) == varied
    batches = [_first_batch(config) for config in (varied, varied, run)]
    np.testing.assert_array_equal(batches[0], batches[1])
    assert not np.array_equal(batches[0], batches[2])
    with pytest.raises(ValueError, match="`stride_jitter` must be two factors"):
        dataclasses.replace(run, stride_jitter=2)
    uniform = dataclasses.replace(varied, sampler="uniform")
    with pytest.raises(ValueError, match="have no stride"):
        fit.datasets(uniform, verbose=False)


def test_a_trained_network_reads_by_time(run, mixed, tmp_path):
    """25 frames a second, and the same frames each twice at 50."""
    result = train(run, verbose=0)
    network = kvideo.load(result.out)
    frames = read_frames(next((mixed / "grow").glob("*1.mp4")), range(50))
    options = {"codec": "libx264rgb", "options": {"crf": "0"}}
    write_video(tmp_path / "a.mp4", frames, fps=25, **options)
    write_video(tmp_path / "b.mp4", frames.repeat(2, 0), fps=50, **options)
    usual, double, counted = (
        dict(network.predict(tmp_path / name, top=8, fps=fps))
        for name, fps in (("a.mp4", None), ("b.mp4", None), ("b.mp4", 0))
    )
    assert double == pytest.approx(usual, rel=1e-5)
    assert counted != pytest.approx(usual, rel=1e-3)
    spec = ClipSpec.from_dict(network.card.clip_spec)
    assert spec.usual_rate == 25

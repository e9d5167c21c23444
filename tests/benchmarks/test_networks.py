"""benchmarks/networks.py: the networks compared are the same networks."""

import json
import math
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from tests.support.benchmarks import FOLDER, load

CLIP = (4, 32, 32)
# MTNet: enough frames that half of them are a choice, and odd sizes.
CLIPS = {"mtnet_nano": (12, 36, 36)}
# So that the twin's exponentials stay finite.
SPREADS = {"mtnet_nano": 0.05}
CLASSES = 7
NANO = (
    "btsnet_nano",
    "c2d_resnet_nano",
    "i3d_resnet_nano",
    "mtnet_nano",
    "r3d_resnet_nano",
    "resnext3d_nano",
    "slow_only_resnet_nano",
    "tsm_mobilenet_v2_nano",
    "tsm_resnet_nano",
    "x3d_nano",
)


layouts = load("layouts")
report = load("network_report")


@pytest.fixture(scope="module")
def torch_networks():
    pytest.importorskip("torch")
    return load("torch_networks")


def random_network(name):
    """A nano network with weights that leave no part without effect."""
    model = layouts.build_ours(name, CLIPS.get(name, CLIP), CLASSES)
    random = np.random.default_rng(0)
    for weight in model.weights:
        shift = random.normal(0, SPREADS.get(name, 0.2), weight.shape)
        if "variance" in weight.path:
            shift = np.abs(shift)
        weight.assign(np.asarray(weight) + shift)
    return model


def random_clips(name, batch=2):
    shape = (batch, *CLIPS.get(name, CLIP), 3)
    return np.random.default_rng(1).standard_normal(shape, dtype="float32")


def check_equal(actual, expected):
    scale = np.abs(expected).max()
    np.testing.assert_allclose(actual / scale, expected / scale, atol=1e-4)


def test_all_nano_networks_are_here():
    assert sorted(layouts.NANO_NETWORKS) == sorted(NANO)


@pytest.mark.parametrize("name", NANO)
def test_twin_gives_the_same_logits(name, torch_networks):
    import torch

    model = random_network(name)
    layout = layouts.layout(name, model)
    twin = torch_networks.build(layout).eval()
    torch_networks.copy_to_torch(model, twin)
    clips = random_clips(name)
    expected = model(clips, training=False).numpy()
    for channels_last in (False, True):
        inputs = torch_networks.arrange(clips, layout["folded"], channels_last)
        with torch.inference_mode():
            check_equal(twin(inputs).numpy(), expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", layouts.KNOWN)
def test_twin_has_as_many_parameters(name, torch_networks):
    import torch

    # BTSNet refuses clips of less than nine frames.
    model = layouts.build_ours(name, (9, 32, 32))
    with torch.device("meta"):
        twin = torch_networks.build(layouts.layout(name, model))
    ours = sum(math.prod(w.shape) for w in model.trainable_weights)
    assert sum(p.numel() for p in twin.parameters()) == ours


def test_copy_refuses_another_network(torch_networks):
    model = layouts.build_ours("x3d_nano", CLIP, CLASSES)
    other = layouts.build_ours("tsm_resnet_nano", CLIP, CLASSES)
    twin = torch_networks.build(layouts.layout("tsm_resnet_nano", other))
    with pytest.raises(ValueError, match="'stem_conv_kernel' does not fit"):
        torch_networks.copy_to_torch(model, twin)


@pytest.mark.parametrize(
    "name",
    [
        "tsm_resnet_nano",
        "r3d_resnet_nano",
        # XLA compiles every grouped convolution.
        pytest.param("x3d_nano", marks=pytest.mark.slow),
    ],
)
def test_plain_keras_gives_the_same_logits(name):
    model = random_network(name)
    plain = load("plain_keras").plain(model)
    kinds = {type(layer).__name__ for layer in plain.layers}
    assert "BatchNorm" not in kinds and "MaxPool3D" not in kinds
    clips = random_clips(name)
    check_equal(
        plain(clips, training=False).numpy(),
        model(clips, training=False).numpy(),
    )


def test_plain_keras_names_what_it_cannot_write():
    import kvideo

    inputs = keras.Input((3, 8, 8, 3))
    model = keras.Model(inputs, kvideo.layers.MotionBandPass()(inputs))
    with pytest.raises(ValueError, match="no layer for MotionBandPass"):
        load("plain_keras").plain(model)


def entry(**forms):
    return {
        "clip": [8, 64, 64],
        "batch": 2,
        "macs": 3_000_000_000,
        "threads": 2,
        "rounds": 7,
        "machine": "a processor",
        "forms": forms,
    }


def form(ms, ratio):
    return {
        "ms": ms,
        "ratio": ratio,
        "memory_mb": 512.3,
        "product_gflops": 400.0,
    }


def test_results_add_up_and_make_a_table(tmp_path):
    path = tmp_path / "results" / "networks.json"
    report.add(path, "x3d_m", "training", entry(kvideo=form(100, 1.0)))
    failed = {"error": "RuntimeError: no | compiler"}
    later = entry(torch=form(250, 2.5), torch_compile=failed)
    report.add(path, "x3d_m", "training", later)
    rows = report.table(report.read(path), "training").splitlines()[2:]
    # 2 clips x 3 passes x 3 GMAC = 36 GFLOP in 0.1 s, over 400 GFLOP/s.
    assert rows[0] == "| `x3d_m` | `kvideo` | 100 | 1.00 | 90 % | 512 |"
    assert rows[1] == "| `x3d_m` | `torch` | 250 | 2.50 | 36 % | 512 |"
    assert "failed: RuntimeError: no / compiler" in rows[2]
    assert report.table(report.read(path), "forward").count("\n") == 2


def test_docs_have_the_section():
    text = report.PAGE.read_text(encoding="utf-8")
    results = {"x3d_m": {"forward": entry(kvideo=form(100, 1.0))}}
    page = report.with_section(text, report.section(results))
    assert "### Forward, batch 2" in page
    assert page.startswith(text.split(report.BEGIN)[0])
    with pytest.raises(ValueError, match="Expected the lines"):
        report.with_section("another page", "")


def test_cpu_time_leaves_waiting_out():
    workers = load("workers")

    def wait():
        time.sleep(0.05)

    assert workers.time_call(wait, 0) >= 50
    assert workers.time_call(wait, 0, cpu_time=True) < 25


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(FOLDER / "networks.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_quick_run(tmp_path):
    path = tmp_path / "results.json"
    options = ["--quick", "--threads", "1", "--results", str(path)]
    options += ["--modes", "training", "--forms", "keras"]
    result = run("tsm_resnet_nano", *options)
    assert result.returncode == 0, result.stderr[-2000:]
    modes = json.loads(path.read_text())["tsm_resnet_nano"]
    assert list(modes) == ["training"]
    forms = modes["training"]["forms"]
    assert list(forms) == ["kvideo", "keras"]
    for values in forms.values():
        assert values["ms"] > 0 and values["product_gflops"] > 0
    assert "| `tsm_resnet_nano` | `keras` |" in result.stdout


def test_unknown_network(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["networks.py", "x4d_m"])
    with pytest.raises(SystemExit, match=r"Unknown: x4d_m.*x3d_m"):
        load("networks").main()

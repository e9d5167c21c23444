import json
from pathlib import Path

import pytest

from kvideo.data import ClipSpec, Views
from kvideo.evaluation import PROTOCOLS, Protocol, get_protocol

DOCS = Path(__file__).parents[2] / "docs" / "sampling.md"


@pytest.mark.parametrize("name", PROTOCOLS)
def test_each_gives_views_and_clip_settings(name):
    """A network of 48 frames, as a multiple of all segment lengths."""
    protocol = PROTOCOLS[name]
    assert protocol.name == name
    assert protocol.source
    assert len(Views.parse(protocol.views)) == protocol.clips * protocol.crops
    network = ClipSpec(48, 224, frames_per_segment=3, frame_stride=7)
    spec = protocol.clip_spec(network)
    assert spec.num_frames == 48
    assert spec.frames_per_segment == 3
    assert spec.frame_size == (protocol.crop_size,) * 2
    assert spec.resize_to == protocol.short_side
    assert spec.short_video == network.short_video


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_documentation_has_it(name):
    row = PROTOCOLS[name]
    stride = f"{row.window} // T" if row.window else row.frame_stride
    cells = [
        *(f"`{name}`", row.views, row.short_side, row.crop_size),
        *(row.sampler, stride, row.target_fps, row.average, row.source),
    ]
    line = "| ".join(f"{'-' if cell is None else cell} " for cell in cells)
    assert f"| {line}|\n" in DOCS.read_text()


def test_views_of_the_papers():
    """Counts that the tables of the papers print."""
    views = {
        "mtnet_kinetics400": 30,
        "cidc_kinetics400": 30,
        "dan_kinetics400": 30,
        "bqn_kinetics400": 10,
        "bqn_kinetics400_x3d_m": 30,
        "rnl_somethingv1": 6,
        "bqn_ucf101": 6,
        "gdn_somethingv1": 1,
        "tsm_kinetics400": 30,
    }
    for name, number in views.items():
        assert len(Views.parse(get_protocol(name).views)) == number


def test_strides():
    network = ClipSpec(16, 224, "dense", frame_stride=2)
    strides = {
        "mtnet_hacs": 2,
        "mtnet_kinetics700": 5,
        "mtnet_moments_in_time": 3,
        "mtnet_ucf101": 4,
        # 64 frames for 16.
        "rnl_kinetics400": 4,
        "slowfast_kinetics400": 2,
    }
    for name, stride in strides.items():
        assert get_protocol(name).clip_spec(network).frame_stride == stride
    assert get_protocol("slowfast_kinetics400").target_fps == 30
    eight = get_protocol("tsm_kinetics400").clip_spec(ClipSpec(8))
    assert (eight.sampler, eight.frame_stride) == ("dense", 8)


def test_a_network_of_another_size():
    """112 of 128 pixels, as 224 of 256."""
    found = get_protocol("gdn_somethingv1").clip_spec(ClipSpec(8, 64), 112)
    assert found.frame_size == (112, 112)
    assert found.resize_to == 128


def test_a_protocol_of_ones_own_leaves_the_network_its_settings():
    spec = ClipSpec(8, (48, 64), "uniform", resize_to=70, target_fps=5)
    assert Protocol("mine", 10, 3).clip_spec(spec) == spec
    assert Protocol("mine", 10, 3).views == "10x3"


def test_a_protocol_s_rate_is_before_that_of_the_training():
    spec = ClipSpec(8, 64, "dense", frame_rate=25.0)
    assert Protocol("mine").clip_spec(spec) == spec
    wanted = Protocol("mine", target_fps=30).clip_spec(spec)
    assert (wanted.target_fps, wanted.frame_rate) == (30, None)
    counted = Protocol("mine", target_fps=0).clip_spec(spec)
    assert (counted.target_fps, counted.frame_rate) == (None, None)


def test_survives_json():
    protocol = get_protocol("tsm_kinetics400")
    stored = json.loads(json.dumps(protocol.to_dict()))
    assert Protocol.from_dict(stored) == protocol
    with pytest.raises(ValueError, match=r"unknown \['views'\]"):
        Protocol.from_dict({"name": "x", "views": "1x1"})


def test_bad_names_and_averages():
    with pytest.raises(ValueError, match="nearest are bqn_somethingv1"):
        get_protocol("bqn_something_v1")
    with pytest.raises(ValueError, match="average='max'"):
        Protocol("mine", average="max")

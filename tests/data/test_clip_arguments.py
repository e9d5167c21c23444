"""All fields of a `ClipSpec` are arguments of a data set, and none twice."""

import dataclasses
import inspect

import pytest

from kvideo.data import ClipSpec, video_dataset
from kvideo.data.plan import spec_of

OTHERS = {
    "num_frames": 6,
    "frame_size": (32, 48),
    "sampler": "dense",
    "frames_per_segment": 2,
    "frame_stride": 3,
    "short_video": "error",
    "resize_to": 300,
    "crop_to_aspect_ratio": False,
    "interpolation": "area",
    "modality": "flow",
    "target_fps": 12.5,
    "frame_rate": 24.0,
}


@pytest.mark.parametrize("field", dataclasses.fields(ClipSpec))
def test_every_field_is_an_argument(field):
    value = OTHERS[field.name]
    assert getattr(spec_of(None, {field.name: value}), field.name) == value
    parameter = inspect.signature(video_dataset).parameters[field.name]
    assert parameter.default == field.default


@pytest.mark.parametrize("name", sorted(set(OTHERS) - {"modality"}))
def test_an_argument_that_contradicts_the_clip_spec(name):
    fields = {name: OTHERS[name]}
    with pytest.raises(ValueError, match=f"say otherwise.*{name}="):
        spec_of(ClipSpec(), fields)
    assert spec_of(ClipSpec(**fields), fields) == ClipSpec(**fields)


def test_one_number_and_two_are_the_same_size():
    spec = ClipSpec(frame_size=(64, 64))
    assert spec_of(spec, {"frame_size": 64}) is spec


def test_a_name_that_is_no_argument():
    with pytest.raises(TypeError, match="Did you mean 'frame_size'"):
        spec_of(None, {"frame_sise": 64})

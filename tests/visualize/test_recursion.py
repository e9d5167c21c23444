import keras
import numpy as np
import pytest

from kvideo.applications import TSM, MTNet
from kvideo.visualize import (
    excitation,
    excitation_figure,
    figure_to_array,
    kept_frames,
    kept_frames_strip,
)

CLIP = (8, 32, 32, 3)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return MTNet(variant="nano", input_shape=CLIP, classes=3)


@pytest.fixture(scope="module")
def clip():
    return np.random.default_rng(0).uniform(0, 255, CLIP).astype("float32")


def of_kind(model, kind):
    return [layer for layer in model.layers if type(layer).__name__ == kind]


def test_kept_frames_are_what_the_network_goes_on_with(model, clip):
    (layer,) = of_kind(model, "TripletCosineFrameSelection")
    found = kept_frames(model, clip)
    assert list(found) == [layer.name]
    before, after = keras.Model(model.input, [layer.input, layer.output])(
        clip[None]
    )
    kept = np.asarray(before)[0][found[layer.name]]
    np.testing.assert_array_equal(kept, np.asarray(after)[0])
    assert len(kept) == 4


def selection(length):
    """A network that halves clips of some length, which it sees as they are."""
    from kvideo.layers import TripletCosineFrameSelection

    clips = keras.Input((length, 8, 8, 3))
    x = TripletCosineFrameSelection(name="choice")(clips)
    return keras.Model(clips, x)


def test_frames_that_are_not_kept_are_faded():
    """Frames 2 and 3 of six are unlike their neighbours: two of three."""
    clip = np.zeros((6, 8, 8, 3), "float32")
    clip[..., 0] = 100
    clip[2:4] = (0, 100, 0)
    model = selection(6)
    kept = kept_frames(model, clip)["choice"]
    assert {2, 3} <= set(kept) and len(kept) == 3
    strip = kept_frames_strip(model, clip, height=8)
    frames = [strip[-4, 12 * t + 4] for t in range(6)]
    for number, pixel in enumerate(frames):
        expected = clip[number, 4, 4]
        if number not in kept:
            expected = expected / 4 + 255 * 0.75
        np.testing.assert_allclose(pixel, expected, atol=1)


def test_short_clips_are_kept_whole():
    clip = np.ones((2, 8, 8, 3), "float32")
    np.testing.assert_array_equal(
        kept_frames(selection(2), clip)["choice"], [0, 1]
    )


def test_excitation_is_what_multiplies(model, clip):
    found = excitation(model, clip)
    layers = of_kind(model, "SqueezeRecursion")
    assert list(found) == [layer.name for layer in layers]
    layer = layers[-1]
    before, after = keras.Model(model.input, [layer.input, layer.output])(
        clip[None]
    )
    factors = found[layer.name][:, None, None]
    np.testing.assert_allclose(
        np.asarray(after)[0], np.asarray(before)[0] * factors, atol=1e-5
    )


def test_panels_show_means_of_groups(model, clip):
    figure = excitation_figure(model, clip, "Title", groups=4)
    found = excitation(model, clip)
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
    assert {"Clip", *found} <= set(panels)
    name, values = next(iter(found.items()))
    shown = panels[name].images[0]
    size = values.shape[1] // 4
    np.testing.assert_allclose(
        shown.get_array()[0], values[:, :size].mean(axis=1), atol=1e-6
    )
    scales = {panels[name].images[0].get_clim() for name in found}
    assert len(scales) == 1
    low, high = scales.pop()
    assert low == -high
    assert figure_to_array(figure).ndim == 3


def test_other_networks_and_wrong_clips(model, clip):
    plain = TSM(variant="resnet_nano", input_shape=CLIP, classes=3)
    with pytest.raises(ValueError, match="select frames"):
        kept_frames(plain, clip)
    with pytest.raises(ValueError, match="excite channels"):
        excitation_figure(plain, clip)
    with pytest.raises(ValueError, match="single clip"):
        excitation(model, clip[None])

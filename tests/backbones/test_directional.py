import keras
import pytest

from kvideo.backbones.directional import _window, multi_scale
from kvideo.layers import AttentionPropagation, DirectionalTemporalConv


def maps(frames=(4, 4, 4), sizes=(15, 8, 4), channels=(8, 16, 32)):
    return {
        stage: keras.Input((t, s, s, c))
        for stage, t, s, c in zip(
            (3, 4, 5), frames, sizes, channels, strict=True
        )
    }


def head(features, **options):
    y = multi_scale(features, **options)
    return keras.Model(list(features.values()), y)


def count(model, kind):
    return sum(isinstance(layer, kind) for layer in model.layers)


@pytest.mark.parametrize("units", [2, 3])
def test_shape_and_number_of_units(units):
    model = head(maps(), units=units)
    assert model.output_shape == (None, 4, 4, 4, 32)
    # The two finer branches have one unit less: none ends in nothing.
    assert count(model, DirectionalTemporalConv) == 3 * units - 2
    assert count(model, AttentionPropagation) == 2


def test_parameters_by_hand():
    # Units: C^2, two kernels of C x T/2 x T, four of normalisation; links:
    # c x C and normalisation. Nothing would read a link from 3 to 4.
    def unit(c):
        return c * c + 2 * c * 2 * 4 + 4 * c

    links = (8 * 32 + 4 * 32) + (16 * 32 + 4 * 32)
    expected = unit(8) + unit(16) + 2 * unit(32) + links
    assert head(maps(), units=2).count_params() == expected


def test_links_that_nothing_reads_are_not_there():
    for units, linked in ((2, {"cidc5"}), (3, {"cidc4", "cidc5"})):
        model = head(maps(), units=units)
        names = [x.name for x in model.layers if "_link" in x.name]
        assert {name.split("_")[0] for name in names} == linked


def test_frames_between_units_and_stages_of_different_length():
    model = head(maps(frames=(8, 4, 4)), units=3, frames=2)
    units = [x for x in model.layers if isinstance(x, DirectionalTemporalConv)]
    lengths = {x.name: x.output.shape[1] for x in units}
    assert lengths.pop("cidc5_unit3_directional") == 4
    assert set(lengths.values()) == {2}


def test_single_stage_without_attention():
    model = head({5: keras.Input((4, 4, 4, 32))}, units=1)
    assert count(model, DirectionalTemporalConv) == 1
    model = head(maps(), attention=False)
    assert count(model, AttentionPropagation) == 0


def test_every_halved_size_has_a_window():
    for fine in range(1, 300):
        half = -(-fine // 2)
        for coarse in (fine, half, -(-half // 2)):
            window, padding = _window(fine, coarse)
            assert (fine + 2 * padding - window) // window + 1 == coarse


@pytest.mark.parametrize(
    ("sizes", "options", "message"),
    [
        ((16, 8, 4), {"units": 1}, "2 at least"),
        ((16, 8, 4), {"units": 1.5}, "integer"),
        ((16, 8, 7), {}, "No average pooling"),
        ((16, None, 4), {}, "needs to know"),
    ],
)
def test_errors(sizes, options, message):
    with pytest.raises(ValueError, match=message):
        head(maps(sizes=sizes), **options)

"""What no argument of a layer can be, for every argument of every layer."""

import inspect

import keras
import pytest

import kvideo.layers
from kvideo.layers import TemporalShift

# What the arguments without a default are.
GIVEN = {
    "filters": 8,
    "kernel_size": 3,
    "pool_size": 2,
    "alpha": 2,
    "height": 8,
    "width": 8,
    "layers": [TemporalShift()],
}
# Keras checks these, or anything will do.
OTHERS = {
    "self",
    "kwargs",
    "name",
    "dtype",
    "trainable",
    "autocast",
    "activity_regularizer",
    "kernel_initializer",
    "frozen_parts",
}
LAYERS = {
    layer.__name__: layer
    for name in kvideo.layers.__all__
    for layer in [getattr(kvideo.layers, name)]
    if layer.__init__ is not keras.layers.Layer.__init__
}


def arguments():
    for name, layer in LAYERS.items():
        parameters = inspect.signature(layer.__init__).parameters.values()
        needed = {
            p.name: GIVEN[p.name]
            for p in parameters
            if p.default is p.empty and p.name in GIVEN
        }
        for parameter in parameters:
            if parameter.name not in OTHERS:
                case = (layer, needed, parameter)
                yield pytest.param(*case, id=f"{name}-{parameter.name}")


def refuse(layer, needed, name, value):
    with pytest.raises(ValueError, match=name) as error:
        layer(**needed | {name: value})
    assert "Received" in str(error.value)


@pytest.mark.parametrize("layer, needed, parameter", arguments())
def test_nonsense_is_refused_by_name(layer, needed, parameter):
    layer(**needed)
    refuse(layer, needed, parameter.name, "nonsense")
    refuse(layer, needed, parameter.name, float("nan"))
    refuse(layer, needed, parameter.name, [[], {}])


@pytest.mark.parametrize("layer, needed, parameter", arguments())
def test_numbers_out_of_range_are_refused(layer, needed, parameter):
    usual = needed.get(parameter.name, parameter.default)
    if isinstance(usual, bool):
        refuse(layer, needed, parameter.name, 2)
    elif isinstance(usual, int):
        refuse(layer, needed, parameter.name, -4)
        refuse(layer, needed, parameter.name, True)
        if parameter.name != "magnitude" and parameter.name != "expansion":
            refuse(layer, needed, parameter.name, 2.5)
    elif isinstance(usual, float) and parameter.name != "fill_value":
        refuse(layer, needed, parameter.name, -0.5)


def test_what_led_to_this():
    for wrong in ({"groups": 0}, {"groups": -4}, {"filters": -4}):
        with pytest.raises(ValueError, match="must be an integer of at least"):
            kvideo.layers.Conv3D(**{"filters": 8, "kernel_size": 3} | wrong)

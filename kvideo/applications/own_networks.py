"""Networks of one's own, where a registry name is asked for.

`"my_module:build"` names a function that takes `classes` and returns a
`keras.Model` of clips. A model or a function that is at hand gets such a name
by `name_of`.
"""

import importlib
import inspect
import os
import sys

import keras

GIVEN = "own:"
_BUILDERS = {}


def name_of(network):
    """The name by which this process knows a network of one's own.

    Args:
        network: A `keras.Model`, a function that returns one, or a name,
            which is returned as it is.
    """
    if isinstance(network, str):
        return network
    if isinstance(network, keras.Model):
        name, builder = f"{GIVEN}{network.name}", lambda **arguments: network
    elif callable(network):
        module, inside = network.__module__, network.__qualname__
        name, builder = f"{module}:{inside}", network
    else:
        raise ValueError(
            "`model` must be a registry name, a keras.Model, a function that "
            "returns one, or the name of such a function, "
            f"'my_module:build'. Received: model={network!r}"
        )
    _BUILDERS[name] = builder
    return name


def is_own(name):
    """Whether a name is one of those."""
    return ":" in str(name)


def is_given(name):
    """Whether it is that of a model which was built before."""
    return str(name).startswith(GIVEN)


def build(name, **arguments):
    """The network of a name.

    Args:
        name: `"my_module:build"`; the module is looked for in the current
            folder, too.
        **arguments: For the function. `classes` is left out where it takes
            none.

    Raises:
        ValueError: No such module or function, or what it returns is no
            built model with one input and one output.
    """
    function = function_of(name)
    known = inspect.signature(function).parameters
    if "classes" not in known and not any(
        x.kind is inspect.Parameter.VAR_KEYWORD for x in known.values()
    ):
        arguments.pop("classes", None)
    model = function(**arguments)
    _check(name, model)
    return model


def function_of(name):
    """The function that builds the network of a name."""
    return _BUILDERS.get(name) or _imported(name)


def _imported(name):
    module, _, function = name.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ValueError(
            f"{name!r} names no network: {error}. Give MODULE:FUNCTION of a "
            "function that returns a keras.Model, with the module in the "
            "current folder or installed; a network that was handed over as "
            "an object is known in its own process only."
        ) from error
    return found


def _check(name, model):
    shapes = None
    if isinstance(model, keras.Model):
        shapes = [x.shape for x in getattr(model, "inputs", None) or ()]
        shapes += [x.shape for x in getattr(model, "outputs", None) or ()]
        if [len(shape) for shape in shapes] == [5, 2]:
            return
    raise ValueError(
        "A network of one's own must be a functional keras.Model from clips "
        f"(B, T, H, W, C) to scores (B, classes). Received: {name} with "
        f"{type(model).__name__}, shapes of inputs and outputs: {shapes}"
    )

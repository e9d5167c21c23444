"""Before a conversion: what the target cannot take, and what happens to it.

A conversion to TFLite fails with the name of an operation, or succeeds with a
file that does not load. The layers say earlier and better what is wrong, so
each one is looked up here, in `preflight_tables.py`. A layer that stands in no
table is called untested.
"""

import dataclasses

import keras

from kvideo.export.precision import half_layers
from kvideo.export.preflight_tables import (
    HALF,
    KERAS_REFUSED,
    KERAS_TESTED,
    KVIDEO,
    KVIDEO_AS_IT_IS,
)

TARGETS = ("saved_model", "tflite", "onnx")
REWRITTEN, REFUSED, UNTESTED = "rewritten", "refused", "untested"


@dataclasses.dataclass(frozen=True)
class Finding:
    """What is known of the layers of one class, for one target.

    Attributes:
        target: `"saved_model"`, `"tflite"` or `"onnx"`.
        kind: The class, such as `"kvideo.MaxPool3D"`, or what they share.
        verdict: `"rewritten"` (kvideo writes another form of equal results),
            `"refused"` (it does not convert) or `"untested"`.
        note: What kvideo does about it, or what to use instead.
        layers: Their paths in the network.
    """

    target: str
    kind: str
    verdict: str
    note: str
    layers: tuple


def check_layers(model, targets=TARGETS):
    """Looks at every layer before anything is converted.

    Args:
        model: A built `keras.Model`.
        targets: Which of `"saved_model"`, `"tflite"` and `"onnx"`.

    Returns:
        A list of `Finding`, one for each target, class and verdict. Layers
        that a target takes as they are do not occur.

    Raises:
        ValueError: An unknown target.
    """
    unknown = sorted(set(targets) - set(TARGETS))
    if unknown:
        raise ValueError(
            f"`targets` must be among {TARGETS}. Received: unknown {unknown}"
        )
    found = {}
    for target in targets:
        for layer in _parts(model):
            entry = _look_up(layer, target)
            if entry:
                path = getattr(layer, "path", None) or layer.name
                found.setdefault((target, *entry), []).append(path)
        halves = half_layers(model) if target != "saved_model" else ()
        if halves:
            found[target, "half precision", REWRITTEN, HALF] = halves
    return [Finding(*key, tuple(paths)) for key, paths in found.items()]


def target_of(format):
    """`"tflite"` for each of its forms, such as `"tflite_int8"`."""
    if format == "serving":  # a SavedModel in a folder of models
        return "saved_model"
    return "tflite" if format.startswith("tflite") else format


def require_convertible(model, target):
    """Raises `ValueError` that names what the target refuses."""
    refused = [f for f in check_layers(model, [target]) if f.verdict == REFUSED]
    if refused:
        lines = [f"{f.kind} ({', '.join(f.layers)}): {f.note}" for f in refused]
        raise ValueError(
            f"The network does not convert to {target}. {' '.join(lines)}"
        )


def _parts(model):
    """Layers at every depth, and calls of `keras.ops` between them."""
    layers = model._flatten_layers(include_self=False)
    yield from (x for x in layers if not isinstance(x, keras.Model))
    for operation in getattr(model, "operations", ()):
        if not isinstance(operation, keras.layers.Layer):
            yield operation


def _look_up(layer, target):
    """(kind, verdict, note) of a layer, or None where nothing is to say."""
    package, name = _package(layer), type(layer).__name__
    kind = f"{package}.{name}"
    if package == "kvideo" and name in KVIDEO:
        rewritten = (kind, REWRITTEN, KVIDEO[name])
        return None if target == "saved_model" else rewritten
    if package == "keras":
        for targets, row, applies, note in KERAS_REFUSED:
            if name == row and target in targets and applies(layer):
                return kind, REFUSED, note
    if name in {"keras": KERAS_TESTED, "kvideo": KVIDEO_AS_IT_IS}.get(
        package, ()
    ):
        return None
    return kind, UNTESTED, "not known to kvideo; the comparison will tell"


def _package(layer):
    return type(layer).__module__.split(".")[0]

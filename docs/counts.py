"""Our figure for a row of docs/paper_figures.yaml: build the network, count.

A call with `variant=` is looked up in the registry, any other in
`kvideo.layers`. What is not there is missing; what is there has to build.
"""

import ast
import functools
import re
from decimal import Decimal

import figures


def our_value(row, quantity):
    """Our figure in the unit of the printed one, or None."""
    if "network" not in row or missing_call(row):
        return None
    printed = figures.Printed.parse(row[quantity])
    values = [
        counted(call, clip, row)[quantity]
        for call, clip in zip(calls(row), clips(row), strict=True)
    ]
    if printed.unit == "%":
        return Decimal(100 * values[0]) / values[1]
    if printed.unit == "C^2":
        return Decimal(sum(values)) / clips(row)[0][-1] ** 2
    views = printed.views if printed.sign == "/" else 1
    return Decimal(sum(values) * views) / Decimal(figures.UNITS[printed.unit])


def calls(row):
    """The calls of a row; the figures of several are added up."""
    network = row["network"]
    return network if isinstance(network, list) else [network]


def clips(row):
    """The clip shape of each call."""
    texts = row["clip"]
    texts = texts if isinstance(texts, list) else [texts] * len(calls(row))
    return [tuple(map(int, text.split("x"))) for text in texts]


def missing_call(row):
    """The first call of a row that kvideo has nothing for, or None."""
    return next((c for c in calls(row) if builder(*parse(c)) is None), None)


def parse(call):
    """`'TSM(variant="resnet50")'` as ("TSM", {"variant": "resnet50"})."""
    tree = ast.parse(call, mode="eval").body
    arguments = {k.arg: ast.literal_eval(k.value) for k in tree.keywords}
    return tree.func.id, arguments


def builder(name, arguments):
    """What the registry, or `kvideo.layers`, has under a name, or None."""
    import kvideo

    if "variant" not in arguments:
        return getattr(kvideo.layers, name, None)
    infos = map(kvideo.model_info, kvideo.list_models())
    found = {(i.builder.__name__, i.variant): i.builder for i in infos}
    return found.get((name, arguments["variant"]))


def counted(call, clip, row):
    """Both quantities of one call, as the row counts them."""
    mode = row.get("count", "macs")
    sizes, flops = count(call, clip, row.get("classes"), mode)
    factors = row.get("factors", {})

    def factor(path):
        return next((f for p, f in factors.items() if re.search(p, path)), 1)

    params = sum(size * factor(path) for path, size in sizes)
    return {"params": params, "flops": flops}


@functools.cache
def count(call, clip, classes, mode):
    """((path, size) of each trained weight, ...), and FLOPs for one clip."""
    import kvideo
    from kvideo.applications.shapes_only import shapes_only

    with shapes_only():
        model = build(call, clip, classes)
        found = kvideo.count(model, mode=mode)
        weights = model.trainable_weights
        sizes = tuple((w.path, w.shape.num_elements()) for w in weights)
    return sizes, found.macs


def build(call, clip, classes):
    """The network, or a model of the one layer, that a call stands for."""
    import keras

    name, arguments = parse(call)
    make = builder(name, arguments)
    if "variant" in arguments:
        return make(input_shape=(*clip, 3), classes=classes, **arguments)
    inputs = keras.Input(clip)
    return keras.Model(inputs, make(**arguments)(inputs))


def verdict_without(row, quantity):
    """The verdict of a figure that nothing can be counted for."""
    if "network" in row:
        return f"{figures.MISSING}: arrives with `{missing_call(row)}`"
    why = figures.said(row, "why", quantity)
    return f"{figures.OFF}: {why}" if why else figures.QUOTED

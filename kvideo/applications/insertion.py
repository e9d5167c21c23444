"""An operator placed into a network that is already there.

A network keeps what it has learnt, gains a layer behind the steps that are
named, and is a functional `keras.Model` again. Where the operator starts as
the identity (`NonLocal`, `RegionNonLocal`, ...), its first outputs are those
of the network before.
"""

import difflib
import fnmatch

import keras

from kvideo.applications.counting import count
from kvideo.applications.folding import calls_in_order
from kvideo.backbones import steps as backbone_steps
from kvideo.backbones.steps import Step


def insert(
    network, operator, after, part="inserted", frames=None, verbose=True
):
    """A copy of a network with an operator behind some of its steps.

    Args:
        network: One of

            - a functional network of clips, as `kvideo.applications` makes;
            - a functional network of images, such as
              `keras.applications.ResNet50()`: the result takes clips, runs
              the network on B * T frames, and shows the operator all frames
              of a clip, (B, T, H, W, C);
            - a backbone's list of `Step`, before it is walked.
        operator: Called with `name=`, once for each place; returns a layer:
            a layer class, `functools.partial(NonLocal, scale=True)`, or a
            function of `name`, which may make another layer for each place.
            The layer must keep the shape.
        after: Names with `*` for any characters, with commas in between or
            in a list: `"res3_block1, res4_*"`. Networks of clips are asked
            for a step first (`"res3_block1"`; in two pathways
            `"busy_res3_block1"`), then for a layer; networks of images for a
            layer (`"conv3_block1_out"`), all in one call.
        part: New layers are named `<step>_<part>`. Another one for each
            operator that goes into the same place.
        frames: T, for networks of images.
        verbose: Whether to print the parameters and multiply-accumulates
            that were added. `kvideo.count` of the result has them as well.

    Returns:
        A functional `keras.Model` that shares no weights with `network`,
        whose values it has copied and which is left as it was; not compiled.
        For a list of steps, such a list. Of a network of images, what was
        one vector a frame is averaged over the clip, and what were feature
        maps are (B, T, H, W, C).
    Raises:
        ValueError: If nothing has such a name (the message has the nearest),
            the operator changes the shape, or the network is not functional.
    """
    if isinstance(operator, keras.layers.Layer):
        raise ValueError(
            "`operator` makes a layer for each place; a layer that is "
            "already there would share its weights between them. Give its "
            "class, or functools.partial(its class, ...). Received: "
            f"operator={operator!r}."
        )
    if isinstance(network, list | tuple):
        return _into_steps(network, operator, after, part)
    _check_network(network, frames)
    names = _places(network, after)
    places = {layer: f"{name}_{part}" for name, layer in names.items()}
    _check_free(network, places.values(), part)
    clips = _clips(network, frames)
    inserted = _rebuild(network, clips, operator, places)
    if verbose:
        print(_report(inserted, list(names), set(places.values())))
    return inserted


def _into_steps(steps, operator, after, part):
    """A list of steps with further ones behind those that are named."""
    names = {step.name: step.name for step in steps}

    def follow(step):
        name = f"{step.name}_{part}"
        return Step(
            name,
            step.stage,
            lambda x: _apply(operator, name, x),
            residual=False,
        )

    return backbone_steps.insert(steps, list(_match(after, [names])), follow)


def _check_network(network, frames):
    shapes = [tuple(x.shape) for x in getattr(network, "inputs", None) or ()]
    if not hasattr(network, "_nodes_by_depth") or len(shapes) != 1:
        raise ValueError(
            "`network` must be a functional keras.Model with one input, or "
            f"a list of steps. Received: network={network!r}."
        )
    shape = shapes[0]
    if len(shape) not in (4, 5):
        raise ValueError(
            "`network` must take clips (B, T, H, W, C) or images "
            f"(B, H, W, C). Received: an input of shape {shape}."
        )
    if len(shape) == 5 and frames is not None:
        raise ValueError(
            "`frames` is for networks of images; this one takes clips. "
            f"Received: frames={frames}, an input of shape {shape}."
        )
    if len(shape) == 4 and (not isinstance(frames, int) or frames < 1):
        raise ValueError(
            "A network of images needs `frames`, the number of frames of a "
            f"clip, a positive integer. Received: frames={frames!r}."
        )
    if len(shape) == 4 and None in shape[1:]:
        raise ValueError(
            "A network of images needs a known size. Received: an input of "
            f"shape {shape}. Build it with input_shape=."
        )


def _places(network, after):
    """Name that was asked for -> the layer whose output it means."""
    rank = len(network.inputs[0].shape)
    calls = calls_in_order(network)
    maps = {
        layer.name: layer.name
        for layer in network.layers
        if _single_map(layer, calls, rank)
    }
    if rank == 4:
        return _match(after, [maps])
    return _match(after, [_step_ends(network, calls, maps), maps])


def _single_map(layer, calls, rank):
    """Whether a layer is called once and makes one feature map."""
    made = [x for c in calls if c.operation is layer for x in c.outputs]
    return len(made) == 1 and len(made[0].shape) == rank


def _step_ends(network, calls, maps):
    """Step -> its last layer, where one feature map alone leaves the step."""
    steps = {
        id(layer): layer.name.rpartition("_")[0] or layer.name
        for layer in network.layers
    }
    maker = {id(x): call.operation for call in calls for x in call.outputs}
    reads = [
        (x, steps.get(id(call.operation)))
        for call in calls
        for x in call.input_tensors
    ]
    leaving = {}
    for x, reader in reads + [(x, None) for x in network.outputs]:
        layer = maker.get(id(x))
        step = steps.get(id(layer))
        if step is not None and step != reader:
            leaving.setdefault(step, set()).add(layer.name)
    return {
        step: layer
        for step, (layer, *others) in leaving.items()
        if not others and layer in maps
    }


def _match(after, tables):
    """What the patterns mean, each in the first table that has it.

    Args:
        after: As of `insert`.
        tables: List of dicts from names to layers.

    Returns:
        Dict from the names found to their layers, no layer twice.
    """
    patterns = after.split(",") if isinstance(after, str) else list(after)
    if not patterns:
        raise ValueError("`after` must name a step. Received: after=[].")
    found = {}
    for pattern in [p.strip() for p in patterns]:
        hits = [fnmatch.filter(table, pattern) for table in tables]
        index = next((i for i, names in enumerate(hits) if names), None)
        if index is None:
            raise ValueError(_no_match(pattern, tables))
        for name in hits[index]:
            if tables[index][name] not in found.values():
                found[name] = tables[index][name]
    return found


def _no_match(pattern, tables):
    names = list(dict.fromkeys(name for table in tables for name in table))
    bare = pattern.replace("*", "")
    nearest = difflib.get_close_matches(bare, names, n=3, cutoff=0.4)
    known = list(tables[0])
    return (
        f"`after` matches nothing. Received: {pattern!r}. Nearest: "
        f"{', '.join(nearest) or 'none'}. A place is a step or a layer that "
        "one feature map leaves; there are "
        f"{', '.join(known[:40])}{', ...' if len(known) > 40 else ''}."
    )


def _check_free(network, names, part):
    taken = {layer.name for layer in network.layers} & set(names)
    if taken:
        raise ValueError(
            f"The network has a layer {sorted(taken)[0]!r} already. Give "
            f"another `part`. Received: part={part!r}."
        )


def _clips(network, frames):
    """The input of the new network."""
    x = network.inputs[0]
    if frames is None:
        return keras.Input(batch_shape=x.shape, dtype=x.dtype, name=x.name)
    return keras.Input((frames, *x.shape[1:]), dtype=x.dtype, name="clips")


def _rebuild(network, clips, operator, places):
    """The network on other clips, with an operator behind some layers."""
    frames = clips.shape[1] if len(network.inputs[0].shape) == 4 else None
    images = clips if frames is None else _fold(clips)

    def call(layer, *args, **kwargs):
        args, kwargs = keras.tree.map_structure(
            lambda x: images if x is clips else x, (args, kwargs)
        )
        x = layer(*args, **kwargs)
        name = places.get(layer.name)
        if name is None:
            return x
        if frames is None:
            return _apply(operator, name, x)
        return _fold(_apply(operator, name, _unfold(x, frames)))

    # Keras compares the structure of the inputs, not their shapes.
    clone = keras.models.clone_model(
        network, input_tensors=clips, call_function=call
    )
    _copy_weights(network, clone)
    outputs = clone.output
    if frames is not None:
        outputs = keras.tree.map_structure(
            lambda x: _over_clip(x, frames), outputs
        )
    # Anew, as a clone takes over how the network was compiled.
    return keras.Model(clips, outputs, name=network.name)


def _apply(operator, name, x):
    """The operator on a feature map, which must keep its shape."""
    layer = operator(name=name)
    y = layer(x)
    if tuple(y.shape) != tuple(x.shape):
        raise ValueError(
            "An operator that is inserted must keep the shape. Received: "
            f"operator={layer!r}, which at {name!r} turns {tuple(x.shape)} "
            f"into {tuple(y.shape)}."
        )
    return y


def _fold(x):
    """(B, T, ...) to (B * T, ...)."""
    return keras.ops.reshape(x, (-1, *x.shape[2:]))


def _unfold(x, frames):
    """(B * T, ...) to (B, T, ...)."""
    return keras.ops.reshape(x, (-1, frames, *x.shape[1:]))


def _over_clip(x, frames):
    """Outputs of frames to one of the clip."""
    x = _unfold(x, frames)
    if len(x.shape) != 3:
        return x
    return keras.layers.GlobalAveragePooling1D(
        dtype="float32", name="consensus"
    )(x)


def _copy_weights(network, clone):
    known = {layer.name: layer for layer in network.layers}
    for layer in clone.layers:
        if layer.name in known and layer.weights:
            layer.set_weights(known[layer.name].get_weights())


def _report(network, places, added):
    """One sentence: what was added, and how much it is."""
    text = f"Inserted after {', '.join(places)}: "
    params = sum(
        layer.count_params() for layer in network.layers if layer.name in added
    )
    text += f"{params:,} parameters"
    if None in tuple(network.inputs[0].shape[1:]):
        return text + " (multiply-accumulates need a known size of the clip)."
    total = count(network)
    rows = [row for row in total.layers if row.name in added]
    macs = sum(row.macs for row in rows)
    text += f" ({_share(params, total.params)}), "
    text += f"{macs:,} multiply-accumulates a clip ({_share(macs, total.macs)})"
    uncounted = sorted({kind for row in rows for kind in row.uncounted})
    if uncounted:
        text += f", without those of {', '.join(uncounted)}"
    return text + "."


def _share(added, total):
    """How much more that is than before."""
    before = total - added
    return f"+{100 * added / before:.1f} %" if before else "all of them"

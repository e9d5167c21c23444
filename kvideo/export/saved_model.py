"""Keras network -> TensorFlow SavedModel."""

import tensorflow as tf

from kvideo.export.checks import fit_for_export
from kvideo.export.signatures import clip_spec_of, make_signatures
from kvideo.export.staging import staged_artefact
from kvideo.ops import lowering

TOP = 5


def export_saved_model(model, path, card=None, overwrite=False, top=TOP):
    """Writes a SavedModel that needs TensorFlow only, no kvideo and no Keras.

    Its signature `serving_default` takes `clips`, float32 (B, T, H, W, 3) in
    [0, 255] with any B, and returns `probabilities` (B, classes) in float32,
    and `class_ids` and `class_names` (B, k) of the most probable classes.
    `serve_uint8`, `serve_jpeg` and `serve_example` take raw frames
    (`kvideo.export.signatures`). The network is traced in inference mode under
    the `"train"` lowering, which is the faster one in TensorFlow.

    Args:
        model: A built `keras.Model` of clips that ends in probabilities.
        path: Directory to write; it appears only when it is complete.
        card: `kvideo.export.Card`; None makes one of what is known
            (`kvideo.export.default_card`). It is stored in
            `assets.extra/card.json`. Its `clip_spec` must make the
            network's clips.
        overwrite: Replace what stands at `path`.
        top: k, how many classes are named, a positive integer. More than
            there are means all.

    Returns:
        The path.

    Raises:
        FileExistsError: `path` exists and `overwrite` is false.
        ValueError: An unfit network or card, `top` below 1, or an unwritable
            directory.
    """
    model, card = fit_for_export(model, card)
    with staged_artefact(path, card, overwrite) as draft:
        write_saved_model(model, draft, card, top)
    return path


def write_saved_model(model, path, card, top=TOP):
    """Writes the directory at `path`, where nothing is in the way."""
    if top < 1:
        raise ValueError(f"`top` must be 1 or more. Received: top={top}")
    spec = clip_spec_of(model, card)
    module = serving_module(model, "train", batch_size=None)

    def network(clips):
        return module.serve(clips)["probabilities"]

    signatures = make_signatures(
        network, tuple(model.inputs[0].shape[1:]), spec, card.class_names, top
    )
    tf.saved_model.save(module, str(path), signatures=signatures)


def serving_module(model, form, batch_size):
    """Returns a `tf.Module` whose `serve` is the network, ready to save.

    `keras.export.ExportArchive` would write each weight twice: as a Keras
    variable and as the TensorFlow variable inside it.

    Args:
        model: A built network.
        form: The lowering to trace it under.
        batch_size: B of the clips, or `None` for any.
    """

    def serve(clips):
        # Inside the function, because TensorFlow decides when it traces.
        with lowering(form):
            outputs = model(clips, training=False)
        return {"probabilities": tf.cast(outputs, tf.float32)}

    shape = (batch_size, *model.inputs[0].shape[1:])
    signature = [tf.TensorSpec(shape, tf.float32, name="clips")]
    module = tf.Module()
    # A SavedModel holds the variables that it finds as attributes.
    module.weights = [variable.value for variable in model.variables]
    module.serve = tf.function(serve, signature, autograph=False)
    return module


def write_module(module, path):
    """Writes a `serving_module`, with its one signature, as a SavedModel."""
    signatures = {"serving_default": module.serve}
    tf.saved_model.save(module, str(path), signatures=signatures)

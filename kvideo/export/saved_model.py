"""Keras network -> TensorFlow SavedModel."""

import keras
import tensorflow as tf

from kvideo.export.card import card_path
from kvideo.export.checks import check_network
from kvideo.export.staging import staged
from kvideo.ops import lowering


def export_saved_model(model, path, card, overwrite=False):
    """Writes a SavedModel that needs TensorFlow only, no kvideo and no Keras.

    Its signature `serving_default` takes `clips`, float32 (B, T, H, W, 3) in
    [0, 255] with any B, and returns `{"probabilities": (B, classes)}` in
    float32. The network is traced in inference mode under the `"train"`
    lowering, which is the faster one in TensorFlow.

    Args:
        model: A built functional network that ends in probabilities.
        path: Directory to write; it appears only when it is complete.
        card: `kvideo.export.Card`, stored in `assets.extra/card.json`.
        overwrite: Replace what stands at `path`.

    Returns:
        The path.

    Raises:
        FileExistsError: `path` exists and `overwrite` is false.
        ValueError: An unfit network or card, or an unwritable directory.
    """
    check_network(model, card)
    with staged(path, overwrite) as draft:
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint(
            "serving_default",
            serving_function(model, "train"),
            input_signature=[clip_signature(model, batch_size=None)],
        )
        archive.write_out(str(draft), verbose=False)
        card.save(card_path(draft))
    return path


def clip_signature(model, batch_size):
    """Returns the `tf.TensorSpec` of the network's clips."""
    shape = (batch_size, *model.inputs[0].shape[1:])
    return tf.TensorSpec(shape, tf.float32, name="clips")


def serving_function(model, lowering_name):
    """Returns `clips -> {"probabilities": ...}` for tracing.

    The lowering is set inside the function, because TensorFlow decides when
    it traces.
    """

    def serve(clips):
        with lowering(lowering_name):
            outputs = model(clips, training=False)
        return {"probabilities": tf.cast(outputs, tf.float32)}

    return serve

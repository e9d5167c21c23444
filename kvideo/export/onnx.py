"""Keras network -> ONNX file, through Keras' own `model.export`."""

import contextlib
import logging
from pathlib import Path

import keras
import tensorflow as tf

from kvideo.export.checks import fit_for_export
from kvideo.export.metadata import onnx_entries
from kvideo.export.precision import in_float32
from kvideo.export.preflight import require_convertible
from kvideo.export.staging import staged_artefact
from kvideo.ops import lowering


def export_onnx(model, path, card=None, overwrite=False):
    """Writes an `.onnx` file that runs in ONNX Runtime.

    Its input `clips` is float32 (B, T, H, W, 3) in [0, 255] with any B, its
    output `probabilities` float32 (B, classes). The network is traced under
    the `"mobile"` lowering: tf2onnx loses the shape of some convolutions of
    the other, and ONNX Runtime runs the 2-D ones at least as fast. Needs the
    extra `kvideo[onnx]`.

    Args:
        model: A built `keras.Model` of clips that ends in probabilities.
        path: File to write, ending in `.onnx`.
        card: `kvideo.export.Card`; None makes one of what is known
            (`kvideo.export.default_card`). It is stored beside the file
            (`card_path`) and in its metadata (`docs/export.md`).
        overwrite: Replace what stands at `path`.

    Returns:
        The path.

    Raises:
        FileExistsError: `path` exists and `overwrite` is false.
        ImportError: The extra is not installed.
        ValueError: An unfit network or card, a path without `.onnx`, or an
            unwritable directory.
    """
    model, card = fit_for_export(model, card)
    require_convertible(model, "onnx")
    with staged_artefact(path, card, overwrite) as draft:
        write_onnx(model, draft, card)
    return path


def write_onnx(model, path, card):
    """Writes the file at `path`, where nothing is in the way."""
    if Path(path).suffix != ".onnx":
        raise ValueError(
            f"An ONNX file must end in '.onnx'. Received: path='{path}'"
        )
    onnx = _packages()
    named = _named_output(in_float32(model))
    shape = (None, *model.inputs[0].shape[1:])
    clips = tf.TensorSpec(shape, tf.float32, name="clips")
    with lowering("mobile"), _quiet():
        named.export(
            str(path), format="onnx", verbose=False, input_signature=[clips]
        )
    written = onnx.load(str(path))
    for value in (*written.graph.input, *written.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "B"
    onnx.helper.set_model_props(written, onnx_entries(card))
    onnx.save(written, str(path))


def list_onnx_ops(path):
    """Returns the names of the file's operations, in order of execution."""
    return [node.op_type for node in _packages().load(str(path)).graph.node]


def _packages():
    """The package onnx, when everything that the export needs is there."""
    try:
        import onnx
        import onnxruntime  # noqa: F401  (the export is checked with it)

        # Keras imports tf2onnx itself, with less to say when it is missing.
        from kvideo.export import _tf2onnx_erfc  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"ONNX needs the package '{error.name}'. Install the extra: "
            "`pip install kvideo[onnx]`."
        ) from error
    return onnx


def _named_output(model):
    """tf2onnx names the outputs of a dictionary by their keys."""
    return keras.Model(model.inputs, {"probabilities": model.outputs[0]})


@contextlib.contextmanager
def _quiet():
    """tf2onnx reports each pass of its optimizer."""
    logger = logging.getLogger("tf2onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)

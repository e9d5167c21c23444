"""Keras network -> TFLite file, from TFLite's built-in operations only."""

import re
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from kvideo.export.card import card_path
from kvideo.export.checks import check_network
from kvideo.export.saved_model import serving_module, write_module
from kvideo.export.staging import staged


def export_tflite(model, path, card, overwrite=False):
    """Writes a `.tflite` file that runs in the plain LiteRT interpreter.

    Its signature `serving_default` takes `clips`, float32 (1, T, H, W, 3) in
    [0, 255], and returns `probabilities`, float32 (1, classes). The network is
    traced under the `"mobile"` lowering, in which 3-D convolutions become 2-D
    ones. The file is loaded and run once before it takes its place, since a
    conversion can succeed and its result not load.

    Args:
        model: A built functional network that ends in probabilities.
        path: File to write, ending in `.tflite`.
        card: `kvideo.export.Card`, stored beside it (`card_path`).
        overwrite: Replace what stands at `path`.

    Returns:
        The path.

    Raises:
        FileExistsError: `path` exists and `overwrite` is false.
        ValueError: An unfit network or card, a path without `.tflite`, an
            unwritable directory, or a network with operations that TFLite
            lacks; the error names them.
    """
    if Path(path).suffix != ".tflite":
        raise ValueError(
            f"A TFLite file must end in '.tflite'. Received: path='{path}'"
        )
    check_network(model, card)
    with staged(path, overwrite) as draft:
        draft.write_bytes(_convert(model))
        _check_runs(draft)
        card.save(card_path(draft))
    return path


def list_tflite_ops(path):
    """Returns the names of the file's operations, in order of execution."""
    # Delegates off: they would hide the operations that they take over.
    interpreter = Interpreter(
        str(path),
        experimental_op_resolver_type=(
            OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        ),
    )
    return [op["op_name"] for op in interpreter._get_ops_details()]


def _convert(model):
    """Returns the bytes of the TFLite file."""
    with tempfile.TemporaryDirectory() as folder:
        write_module(serving_module(model, "mobile", batch_size=1), folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        try:
            return converter.convert()
        except Exception as error:
            raise ValueError(_conversion_message(error)) from error


def _conversion_message(error):
    found = re.findall(r"(?:TF Select|Custom) ops: (.+)", str(error))
    names = sorted({name for line in found for name in line.split(", ")})
    reason = f"Operations without one: {', '.join(names)}" if names else error
    return (
        "The network does not convert to TFLite: each of its operations must "
        f"have a built-in TFLite form. {reason}"
    )


def _check_runs(path):
    """Raises `ValueError` unless the file loads and gives finite numbers."""
    try:
        foreign = {
            name
            for name in list_tflite_ops(path)
            if name.startswith("Flex") or name == "CUSTOM"
        }
        interpreter = Interpreter(str(path))
        interpreter.allocate_tensors()
        run = interpreter.get_signature_runner("serving_default")
        shape = interpreter.get_input_details()[0]["shape"]
        outputs = run(clips=np.full(shape, 128, "float32"))["probabilities"]
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"The network converts to TFLite, but the result does not run: "
            f"{error}"
        ) from error
    if foreign or not np.isfinite(outputs).all():
        raise ValueError(
            "The TFLite file must hold built-in operations only and return "
            f"finite numbers. Received: foreign operations={sorted(foreign)}, "
            f"probabilities={outputs}"
        )

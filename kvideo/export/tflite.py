"""Keras network -> TFLite file, from TFLite's built-in operations only."""

import re
import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from kvideo.export.checks import fit_for_export
from kvideo.export.metadata import append_to_tflite
from kvideo.export.precision import in_float32
from kvideo.export.preflight import require_convertible
from kvideo.export.saved_model import serving_module, write_module
from kvideo.export.staging import staged_artefact
from kvideo.quiet import quiet

FORMS = ("float32", "float16", "dynamic", "int8")


def export_tflite(
    model, path, card=None, overwrite=False, form="float32", calibration=None
):
    """Writes a `.tflite` file that runs in the plain LiteRT interpreter.

    Its signature `serving_default` takes `clips`, float32 (1, T, H, W, 3) in
    [0, 255], and returns `probabilities`, float32 (1, classes), in every form.
    The network is traced under the `"mobile"` lowering, in which 3-D
    convolutions become 2-D ones. The file is loaded and run once before it
    takes its place, since a conversion can succeed and its result not load.

    Args:
        model: A built `keras.Model` of clips that ends in probabilities.
        path: File to write, ending in `.tflite`.
        card: `kvideo.export.Card`; None makes one of what is known
            (`kvideo.export.default_card`). It is stored beside the file
            (`card_path`) and inside it (`docs/export.md`).
        overwrite: Replace what stands at `path`.
        form: `"float32"`; `"float16"`, weights of half the size, arithmetic
            in float32; `"dynamic"`, int8 weights, and int8 arithmetic in the
            convolutions whose inputs are scaled as they come; `"int8"`,
            int8 arithmetic throughout with scales from `calibration`, float
            where an operation has no int8 kernel.
        calibration: For `"int8"`: an iterable of float32 clips (T, H, W, 3)
            in [0, 255], a hundred real ones or so.

    Returns:
        The path.

    Raises:
        FileExistsError: `path` exists and `overwrite` is false.
        ValueError: An unfit network or card, a path without `.tflite`, an
            unwritable directory, an unknown form, int8 without clips, or a
            network with layers or operations that TFLite lacks; the error
            names them.
    """
    model, card = fit_for_export(model, card)
    require_convertible(model, "tflite")
    with staged_artefact(path, card, overwrite) as draft:
        write_tflite(model, draft, card, form, calibration)
    return path


def write_tflite(model, path, card, form="float32", calibration=None):
    """Writes the file at `path`, where nothing is in the way."""
    if Path(path).suffix != ".tflite":
        raise ValueError(
            f"A TFLite file must end in '.tflite'. Received: path='{path}'"
        )
    if form not in FORMS:
        raise ValueError(
            f"`form` must be one of {FORMS}. Received: form={form!r}"
        )
    Path(path).write_bytes(_convert(in_float32(model), form, calibration))
    append_to_tflite(path, card)
    _check_runs(path)


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


def _convert(model, form, calibration):
    """Returns the bytes of the TFLite file."""
    with tempfile.TemporaryDirectory() as folder:
        write_module(serving_module(model, "mobile", batch_size=1), folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        _set_form(converter, form, calibration)
        try:
            return converter.convert()
        except Exception as error:
            raise ValueError(_conversion_message(error)) from error


def _set_form(converter, form, calibration):
    if form == "float32":
        return
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if form == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if form == "int8":
        clips = list(calibration or ())
        if not clips:
            raise ValueError(
                "int8 needs clips, which say how large the values inside the "
                "network become. Pass `calibration`, or --calibrate FOLDER. "
                f"Received: calibration={calibration!r}"
            )
        converter.representative_dataset = lambda: (
            [np.asarray(clip, "float32")[None]] for clip in clips
        )


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
        with quiet():
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

"""How each kind of artefact is loaded and run.

A loader takes the path and a number of threads, and returns the shape of a
clip, how many clips to run at once, the function that runs them, and a card of
what is known of a network without one, or None.
"""

import contextlib
import os

import numpy as np

from kvideo.quiet import quiet

BATCH_SIZE = 8  # clips in memory at once


@contextlib.contextmanager
def file_named(path):
    """What fails inside becomes a `ValueError` that names the file.

    Raises:
        OSError: The file may not be read.
    """
    if os.path.isfile(path):
        open(path, "rb").close()
    try:
        yield
    except ImportError:
        raise
    except Exception as error:  # each format has errors of its own
        raise ValueError(
            f"'{path}' cannot be loaded; is it whole? "
            f"{type(error).__name__}: {error} (If not, copy it again, or "
            "export or train it again.)"
        ) from error


def load_network(path):
    """The `keras.Model` of a `.keras` file."""
    with file_named(path):
        return _keras_model(path)


def _keras_model(path):
    import keras

    return keras.saving.load_model(path, compile=False)


def _load_keras(path, threads):
    model = _keras_model(path)

    def run(clips):
        scores = model.predict_on_batch(clips)
        if isinstance(scores, dict | list | tuple):
            raise ValueError(
                "An artefact is a classifier with one output (B, classes). "
                f"Received: '{path}' with {len(scores)} outputs. Save "
                "keras.Model(model.input, model.outputs[0]) in its place."
            )
        return np.asarray(scores)

    return model.input_shape[1:], BATCH_SIZE, run, _known_card(model)


def _known_card(model):
    """None of what is no classifier of clips, for which there is no card."""
    shapes = [tuple(x.shape) for x in (*model.inputs, *model.outputs)]
    if list(map(len, shapes)) != [5, 2] or None in shapes[0][1:]:
        return None
    from kvideo.export.known_card import default_card

    return default_card(model)


def _load_saved_model(path, threads):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    serve = loaded.signatures["serving_default"]
    # The signature does not own the variables, `loaded` does: keep it alive.
    serve.owner = loaded
    shape = serve.structured_input_signature[1]["clips"].shape

    def run(clips):
        try:
            return serve(clips=tf.constant(clips))["probabilities"].numpy()
        except tf.errors.InvalidArgumentError as error:
            # What its graph checks: see `kvideo.export.signatures`.
            raise ValueError(f"'{path}' refuses: {error.message}") from error

    return shape[1:], BATCH_SIZE, run, None


def _load_tflite(path, threads):
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        # One thread unless told; TensorFlow takes every core by itself.
        interpreter = Interpreter(str(path), num_threads=threads)
        interpreter.allocate_tensors()  # which says what it runs on
        serve = interpreter.get_signature_runner("serving_default")
    shape = serve.get_input_details()["clips"]["shape"]

    def run(clips):
        return serve(clips=clips)["probabilities"]

    return [int(size) for size in shape[1:]], 1, run, None


def onnx_session(path, threads=1):
    """An ONNX Runtime session, or `ImportError` that names the extra."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError(
            "An .onnx file runs in ONNX Runtime. Install the extra: "
            "`pip install kvideo[onnx]`."
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options)


def _load_onnx(path, threads):
    session = onnx_session(path, threads)
    shape = session.get_inputs()[0].shape

    def run(clips):
        return session.run(["probabilities"], {"clips": clips})[0]

    return shape[1:], BATCH_SIZE, run, None


LOADERS = {
    "keras": _load_keras,
    "saved_model": _load_saved_model,
    "tflite": _load_tflite,
    "onnx": _load_onnx,
}

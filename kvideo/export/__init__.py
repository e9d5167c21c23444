"""Export: a Keras network becomes an artefact that runs without kvideo.

`card.py` says what an artefact is, `saved_model.py` and `tflite.py` write one,
`verify.py` compares it with the Keras network in a fresh process, and
`artefacts.py` loads any of them behind one `predict`. Nothing here is imported
before it is used, because TensorFlow takes seconds to load.
"""

import importlib

_FUNCTIONS = {
    "Artefact": "artefacts",
    "decode_predictions": "artefacts",
    "load_artefact": "artefacts",
    "predict_video": "artefacts",
    "Card": "card",
    "card_path": "card",
    "export_saved_model": "saved_model",
    "export_tflite": "tflite",
    "list_tflite_ops": "tflite",
    "ExportResult": "verify",
    "compare_in_fresh_process": "verify",
    "export_all": "verify",
    "predict_in_fresh_process": "verify",
}

__all__ = sorted(_FUNCTIONS)


def __getattr__(name):
    if name in _FUNCTIONS:
        module = importlib.import_module(f"{__name__}.{_FUNCTIONS[name]}")
        return getattr(module, name)
    raise AttributeError(
        f"module 'kvideo.export' has no attribute {name!r}. "
        f"It has: {', '.join(__all__)}."
    )


def __dir__():
    return __all__

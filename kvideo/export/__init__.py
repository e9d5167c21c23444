"""Export: a Keras network becomes an artefact that runs without kvideo.

`card.py` says what an artefact is, `saved_model.py` and `tflite.py` write one,
`verify.py` compares it with the Keras network in a fresh process, and
`artefacts.py` loads any of them behind one `predict`. Nothing here is imported
before it is used, because TensorFlow takes seconds to load.
"""

from kvideo.lazy import lazy

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

__getattr__, __dir__, __all__ = lazy(__name__, _FUNCTIONS)

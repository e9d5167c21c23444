"""Export: a Keras network becomes an artefact that runs without kvideo.

`card.py` says what an artefact is, `preflight.py` what a target cannot take,
`saved_model.py`, `tflite.py` and `onnx.py` write one, `verify.py` compares it
with the Keras network in a fresh process, and `artefacts.py` loads any of them
behind one `predict`. Nothing here is imported before it is used, because
TensorFlow takes seconds to load.
"""

from kvideo.lazy import lazy

_HOMES = {
    "Artefact": "artefacts",
    "load_artefact": "artefacts",
    "predict_video": "artefacts",
    "Card": "card",
    "card_path": "card",
    "check_files": "checksums",
    "file_checksums": "checksums",
    "Prediction": "prediction",
    "comparison_clips": "clips",
    "folder_clips": "clips",
    "default_card": "known_card",
    "ArtefactError": "fresh_process",
    "compare_in_fresh_process": "fresh_process",
    "predict_in_fresh_process": "fresh_process",
    "read_card": "metadata",
    "export_onnx": "onnx",
    "list_onnx_ops": "onnx",
    "Finding": "preflight",
    "check_layers": "preflight",
    "export_saved_model": "saved_model",
    "FrameStream": "streaming",
    "export_stream": "streaming",
    "keras_stream": "streaming",
    "load_stream": "streaming",
    "predict_frames": "streaming",
    "export_tflite": "tflite",
    "list_tflite_ops": "tflite",
    "ExportResult": "verify",
    "export_all": "verify",
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOMES)

"""A network as a TFLite file beside the network itself."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from kvideo.export import Card, export_tflite, list_tflite_ops


def check_tflite(model, clip, folder, atol=1e-4):
    """Exports (built-in operations or an error), compares, names the ops.

    `model` takes clips and ends in probabilities; `clip` is a batch of one.
    """
    _, frames, height, width, _ = model.input_shape
    card = Card(
        model=model.name,
        class_names=tuple(f"class{i}" for i in range(model.output_shape[-1])),
        clip_spec={
            "num_frames": frames,
            "frame_size": [height, width],
            "sampler": "uniform",
        },
    )
    path = folder / "model.tflite"
    export_tflite(model, path, card)
    serve = Interpreter(str(path)).get_signature_runner("serving_default")
    found = serve(clips=clip)["probabilities"]
    expected = model.predict(clip, verbose=0)
    np.testing.assert_allclose(found, expected, atol=atol)
    return list_tflite_ops(path)

"""PyTorch and Caffe2 checkpoints to kvideo weights, with a proof.

`convert_checkpoint` reads a checkpoint (`checkpoint.py`), recognises of which
network it is by its tensors' names and shapes (`recognition.py`), puts every
tensor in its place (`assignment.py`), and writes the weights only if a PyTorch
network with the checkpoint's own names gives the same logits (`proof.py`).

What is known of one kind of checkpoint is one file in `kinds/`: its names,
and the networks that they may be of. The PyTorch networks are in `twins/`.
PyTorch is needed (`pip install kvideo[convert]`), and imported when the first
checkpoint is read.
"""

from kvideo.lazy import lazy

_HOMES = {
    "convert_checkpoint": "conversion",
    "list_kinds": "recognition",
    "read_checkpoint": "checkpoint",
    "recognize": "recognition",
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOMES)

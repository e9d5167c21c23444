"""Checkpoint files -> names and arrays. Nothing that they hold is run.

`.safetensors` holds no code. PyTorch's files are pickles, which `torch.load`
reads with `weights_only=True`: it knows tensors and plain values, and refuses
everything else. Caffe2's files are pickles too, see `caffe2.py`.
"""

import pickle
import re
from pathlib import Path

import numpy as np

from kvideo.convert.caffe2 import read_caffe2

# How PyTorch's files begin: as zip archives, and those from before 1.6.
TORCH_STARTS = (b"PK\x03\x04", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
# Where training code keeps the tensors in what it saves.
HOLDERS = ("state_dict", "model_state", "model_state_dict", "model")
PREFIX = "module."


def read_checkpoint(path):
    """The tensors of a checkpoint.

    Half precision becomes float32 without loss, float64 becomes float32 with
    rounding; the prefix `module.` of `DataParallel` is taken off.

    Args:
        path: A PyTorch file (`.pth`, `.pt`, `.pyth`, `.tar`), a
            `.safetensors` file, or a Caffe2 `.pkl` of SlowFast's model zoo.

    Returns:
        Dict from name to NumPy array, float32 or integer.
    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, or holds no tensors, or more than data.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"No checkpoint at '{path}'.")
    with path.open("rb") as file:
        start = file.read(16)
    if path.suffix == ".safetensors":
        tensors = _read_safetensors(path)
    elif start.startswith(TORCH_STARTS):
        tensors = _read_torch(path)
    else:
        tensors = read_caffe2(path)
    tensors = {key: _array(value) for key, value in tensors.items()}
    if all(key.startswith(PREFIX) for key in tensors):
        tensors = {key.removeprefix(PREFIX): x for key, x in tensors.items()}
    return tensors


def require_torch():
    """PyTorch, or an error that names the extra."""
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            "Converting a checkpoint needs PyTorch. Install it with "
            "`pip install kvideo[convert]`."
        ) from error
    return torch


def _read_torch(path):
    torch = require_torch()
    try:
        with torch.serialization.safe_globals(_numpy_scalars()):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(
            f"'{path}' holds more than tensors and plain values, and reading "
            "that could run a program; nothing was read. If you trust its "
            "source, load it there and save its state_dict() alone. "
            f"It asks for {_refused(error)}."
        ) from error
    except (RuntimeError, EOFError, OSError, KeyError) as error:
        raise ValueError(
            f"'{path}' is damaged or cut short. PyTorch says: "
            f"{_first_line(error)}"
        ) from error
    return _tensors(content, path)


def _numpy_scalars():
    """What a NumPy number in a checkpoint, such as an accuracy, needs."""
    types = ("float32", "float64", "int32", "int64")
    scalar = np.float64(0).__reduce__()[0]
    # The second is the name that older releases of NumPy wrote.
    scalars = [scalar, (scalar, "numpy.core.multiarray.scalar")]
    return [*scalars, np.dtype, *(type(np.dtype(name)) for name in types)]


def _tensors(content, path):
    """The dictionary of tensors in what was saved."""
    torch = require_torch()
    for holder in HOLDERS:
        if isinstance(content, dict) and isinstance(content.get(holder), dict):
            content = content[holder]
            break
    found = {}
    if isinstance(content, dict):
        found = {
            key: value
            for key, value in content.items()
            if isinstance(key, str) and isinstance(value, torch.Tensor)
        }
    if not found:
        held = sorted(map(str, content)) if isinstance(content, dict) else None
        raise ValueError(
            f"'{path}' holds no dictionary of tensors, neither at its top "
            f"nor under one of {HOLDERS}. It holds "
            f"{held if held is not None else type(content).__name__}."
        )
    return found


def _read_safetensors(path):
    require_torch()
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError as error:
        raise ImportError(
            "A .safetensors file needs the package safetensors. Install it "
            "with `pip install kvideo[convert]`."
        ) from error
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f"'{path}' is damaged or cut short: {_first_line(error)}"
        ) from error


def _refused(error):
    """The class or function that PyTorch did not let a pickle have."""
    named = re.search(r"(?:GLOBAL|class|instruction)[: ]+([\w.]+)", str(error))
    return named[1] if named else _first_line(error)


def _array(value):
    if not isinstance(value, np.ndarray):
        value = value.detach()
        value = value.float() if value.is_floating_point() else value
        value = value.numpy()
    if np.issubdtype(value.dtype, np.floating):
        return np.ascontiguousarray(value, "float32")
    return value


def _first_line(error):
    return (str(error) or type(error).__name__).strip().splitlines()[0]

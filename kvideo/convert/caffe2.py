"""Caffe2 files of SlowFast's model zoo: reading, and PyTorch's names.

Source of the names: slowfast/utils/c2_model_loading.py of
facebookresearch/SlowFast. Such a file is a pickle of `{"blobs": {name:
array}}`, and reading a pickle may call anything that can be imported. So the
unpickler here finds the few names that NumPy arrays are made of, and no other.
"""

import pickle
import re

import numpy as np

# What a pickled array calls; the second module is its name since NumPy 2.
ALLOWED = {
    (module, name)
    for module in ("numpy.core.multiarray", "numpy._core.multiarray")
    for name in ("_reconstruct", "scalar")
} | {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
    ("collections", "OrderedDict"),
}
# Training state: momenta, learning rate, counters.
LEFT_OUT = r".*_momentum|lr|model_iter|.*_iter"
NORM = {"s": "weight", "b": "bias", "rm": "running_mean", "riv": "running_var"}
# Caffe2's names -> SlowFast's, in the order in which they are tried. "bn" is
# of the normalisation behind the layer.
NAMES = (
    (r"(t_)?conv1", "s1.pathway{p}_stem.conv"),
    (r"(t_)?res_conv1", "s1.pathway{p}_stem"),
    (r"t_pool1_subsample", "s1_fuse.conv_f2s"),
    (
        r"t_res(?P<s>\d)_(?P<last>\d+)_branch2c_bn_subsample",
        "s{s}_fuse.conv_f2s",
    ),
    (r"(t_)?res(?P<s>\d)_(?P<b>\d+)_branch1", "s{s}.pathway{p}_res{b}.branch1"),
    (
        r"(t_)?res(?P<s>\d)_(?P<b>\d+)_branch2(?P<part>[abc])",
        "s{s}.pathway{p}_res{b}.branch2.{part}",
    ),
    (
        r"nonlocal_conv(?P<s>\d)_(?P<b>\d+)_(?P<part>theta|phi|g|out)",
        "s{s}.pathway0_nonlocal{b}.conv_{part}",
    ),
    (r"nonlocal_conv(?P<s>\d)_(?P<b>\d+)", "s{s}.pathway0_nonlocal{b}"),
    (r"pred", "head.projection"),
)


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(
                f"it asks for {module}.{name}, which no array needs"
            )
        return super().find_class(module, name)


def read_caffe2(path):
    """The arrays of a Caffe2 file, by SlowFast's names.

    Raises:
        ValueError: If it is no such file, damaged, or asks for anything but
            arrays.
    """
    try:
        with open(path, "rb") as file:
            content = _ArraysOnly(file, encoding="latin1").load()
    except Exception as error:
        # A damaged pickle raises what its bytes happen to spell.
        raise ValueError(
            f"'{path}' is neither a PyTorch, a .safetensors nor a whole "
            f"Caffe2 file; nothing was read: {error}"
        ) from error
    blobs = content.get("blobs") if isinstance(content, dict) else None
    if not isinstance(blobs, dict) or not all(map(_is_array, blobs.values())):
        raise ValueError(
            f"'{path}' is a pickle, but not of {{'blobs': {{name: array}}}} "
            "as Caffe2 writes it."
        )
    return {
        slowfast_name(name): blob
        for name, blob in blobs.items()
        if not re.fullmatch(LEFT_OUT, name)
    }


def _is_array(value):
    number = isinstance(value, int | float | np.generic)
    return number or (isinstance(value, np.ndarray) and value.dtype != object)


def slowfast_name(name):
    """The PyTorch key of a Caffe2 blob; the name itself if it is unknown."""
    layer, _, suffix = name.rpartition("_")
    norm = layer.endswith("_bn") and suffix in NORM
    if not norm and suffix not in ("w", "b"):
        return name
    layer = layer.removesuffix("_bn") if norm else layer
    kind = NORM[suffix] if norm else {"w": "weight", "b": "bias"}[suffix]
    for pattern, template in NAMES:
        match = re.fullmatch(pattern, layer)
        if match:
            fast = int(layer.startswith("t_"))
            path = template.format(p=fast, **match.groupdict())
            return f"{_norm_path(path) if norm else path}.{kind}"
    return name


def _norm_path(path):
    """Where the normalisation behind a layer is."""
    if path.endswith("_fuse.conv_f2s"):
        return path.removesuffix("conv_f2s") + "bn"
    joined = path.endswith("_stem") or re.search(r"nonlocal\d+$", path)
    return f"{path}.bn" if joined else f"{path}_bn"

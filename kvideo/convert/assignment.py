"""Every tensor of a checkpoint in its place in a network of ours, once.

A rule is a pair: a regular expression over the path of a PyTorch module, and
the path of our layer. Groups of the expression stand in the path in braces;
`layer` and `from0`, which count stages from 1 and 0, become `stage`, which
counts from 2, and `index`, from 0, becomes `block`, from 1: torchvision's
`layer1.0` is our `res2_block1`.
"""

import math
import re

import numpy as np

# PyTorch's name of a tensor -> ours, of convolutions and normalisations.
SUFFIXES = {
    "weight": ("kernel", "gamma"),
    "bias": ("bias", "beta"),
    "running_mean": ("moving_mean",),
    "running_var": ("moving_variance",),
}
COUNTER = r".*\.num_batches_tracked"


def assign(network, tensors, match):
    """Give a network the tensors of a checkpoint.

    Args:
        network: A built `keras.Model`.
        tensors: What `read_checkpoint` returns.
        match: A `Match`.

    Returns:
        Dict from the names of tensors that have no place to the reason.
    Raises:
        ValueError: See `place`; the network is as before.
    """
    weights = weights_of(network)
    shapes = {path: tuple(weight.shape) for path, weight in weights.items()}
    values, left_out = place(tensors, shapes, match)
    for path, value in values.items():
        weights[path].assign(value)
    return left_out


def weights_of(network):
    """The weights of a network by path, without the state of dropout."""
    return {
        weight.path: weight
        for weight in network.weights
        if "seed_generator" not in weight.path
    }


def place(tensors, shapes, match):
    """Which tensor is for which weight.

    Args:
        tensors: What `read_checkpoint` returns.
        shapes: Dict from the path of a weight to its shape.
        match: A `Match`.

    Returns:
        Dict from the paths to values, and dict from the names of tensors
        that have no place to the reason.
    Raises:
        ValueError: If a tensor has no place or does not fit, two have the
            same, or a weight gets none.
    """
    values, sources, left_out = {}, {}, {}
    for key, tensor in tensors.items():
        reason = reason_to_leave_out(key, tensors, match.kind)
        if reason:
            left_out[key] = reason
            continue
        path = find_path(key, match, shapes)
        if path in sources:
            raise ValueError(
                f"Two tensors are for {path!r}: {sources[path]!r} and {key!r}."
            )
        sources[path] = key
        tensor = special(match, key)(tensor)
        values[path] = arrange(key, tensor, shapes[path])
    missing = [path for path in shapes if path not in values]
    if missing:
        raise ValueError(
            f"{len(missing)} weights are not in the checkpoint: "
            f"{', '.join(missing[:5])}."
        )
    return values, left_out


def reason_to_leave_out(key, tensors, kind):
    """Why a tensor is not used, or None.

    Raises:
        ValueError: If it should be a copy of another, and is none.
    """
    if re.fullmatch(COUNTER, key):
        return "counts training steps"
    if any(re.fullmatch(pattern, key) for pattern in kind.unused):
        return "holds no weight"
    for pattern, original in kind.copies:
        match = re.fullmatch(pattern, key)
        if match:
            original = match.expand(original)
            if not np.array_equal(tensors[key], tensors[original]):
                raise ValueError(
                    f"{key!r} should be the same as {original!r}, as both "
                    "name one tensor, and differs."
                )
            return f"the same as {original}"
    return None


def find_path(key, match, paths):
    """The weight of ours, one of `paths`, that a tensor is for.

    Raises:
        ValueError: If there is none.
    """
    module, _, suffix = key.rpartition(".")
    names = (SUFFIXES | match.kind.suffixes).get(suffix, ())
    for pattern, template in match.rules:
        groups = re.fullmatch(pattern, module)
        if groups:
            layer = template.format(**_numbers(groups.groupdict()))
            for path in (layer, *(f"{layer}/{name}" for name in names)):
                if path in paths:
                    return path
    raise ValueError(f"The network has no weight for {key!r}.")


def _numbers(groups):
    if "from0" in groups:
        groups["stage"] = int(groups["from0"]) + 2
    if "layer" in groups:
        groups["stage"] = int(groups["layer"]) + 1
    if "index" in groups:
        groups["block"] = int(groups["index"]) + 1
    return groups


def special(match, key):
    """The function that prepares a tensor; mostly it returns it as it is."""
    for pattern, function in match.special.items():
        if re.fullmatch(pattern, key):
            return function
    return lambda tensor: tensor


def arrange(key, tensor, shape):
    """A tensor of PyTorch's layout in ours.

    Kernels (O, I, ...) become (..., I, O), matrices are transposed. Axes of
    length 1 may differ: a 2-D kernel is a 3-D one of a single frame, and a
    1x1x1 convolution a matrix.

    Raises:
        ValueError: If the other axes differ.
    """
    if tensor.ndim > 1:
        tensor = np.moveaxis(tensor, (0, 1), (-1, -2))
    if _lengths(tensor.shape) != _lengths(shape):
        raise ValueError(
            f"{key!r} does not fit: {tensor.shape}, in our order of axes, "
            f"for a weight of {tuple(shape)}."
        )
    return tensor.reshape(shape)


def _lengths(shape):
    longer = [length for length in shape if length > 1]
    return longer or [math.prod(shape)]

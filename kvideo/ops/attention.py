"""Weighted sums over all positions, without the matrix of all weights.

y_i = sum_j w_ij v_j. With N positions w has N^2 entries: 157 million for 16
frames of 28x28. Three ways around it, by the kind of weights:

- `"linear"`, w = QK'/M: the product is associative, Q(K'V)/M is the same sum
  and never makes w.
- `"softmax"`, `"relu"`: some rows of w at a time. The gradient makes them
  again instead of keeping them, as in Rabe and Staats, "Self-attention Does
  Not Need O(n^2) Memory", 2021; here every chunk holds whole rows, so that no
  running maximum is needed.
- PyTorch has a fused kernel for the softmax, which takes the least memory. On
  a CPU its gradient takes twice the time of the chunks'.
"""

import keras
from keras import ops

from kvideo.ops.lowering import current_lowering
from kvideo.ops.positions import map_chunks
from kvideo.ops.scan import scan

WEIGHTS = ("softmax", "relu", "linear")
# Entries of w for one clip that "auto" holds at a time: 16 MB in float32.
ENTRIES = 2**22


def attention_weights(queries, keys, weights="softmax"):
    """How much each query takes from each key.

    Args:
        queries: (B, n, D).
        keys: (B, M, D).
        weights: `"softmax"`: softmax over j of q_i . k_j; `"relu"`:
            ReLU(q_i . k_j) / M; `"linear"`: q_i . k_j / M.

    Returns:
        (B, n, M), float32: sums over thousands of positions lose digits in
        half precision.
    """
    logits = _float32(ops.matmul(queries, ops.swapaxes(keys, 1, 2)))
    if weights == "softmax":
        return ops.softmax(logits)
    if weights == "relu":
        logits = ops.relu(logits)
    return logits / ops.cast(ops.shape(keys)[1], "float32")


def attend(queries, keys, values, weights="softmax", chunk="auto"):
    """Sum of the values, weighted by `attention_weights`.

    Args:
        queries: (B, N, D).
        keys: (B, M, D).
        values: (B, M, C).
        weights: See `attention_weights`.
        chunk: Queries whose weights are held at a time, by `"softmax"` and
            `"relu"`. `"auto"`: all while N M is at most 2^22 or N or M is
            unknown, else as many as that allows. None: all.

    Returns:
        (B, N, C). The same, whatever the chunk.

    Raises:
        ValueError: For an unknown kind of weights, a chunk below 1, or one
            of an unknown number of positions.
    """
    _check(weights, chunk, queries.shape[1])
    if weights == "linear":
        return _associate(queries, keys, values)
    size = _chunk_size(queries.shape[1], keys.shape[1], chunk)

    def whole(part):
        w = attention_weights(part, keys, weights)
        return ops.matmul(ops.cast(w, values.dtype), values)

    if size is None or current_lowering() == "mobile":
        return map_chunks(whole, queries, size)
    if weights == "softmax" and _has_fused(queries, values):
        return _fused(queries, keys, values)
    return _attend_in_chunks(queries, keys, values, weights, size)


def count_attention_macs(n, m, d, c, weights="softmax"):
    """Multiply-accumulates of `attend` for one clip.

    Args:
        n, m: Queries; keys.
        d, c: Channels of a key; of a value.
        weights: See `attention_weights`.
    """
    pairs = n * m * (d + c)
    return min(pairs, (n + m) * d * c) if weights == "linear" else pairs


def _check(weights, chunk, positions):
    if weights not in WEIGHTS:
        raise ValueError(
            f"`weights` must be one of {WEIGHTS}. Received: {weights=}."
        )
    if chunk in (None, "auto"):
        return
    if not isinstance(chunk, int) or chunk < 1:
        raise ValueError(
            "`chunk` must be a positive integer, 'auto', or None for all "
            f"queries at once. Received: {chunk=}."
        )
    if positions is None:
        raise ValueError(
            "Chunks need a known number of queries: give T, H and W of the "
            f"clip, or chunk='auto'. Received: {chunk=}, N=None."
        )


def _chunk_size(queries, keys, chunk):
    """Queries at a time, or None for all."""
    if chunk == "auto" and None not in (queries, keys):
        chunk = max(ENTRIES // keys, 1)
    whole = chunk in (None, "auto") or chunk >= queries
    return None if whole else chunk


def _associate(queries, keys, values):
    """Q(K'V) / M, or (QK')V / M where that is less work."""
    if _pairs_are_less(queries, keys, values):
        w = attention_weights(queries, keys, "linear")
        return ops.matmul(ops.cast(w, values.dtype), values)
    positions = ops.cast(ops.shape(keys)[1], "float32")
    keys, values = _float32(keys), _float32(values)
    table = ops.matmul(ops.swapaxes(keys, 1, 2), values) / positions
    return ops.matmul(queries, ops.cast(table, queries.dtype))


def _pairs_are_less(queries, keys, values):
    (_, n, d), (_, m, c) = queries.shape, values.shape
    return None not in (n, m) and n * m * (d + c) < (n + m) * d * c


def _has_fused(queries, values):
    # PyTorch falls back to all weights at once where the widths differ.
    same = queries.shape[2] == values.shape[2]
    return keras.backend.backend() == "torch" and same


def _fused(queries, keys, values):
    """Keras' name for PyTorch's kernel; it has an axis for heads."""
    queries, keys, values = (x[:, :, None] for x in (queries, keys, values))
    y = ops.dot_product_attention(queries, keys, values, scale=1.0)
    return ops.squeeze(y, 2)


def _attend_in_chunks(queries, keys, values, weights, size):
    positions = queries.shape[1]
    count = -(-positions // size)
    size = -(-positions // count)

    @ops.custom_gradient
    def apply(queries, keys, values):
        parts = _split(queries, count, size)

        def gradient(*args, upstream=None):
            # Keras hands over (dy,), but on PyTorch (..., upstream=dy).
            dy = args[0] if upstream is None else upstream
            dy = _split(dy, count, size)
            dq, dk, dv = _gradients(parts, keys, values, weights, dy)
            return _join(dq, positions), dk, dv

        def step(_, part):
            w = attention_weights(part[0], keys, weights)
            return (), ops.matmul(ops.cast(w, values.dtype), values)

        _, y = scan(step, (), (parts,))
        return _join(y, positions), gradient

    return apply(queries, keys, values)


def _gradients(parts, keys, values, weights, dy):
    """Of queries (in parts), keys and values; w is made again."""

    def step(carried, part):
        dk, dv = carried
        q, dy = part
        w = attention_weights(q, keys, weights)
        dw = ops.matmul(dy, ops.swapaxes(values, 1, 2))
        ds = ops.cast(_logits_gradient(w, dw, weights), q.dtype)
        w = ops.cast(w, q.dtype)
        dk = dk + _float32(ops.matmul(ops.swapaxes(ds, 1, 2), q))
        dv = dv + _float32(ops.matmul(ops.swapaxes(w, 1, 2), dy))
        return (dk, dv), ops.matmul(ds, keys)

    zeros = tuple(ops.zeros_like(x, "float32") for x in (keys, values))
    (dk, dv), dq = scan(step, zeros, (parts, dy))
    return dq, ops.cast(dk, keys.dtype), ops.cast(dv, values.dtype)


def _logits_gradient(w, dw, weights):
    """Gradient of q . k from that of the weights, in float32."""
    dw = _float32(dw)
    if weights == "softmax":
        return w * (dw - ops.sum(w * dw, axis=-1, keepdims=True))
    positions = ops.cast(ops.shape(w)[2], "float32")
    return ops.where(w > 0, dw / positions, 0.0)


def _split(x, count, size):
    """(B, N, C) to (count, B, size, C); zeros fill up the last part."""
    x = ops.pad(x, [(0, 0), (0, count * size - x.shape[1]), (0, 0)])
    x = ops.reshape(x, (-1, count, size, x.shape[2]))
    return ops.swapaxes(x, 0, 1)


def _join(x, positions):
    """The inverse, (B, positions, C)."""
    count, _, size, channels = x.shape
    x = ops.reshape(ops.swapaxes(x, 0, 1), (-1, count * size, channels))
    return x[:, :positions]


def _float32(x):
    return ops.cast(x, "float32")

"""Argument checks that several layers share."""

import math
import numbers

import keras


def check_settings(layer):
    """Raise a ValueError where Keras is set to what kvideo does not know."""
    if keras.config.image_data_format() != "channels_last":
        raise ValueError(
            "kvideo takes clips (B, T, H, W, C), channels last, alone. Set "
            "keras.config.set_image_data_format('channels_last'). Received: "
            f"image_data_format={keras.config.image_data_format()!r}."
        )
    if layer.quantization_mode is not None:
        raise ValueError(
            "kvideo's layers compute in floating point: take a dtype policy "
            "such as 'float32' or 'mixed_bfloat16', and for int8 "
            "kvideo.export.export_tflite(form='int8'). Received: "
            f"{layer.name} with dtype policy {layer.dtype_policy.name!r}."
        )


def check_rank(layer, shape, rank=5, axes="(B, T, H, W, C)"):
    """Raise a ValueError unless `shape` has `rank` axes.

    Every layer asks for it when it is built, so it asks for Keras' settings,
    too.
    """
    check_settings(layer)
    if len(shape) != rank:
        raise ValueError(
            f"{type(layer).__name__} expects a tensor of rank {rank} with "
            f"axes {axes}. Received: shape={tuple(shape)}. A single clip "
            "needs a batch axis: clip[None]."
        )


def _same(value, choice):
    """Equal, and not a number that stands for a truth value."""
    return value == choice and isinstance(value, bool) == isinstance(
        choice, bool
    )


def check_choice(argument, value, choices):
    """Raise a ValueError unless `value` is one of `choices`."""
    if not any(_same(value, choice) for choice in choices):
        known = ", ".join(repr(c) for c in choices)
        raise ValueError(
            f"`{argument}` must be one of {known}. Received: "
            f"{argument}={value!r}."
        )


def is_count(value, least=1):
    """Whether it is an integer of at least so much."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return whole and value >= least


def is_number(value):
    """Whether it is a finite number."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return number and math.isfinite(value)


def check_count(argument, value, least=1):
    """Raise a ValueError unless `value` is an integer of at least `least`."""
    if not is_count(value, least):
        raise ValueError(
            f"`{argument}` must be an integer of at least {least}. Received: "
            f"{argument}={value!r}."
        )


def check_number(argument, value, low=-math.inf, high=math.inf, above=None):
    """Raise a ValueError unless `value` is a finite number in [low, high].

    With `above` it must be more than that, too.
    """
    fits = is_number(value) and low <= value <= high
    if not fits or (above is not None and value <= above):
        bounds = f" in [{low}, {high}]" if high < math.inf else ""
        if not bounds and low > -math.inf:
            bounds = f" of at least {low}"
        if above is not None:
            bounds += f" above {above}"
        raise ValueError(
            f"`{argument}` must be a number{bounds}. Received: "
            f"{argument}={value!r}."
        )


def check_flag(argument, value):
    """Raise a ValueError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ValueError(
            f"`{argument}` must be True or False. Received: "
            f"{argument}={value!r}."
        )


def numbers_of(argument, value, count=2):
    """Return `value` as a tuple of so many finite numbers."""
    values = tuple(value) if isinstance(value, list | tuple) else ()
    if len(values) != count or not all(map(is_number, values)):
        raise ValueError(
            f"`{argument}` must be {count} numbers. Received: "
            f"{argument}={value!r}."
        )
    return values


def check_odd(argument, value):
    """Raise a ValueError unless `value` is a positive odd integer."""
    if not is_count(value) or value % 2 == 0:
        raise ValueError(
            f"`{argument}` must be a positive odd integer, so that the "
            f"kernel has a centre. Received: {argument}={value!r}."
        )


def triple(argument, value):
    """Return `value` as a tuple of three positive integers (T, H, W)."""
    listed = value if isinstance(value, list | tuple) else (value,) * 3
    if len(listed) != 3 or not all(map(is_count, listed)):
        raise ValueError(
            f"`{argument}` must be a positive integer or three of them "
            f"(T, H, W). Received: {argument}={value!r}."
        )
    return tuple(listed)


def conv_length(length, kernel, stride, padding, dilation=1):
    """Output length of one axis; None stays None."""
    if length is None:
        return None
    return (length + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def check_segments(layer, shape, frames):
    """Raise a ValueError unless a clip is S segments of so many frames."""
    length = shape[1]
    if not length or length % frames:
        raise ValueError(
            f"{type(layer).__name__} takes S segments of T={frames} frames, "
            f"a clip of {frames} S frames, known when it is built. Received: "
            f"shape={tuple(shape)}. Change the clip or `frames`."
        )


def segments_of(length, frames):
    """Number of segments in a clip; None stays None."""
    return None if length is None else length // frames

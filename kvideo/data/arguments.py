"""Checks of the arguments of `video_dataset`, and what follows from them."""

import os


def check_labels(labels, class_names):
    if isinstance(labels, str) and labels != "inferred":
        raise ValueError(
            '`labels` should be "inferred", a list of integers or None. '
            f"Received: labels={labels!r}"
        )
    if class_names is not None and not isinstance(labels, str):
        raise ValueError(
            '`class_names` can be passed only with labels="inferred". '
            f"Received: labels={labels}, class_names={class_names}"
        )


def check_label_mode(label_mode, class_names):
    if label_mode not in ("int", "categorical", "binary", None):
        raise ValueError(
            '`label_mode` should be "int", "categorical", "binary" or None. '
            f"Received: label_mode={label_mode!r}"
        )
    several = isinstance(class_names, dict)
    columns = class_names.values() if several else [class_names]
    if label_mode == "binary" and any(len(c or ()) != 2 for c in columns):
        raise ValueError(
            'label_mode="binary" needs exactly 2 classes. '
            f"Received: class_names={class_names}"
        )


def check_two_classes(class_names):
    if len(class_names) < 2:
        raise ValueError(
            "At least 2 classes are needed: one subfolder for each. For clips "
            "without labels, pass labels=None. "
            f"Received: class_names={class_names}"
        )


def check_split(validation_split, subset, shuffle, seed):
    if validation_split and not 0 < validation_split < 1:
        raise ValueError(
            "`validation_split` should be between 0 and 1. "
            f"Received: validation_split={validation_split}"
        )
    if subset not in ("training", "validation", "both", None):
        raise ValueError(
            '`subset` should be "training", "validation", "both" or None. '
            f"Received: subset={subset!r}"
        )
    if bool(validation_split) != bool(subset):
        raise ValueError(
            "`validation_split` and `subset` go together. Received: "
            f"validation_split={validation_split}, subset={subset!r}"
        )
    if validation_split and shuffle and seed is None:
        raise ValueError(
            "With `validation_split` and `shuffle`, pass a `seed`, or the two "
            "subsets may share files. Received: seed=None"
        )


def check_share(share):
    """Raises a `ValueError` unless it is (i, n), with 0 <= i < n."""
    whole = all(isinstance(x, int) for x in share)
    if len(share) != 2 or not whole or not 0 <= share[0] < share[1]:
        raise ValueError(
            "`share` should be (i, n), the i-th of n shares, i from 0. "
            f"Received: share={share}"
        )


def check_options(on_error, batch_size):
    if on_error not in ("skip", "raise"):
        raise ValueError(
            f'`on_error` should be "skip" or "raise". Received: {on_error!r}'
        )
    if batch_size is not None and batch_size < 1:
        raise ValueError(
            "`batch_size` should be a positive integer or None. "
            f"Received: batch_size={batch_size}"
        )


def threads(num_parallel_calls, decoder_threads):
    """(files read at a time, threads for each), from the core count."""
    cores = len(os.sched_getaffinity(0)) if _LINUX else os.cpu_count() or 1
    calls = cores if num_parallel_calls is None else num_parallel_calls
    each = decoder_threads
    if each is None:
        each = max(1, cores // max(1, calls))
    for name, value in (
        ("num_parallel_calls", calls),
        ("decoder_threads", each),
    ):
        if value < 1:
            raise ValueError(
                f"`{name}` should be a positive integer or None. "
                f"Received: {name}={value}"
            )
    return calls, each


# Only there does Python say which cores this process may use.
_LINUX = hasattr(os, "sched_getaffinity")

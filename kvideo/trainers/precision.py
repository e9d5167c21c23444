"""In which type layers compute, while they are made."""

import contextlib

import keras


@contextlib.contextmanager
def precision(policy):
    """Layers that are made inside have this dtype policy by default.

    Args:
        policy: A `keras.DTypePolicy` or the name of one.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)

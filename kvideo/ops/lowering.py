"""Which form of an operator is written into a graph: one switch for all."""

import contextlib
import contextvars

FORMS = ("train", "mobile")

# A context variable, so that one thread may trace a network for TFLite while
# another trains it.
_form = contextvars.ContextVar("kvideo_lowering", default="train")


@contextlib.contextmanager
def lowering(form):
    """Choose the form in which the operators inside the `with` are written.

    The results are equal; only the primitive operations differ. `"train"` is
    the form that trains and serves fastest. `"mobile"` holds nothing but
    2-D operations that TensorFlow Lite has as built-ins and runs fast (also
    in int8, which its CONV_3D has not). On JAX and PyTorch the convolutions
    have one form only.

    The form matters when a function is *traced*: a `tf.function` that was
    traced outside keeps its form inside. Each thread has its own form, and
    blocks nest.

    Args:
        form: `"train"` (the default outside of any block) or `"mobile"`.

    Raises:
        ValueError: if `form` is neither.

    Example:

    ```python
    with kvideo.ops.lowering("mobile"):
        concrete = tf.function(model).get_concrete_function(spec)
    ```
    """
    if form not in FORMS:
        raise ValueError(
            f"`form` must be one of {FORMS}. Received: form={form!r}"
        )
    token = _form.set(form)
    try:
        yield
    finally:
        _form.reset(token)


def current_lowering():
    """The form that is in force: `"train"` or `"mobile"`."""
    return _form.get()

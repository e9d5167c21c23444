"""Networks that compute in half precision, for targets that do not."""

import keras


def half_layers(model):
    """Names of the layers that compute in something else than float32."""
    return [
        layer.path or layer.name
        for layer in model._flatten_layers(include_self=False)
        if layer.compute_dtype != "float32"
        # It computes nothing, and keeps its policy in a copy.
        and not isinstance(layer, keras.layers.InputLayer)
    ]


def in_float32(model):
    """The network itself, or its copy in float32 where a part is not.

    TFLite's built-in operations and ONNX Runtime's kernels on a CPU are those
    of float32; a network that was trained with `mixed_float16` has float32
    weights, so nothing is lost.

    Raises:
        ValueError: A layer that keeps its precision when it is copied.
    """
    if not half_layers(model):
        return model

    def copy(layer):
        return type(layer).from_config(layer.get_config() | _DTYPE)

    clone = keras.models.clone_model(model, clone_function=copy)
    clone.set_weights(model.get_weights())
    rest = half_layers(clone)
    if rest:
        raise ValueError(
            "These layers stay in half precision in a float32 copy of the "
            f"network: {', '.join(rest)}. Build it with the policy 'float32' "
            "and load the weights."
        )
    return clone


_DTYPE = {"dtype": "float32"}

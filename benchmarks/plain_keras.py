"""A kvideo network with nothing of kvideo's speed: layers of Keras alone."""

import keras

from kvideo import layers


def plain(model):
    """The same network, with the same weights, of Keras' own layers.

    Convolutions are `keras.layers.Conv3D(groups=...)`, and so on; a zero
    padding stands before those that stride, as Keras pads otherwise.

    Args:
        model: Functional model of kvideo.

    Raises:
        ValueError: If a layer has no form in Keras.
    """
    other = keras.models.clone_model(model, clone_function=_plain_layer)
    other.set_weights(model.get_weights())
    return other


def _plain_layer(layer):
    if type(layer) in FORMS:
        return FORMS[type(layer)](layer)
    if type(layer).__module__.startswith("kvideo"):
        raise ValueError(f"Keras has no layer for {type(layer).__name__}.")
    return type(layer).from_config(layer.get_config())


def _conv(layer):
    return _padded(
        layer,
        keras.layers.Conv3D(
            layer.filters,
            layer.kernel_size,
            layer.strides,
            dilation_rate=layer.dilation_rate,
            groups=layer.groups,
            use_bias=layer.use_bias,
        ),
        layer.pads,
        symmetric=max(layer.strides) == 1,
    )


def _max_pool(layer):
    # Zeros pad as well as minus infinity where only ReLUs come before.
    pool = keras.layers.MaxPooling3D(layer.pool_size, layer.strides)
    return _padded(layer, pool, layer.padding, symmetric=False)


def _padded(layer, operation, pads, symmetric):
    if not any(pads):
        operation.name = layer.name
        return operation
    if symmetric:
        config = operation.get_config()
        config |= {"name": layer.name, "padding": "same"}
        return type(operation).from_config(config)
    padding = keras.layers.ZeroPadding3D(pads)
    return keras.Sequential([padding, operation], name=layer.name)


def _batch_norm(layer):
    return keras.layers.BatchNormalization(
        momentum=layer.momentum, epsilon=layer.epsilon, name=layer.name
    )


class PlainShift(keras.layers.Layer):
    """The temporal shift as slices and a concatenation."""

    def __init__(self, fold_div, **kwargs):
        super().__init__(**kwargs)
        self.fold_div = fold_div

    def call(self, x):
        fold = x.shape[-1] // self.fold_div
        back, forth = x[..., :fold], x[..., fold : 2 * fold]
        parts = [
            keras.ops.concatenate(
                [back[:, 1:], keras.ops.zeros_like(back[:, :1])], axis=1
            ),
            keras.ops.concatenate(
                [keras.ops.zeros_like(forth[:, :1]), forth[:, :-1]], axis=1
            ),
            x[..., 2 * fold :],
        ]
        return keras.ops.concatenate(parts, axis=-1)


def _shift(layer):
    return PlainShift(layer.fold_div, name=layer.name)


def _frame_pool(layer):
    # One line of `keras.ops` already.
    return type(layer).from_config(layer.get_config())


FORMS = {
    layers.Conv3D: _conv,
    layers.BatchNorm: _batch_norm,
    layers.MaxPool3D: _max_pool,
    layers.TemporalShift: _shift,
    layers.FramePool: _frame_pool,
}

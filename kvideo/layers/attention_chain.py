"""The vision attention chain: attentions one after the other.

Source: G. Huang, thesis, 2022, section 4.4 and Fig. 4.6: channels first, then
positions, as in `AttentionChain([VideoSqueezeExcite(), RegionNonLocal()])`.
"""

import keras

from kvideo.layers.composite import Composite


@keras.saving.register_keras_serializable(package="kvideo")
class AttentionChain(Composite):
    """Layers that keep the shape, as one layer.

    The identity at the start if all its layers are.

    Args:
        layers: List of layers, one at least, each of which returns what it
            was given in shape.
        **kwargs: `name`, `dtype` (the layers have their own).

    Input shape:
        (B, T, H, W, C), or whatever the layers take.
    Output shape:
        The same.
    Raises:
        ValueError: If something in the list is no layer, or one changes the
            shape; the message names it.
    """

    def __init__(self, layers, **kwargs):
        super().__init__(**kwargs)
        listed = isinstance(layers, list | tuple)
        self.layers = list(layers) if listed else []
        strangers = [
            x for x in self.layers if not isinstance(x, keras.layers.Layer)
        ]
        if strangers or not self.layers:
            raise ValueError(
                "`layers` must be a list of Keras layers, one at least. "
                f"Received: layers={layers!r}."
            )

    def build(self, input_shape):
        for layer in self.layers:
            if not layer.built:
                layer.build(input_shape)
            found = tuple(layer.compute_output_shape(input_shape))
            if found != tuple(input_shape):
                raise ValueError(
                    "A layer of an AttentionChain must keep the shape. "
                    f"Received: {layer!r}, which makes {found} of "
                    f"{tuple(input_shape)}. Place it in the network by "
                    "itself."
                )

    def call(self, inputs):
        x = inputs
        for layer in self.layers:
            x = layer(x)
        return x

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "layers": [
                keras.saving.serialize_keras_object(x) for x in self.layers
            ],
        }

    @classmethod
    def from_config(cls, config):
        layers = [
            keras.saving.deserialize_keras_object(x) for x in config["layers"]
        ]
        return cls(**{**config, "layers": layers})

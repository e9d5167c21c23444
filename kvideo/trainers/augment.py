"""What a run does to its training clips besides crops and flips.

The layers of `kvideo.layers.augment`, on batches, in the data set. Their draws
follow from the seed of the run and the epoch, so that a run which goes on
after an interruption sees the clips that it would have seen.
"""

import keras

from kvideo import layers
from kvideo.data.promised_length import promise_length

# Those that mix clips need one number a class, and come last.
MIXING = ("mixup", "cutmix")


class Augment(keras.callbacks.Callback):
    """Layers over a data set, and the callback that gives epochs their draws.

    Args:
        settings: `augment` of a `RunConfig`: names to arguments.
        seed: Integer from 0.

    Raises:
        ValueError: Arguments that a layer does not take.
    """

    def __init__(self, settings, seed):
        super().__init__()
        order = sorted(settings, key=lambda name: name in MIXING)
        self._layers = [_layer(name, settings[name]) for name in order]
        self._mixing = [name in MIXING for name in order]
        self._seed = seed

    def over(self, dataset):
        """The same batches (clips, labels), changed on their way."""
        if not self._layers:
            return dataset
        return promise_length(dataset.map(self._changed), dataset)

    def on_epoch_begin(self, epoch, logs=None):
        for place, layer in enumerate(self._layers):
            layer.reseed((self._seed * 1009 + epoch) * 31 + place)

    def _changed(self, clips, labels):
        for layer, mixes in zip(self._layers, self._mixing, strict=True):
            if mixes:
                clips, labels = layer((clips, labels), training=True)
            else:
                clips = layer(clips, training=True)
        return clips, labels


def mixes(settings):
    """Whether labels become numbers for each class."""
    return any(name in MIXING for name in settings)


def _layer(name, arguments):
    # Pixels keep their precision, whatever the network computes in.
    return _LAYERS[name](seed=0, dtype="float32", **arguments)


_LAYERS = {
    "color_jitter": layers.ClipColorJitter,
    "rand_augment": layers.ClipRandAugment,
    "random_erasing": layers.ClipRandomErasing,
    "mixup": layers.ClipMixUp,
    "cutmix": layers.ClipCutMix,
}

"""The base of layers that have layers inside.

Keras (3.15) hands `trainable` down to the layers inside when it is set, and
not when such a layer is built later: one that was frozen, saved and loaded, or
cloned, comes back with trainable weights, and its normalisation moves. And a
layer of which only some parts are frozen has no place in its configuration for
that. Here both are kept.
"""

import keras


class Composite(keras.layers.Layer):
    """A layer whose parts are as frozen after loading as they were before.

    Args:
        frozen_parts: Paths below this layer, such as `"norm"`, of the layers
            inside that do not train while this one does. The configuration
            has those of the moment.
        **kwargs: `name`, `dtype`, `trainable`.
    """

    def __init__(self, frozen_parts=(), **kwargs):
        super().__init__(**kwargs)
        self._frozen_at_first = frozenset(frozen_parts)

    def _post_build(self):
        # Keras' own hook for what follows a build, whoever asked for it.
        super()._post_build()
        for path, part in self._parts_by_path():
            if not self.trainable or path in self._frozen_at_first:
                part.trainable = False

    def _parts_by_path(self):
        """Pairs (path below this layer, layer) of all layers inside."""
        above = f"{self.path}/"
        return [
            ((part.path or part.name).removeprefix(above), part)
            for part in self._flatten_layers(include_self=False)
        ]

    def get_config(self):
        frozen = self._frozen_at_first
        if self.built:
            frozen = {p for p, x in self._parts_by_path() if not x.trainable}
        # A layer that does not train freezes all of them by itself.
        parts = sorted(frozen) if self.trainable else []
        return {**super().get_config(), "frozen_parts": parts}

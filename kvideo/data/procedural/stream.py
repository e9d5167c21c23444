"""Procedural clips as arrays, and as an endless data set."""

import keras
import numpy as np

from kvideo.data.procedural.scenes import (
    CLASSES,
    LEVELS,
    SceneConfig,
    render_scene,
)
from kvideo.data.procedural.textures import TexturePool


def classes_of(levels):
    """The classes of levels, in the order of their labels.

    Args:
        levels: Names of `LEVELS`, or None for all.

    Raises:
        ValueError: No level, or an unknown one.
    """
    if levels is None:
        return CLASSES
    if not levels or set(levels) - set(LEVELS):
        raise ValueError(
            f"`levels` must be some of {', '.join(LEVELS)}. "
            f"Received: levels={levels!r}"
        )
    return tuple(name for level in levels for name in LEVELS[level])


class ProceduralClips(keras.utils.PyDataset):
    """Batches of procedural clips and labels, other ones in each epoch.

    Clip n of epoch e follows from the seed, e and n, whoever renders it. A
    class is as frequent as any other.

    Example: `model.fit(kvideo.data.ProceduralClips(steps=500), epochs=20)`.

    Args:
        steps: Batches in an epoch, at least 1.
        batch_size: Clips in a batch, at least 1.
        levels: Names of `kvideo.data.procedural.LEVELS`; None: all.
        config: A `SceneConfig`.
        seed: Integer from 0.
        images: Pictures for textures, see `TexturePool`.
        initial_epoch: Number of the first epoch.
        workers: Threads that render.

    Attributes:
        class_names: Tuple of the classes, in the order of the labels.

    Raises:
        ValueError: An argument outside its range.
    """

    def __init__(
        self,
        steps=100,
        batch_size=16,
        levels=None,
        config=None,
        seed=0,
        images=(),
        initial_epoch=0,
        workers=1,
    ):
        super().__init__(workers=workers, max_queue_size=8)
        for name, value in (("steps", steps), ("batch_size", batch_size)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"`{name}` must be a positive integer. "
                    f"Received: {name}={value!r}"
                )
        self.class_names = classes_of(levels)
        self.config = config or SceneConfig()
        self._steps, self._batch_size = steps, batch_size
        self._seed, self._epoch = seed, initial_epoch
        self._pool = TexturePool(seed, images=images)

    def __len__(self):
        return self._steps

    def __getitem__(self, index):
        """float32 clips (B, T, size, size, 3) in [0, 255], labels (B,)."""
        first = index * self._batch_size
        clips, labels = [], []
        for number in range(first, first + self._batch_size):
            rng = np.random.default_rng(
                np.random.SeedSequence((self._seed, self._epoch, number, 1))
            )
            label = rng.integers(len(self.class_names))
            name = self.class_names[label]
            clips.append(render_scene(name, rng, self._pool, self.config))
            labels.append(label)
        return np.stack(clips).astype("float32"), np.array(labels, "int32")

    def on_epoch_end(self):
        self._epoch += 1

"""The operations and random numbers that a clip transform works with.

Usually `keras.ops` and `keras.random`. Inside `tf.data` every tensor belongs
to TensorFlow, whichever backend Keras runs on; there the TensorFlow backend's
own functions take their place, with a generator of the same seed. Keras'
image layers do the same (`keras.src.layers.preprocessing.data_layer`); this
is the only file of the package that reaches into `keras.src`, as Keras has no
public way there.
"""

import sys

import keras


class Tools:
    """Operations and random numbers of one backend.

    Attributes:
        ops: `keras.ops`, or what stands for it.
    """

    def __init__(self, ops, random, generator):
        self.ops = ops
        self._random = random
        self._generator = generator

    def reseed(self, seed):
        """What is drawn from now on follows from this seed."""
        self._generator.state.assign([seed, 0])

    def uniform(self, shape, low=0.0, high=1.0):
        """Uniform float32 numbers in [low, high)."""
        return self._random.uniform(
            shape, low, high, dtype="float32", seed=self._generator
        )

    def integers(self, shape, count):
        """Uniform int32 numbers in [0, count)."""
        drawn = self.ops.cast(self.uniform(shape) * float(count), "int32")
        # The product may round up to `count` itself.
        return self.ops.minimum(drawn, count - 1)

    def beta(self, shape, alpha):
        """Numbers of the distribution Beta(alpha, alpha), float32."""
        return self._random.beta(
            shape, alpha, alpha, dtype="float32", seed=self._generator
        )

    def permutation(self, count):
        """The numbers [0, count) in random order, int32 (count,)."""
        numbers = self.ops.arange(count, dtype="int32")
        return self._random.shuffle(numbers, seed=self._generator)


class ToolBox:
    """Gives a layer the tools that fit the tensors it is called with.

    Args:
        seed: Seed of the layer, integer.
    """

    def __init__(self, seed):
        self._seed = seed
        self._tensorflow = None

    def reseed(self, seed):
        """What is drawn from now on follows from this seed."""
        self._seed = seed
        if self._tensorflow is not None:
            self._tensorflow.reseed(seed)

    def tools_for(self, x, generator):
        """The `Tools` for a tensor; `generator` is the layer's own."""
        if not _belongs_to_foreign_graph(x):
            return Tools(keras.ops, keras.random, generator)
        if self._tensorflow is None:
            self._tensorflow = _tensorflow_tools(self._seed)
        return self._tensorflow


def _belongs_to_foreign_graph(x):
    if keras.backend.backend() == "tensorflow" or "tensorflow" not in (
        sys.modules
    ):
        return False
    import tensorflow as tf

    return tf.is_symbolic_tensor(x)


def _tensorflow_tools(seed):
    from keras.src.utils.backend_utils import DynamicBackend

    backend = DynamicBackend("tensorflow")
    generator = keras.random.SeedGenerator(seed, backend=backend)
    return Tools(_TensorFlowOps(backend), backend.random, generator)


class _TensorFlowOps:
    """The names of `keras.ops`, from the parts of the TensorFlow backend."""

    def __init__(self, backend):
        parts = (backend.core, backend.numpy, backend.nn, backend.math)
        self._parts = parts
        self.image = backend.image

    def __getattr__(self, name):
        for part in self._parts:
            if hasattr(part, name):
                return getattr(part, name)
        raise AttributeError(name)

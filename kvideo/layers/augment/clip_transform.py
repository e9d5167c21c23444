"""What every clip transform shares: inputs, one draw a clip, and `tf.data`.

Conventions are those of Keras' own image layers (`keras.layers.RandomFlip`):
`training` is true unless something says otherwise, so that
`dataset.map(layer)` augments; `fit` trains with it, `predict`, `evaluate` and
an exported model do without. The difference is that the frames of a clip
share their draw, where Keras' layers refuse batches of clips and give each
frame of one clip a draw of its own.
"""

import keras

from kvideo.layers.augment.tools import ToolBox


class ClipTransform(keras.layers.Layer):
    """Base of the clip transforms.

    A subclass says how parameters are drawn (`draw`), which ones are used
    outside training (`rest`; None: the clip stays as it is), and what is done
    with them (`transform`, `transform_labels`). Pixels are float32 inside and
    leave in the compute dtype of the layer.

    Args:
        seed: Integer, or None for a seed of chance.

    Input shape:
        (B, T, H, W, C) or one clip (T, H, W, C), integers or floats; or a
        dictionary with `"clips"` and perhaps `"labels"`, or a pair of both.
    Output shape:
        The same structure.
    """

    views = 1  # clips that one clip becomes

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        if seed is not None and not isinstance(seed, int):
            raise ValueError(
                f"`seed` must be an integer or None. Received: seed={seed!r}."
            )
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)
        # Tensors of tf.data must not become tensors of another backend, and
        # labels not numbers of half precision.
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        # `tf.data` gets the same numbers from a generator of its own.
        self._tool_box = ToolBox(seed)

    def reseed(self, seed):
        """What is drawn from now on follows from this seed, an integer."""
        self.generator.state.assign([seed, 0])
        self._tool_box.reseed(seed)

    def draw(self, tools, shape):
        """Parameters of training, for clips of shape (B, T, H, W, C)."""
        raise NotImplementedError

    def rest(self, tools, shape):
        """Parameters outside training; None leaves the clips alone."""
        return None

    def transform(self, tools, clips, parameters):
        """Float32 clips (B, T, H, W, C) with the parameters applied."""
        raise NotImplementedError

    def transform_labels(self, tools, labels, parameters):
        """Labels with the parameters applied."""
        return labels

    def check_labels(self, labels, single):
        """Raises a ValueError if these labels, or none, cannot be used."""

    def call(self, inputs, training=True):
        clips, labels = _parts(self, inputs)
        tools = self._tool_box.tools_for(clips, self.generator)
        ops = tools.ops
        clips = ops.cast(ops.convert_to_tensor(clips), "float32")
        single = _is_single(self, clips)
        alone = single and self.views == 1
        if labels is not None:
            labels = ops.convert_to_tensor(labels)
        self.check_labels(labels, single)
        clips = clips[None] if single else clips
        shape = ops.shape(clips)
        parameters = (self.draw if training else self.rest)(tools, shape)
        if parameters is not None:
            clips = self.transform(tools, clips, parameters)
            if labels is not None:
                labels = labels[None] if single else labels
                labels = self.transform_labels(tools, labels, parameters)
                labels = labels[0] if alone else labels
        clips = clips[0] if alone else clips
        return _like(inputs, ops.cast(clips, self.compute_dtype), labels)

    def compute_output_shape(self, input_shape):
        if isinstance(input_shape, dict):
            clips = self._clip_shape(input_shape["clips"])
            return {**input_shape, "clips": clips}
        if isinstance(input_shape[0], tuple | list):
            clips, labels = input_shape
            return self._clip_shape(clips), labels
        return self._clip_shape(input_shape)

    def _clip_shape(self, shape):
        frames = self.frame_shape(*shape[-3:-1])
        shape = (*shape[:-3], *frames, shape[-1])
        if self.views == 1:
            return shape
        if len(shape) == 4:
            return (self.views, *shape)
        batch = None if shape[0] is None else shape[0] * self.views
        return (batch, *shape[1:])

    def frame_shape(self, height, width):
        """(H, W) of the output, for that of the input."""
        return height, width


def _parts(layer, inputs):
    """(clips, labels or None)."""
    if isinstance(inputs, dict):
        if "clips" not in inputs:
            raise ValueError(
                f"{type(layer).__name__} takes a dictionary with 'clips' and "
                f"perhaps 'labels'. Received: keys {sorted(inputs)}."
            )
        return inputs["clips"], inputs.get("labels")
    if isinstance(inputs, tuple | list):
        if len(inputs) != 2:
            raise ValueError(
                f"{type(layer).__name__} takes clips, or the pair (clips, "
                f"labels). Received: {len(inputs)} things."
            )
        return tuple(inputs)
    return inputs, None


def _like(inputs, clips, labels):
    if isinstance(inputs, dict):
        outputs = {"clips": clips, "labels": labels}
        return {name: outputs.get(name, inputs[name]) for name in inputs}
    if isinstance(inputs, tuple | list):
        return clips, labels
    return clips


def _is_single(layer, clips):
    if len(clips.shape) not in (4, 5):
        raise ValueError(
            f"{type(layer).__name__} expects clips (B, T, H, W, C) or one "
            f"clip (T, H, W, C). Received: shape={tuple(clips.shape)}."
        )
    return len(clips.shape) == 4

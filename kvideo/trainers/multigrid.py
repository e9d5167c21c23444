"""Multigrid training: one network, fed clips of several shapes.

Paper and schedule: see `multigrid_cycles.py`.

A Keras network is built for one shape of clips, and many of ours need to know
it. So each other shape has a network of its own, made by the same builder,
that is called with the weights of the first (`stateless_call`).

Deviations:
- A batch is normalised as a whole, where the paper takes groups of 8 clips.
- The grids of a short cycle share the crop and the frames of their clips, which
  are then resized; the authors' code crops for each size.
- An epoch leaves out the clips that do not fill a round of grids, others in
  each epoch.
"""

import dataclasses

import keras
import tensorflow as tf

from kvideo.trainers.precision import precision


class Multigrid(keras.Model):
    """Trains a network with batches of the shapes of a `Phase`.

    `compile` it as any model. An element of its data set is a tuple of pairs
    (clips, labels), see `regrid`; each pair is a step of the optimizer.
    Evaluation and prediction are the network's. `save` saves the network.

    Args:
        network: A `keras.Model` of one input, (B, T, H, W, C).
        build: Takes `input_shape` and returns the same network for clips of
            another shape, e.g.
            `functools.partial(kvideo.create_model, "mtnet_nano")`.
        **kwargs: `name`.

    Raises:
        ValueError: From `fit`, if the sizes of weights depend on the clips'
            shape, or a layer adds a loss.
    """

    def __init__(self, network, build, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self._views = _Views(network, build)
        # Its variables are there, so that callbacks can restore them.
        self.built = network.built

    def call(self, inputs, training=None):
        shape = tuple(inputs.shape[1:])
        if shape == tuple(self.network.input_shape[1:]):
            return self.network(inputs, training=training)
        return self._views.call(shape, inputs, training)

    def train_step(self, data):
        for pair in data:
            logs = super().train_step(pair)
        return logs

    def make_train_function(self, force=False):
        """As Keras', and anew for each `fit`: shapes change in between.

        TensorFlow would otherwise trace a function for clips of any shape.
        """
        super().make_train_function(force=True)

    def save(self, *arguments, **options):
        self.network.save(*arguments, **options)

    def export(self, *arguments, **options):
        self.network.export(*arguments, **options)

    def get_config(self):
        raise NotImplementedError(
            "Multigrid is a way to train: save its `network`."
        )


class _Views:
    """A network for other shapes; hidden from Keras, as it has no weights."""

    def __init__(self, network, build):
        self._network, self._build, self._made = network, build, {}

    def call(self, shape, inputs, training):
        view, network = self._view(shape), self._network
        outputs, state, losses = view.stateless_call(
            [v.value for v in network.trainable_variables],
            [v.value for v in network.non_trainable_variables],
            inputs,
            training=training,
            return_losses=True,
        )
        if losses:
            raise ValueError(
                "Multigrid trains networks whose layers add no losses. "
                f"Received: {len(losses)} of '{network.name}'."
            )
        for variable, value in zip(
            network.non_trainable_variables, state, strict=True
        ):
            variable.assign(value)
        return outputs

    def _view(self, shape):
        if shape not in self._made:
            # Weights are made here, not nodes of the graph being traced.
            with tf.init_scope(), precision(self._network.dtype_policy):
                self._made[shape] = self._checked(
                    self._build(input_shape=shape)
                )
        return self._made[shape]

    def _checked(self, view):
        ours, theirs = (
            [tuple(v.shape) for v in model.variables]
            for model in (self._network, view)
        )
        if ours != theirs:
            raise ValueError(
                "Multigrid needs a network whose weights do not depend on the "
                f"shape of its clips. Received: '{self._network.name}' with "
                f"other weights for clips {view.input_shape[1:]}."
            )
        for layer, first in zip(view.layers, self._network.layers, strict=True):
            layer.trainable = first.trainable
        return view


def regrid(clips, phase, batch_size, count):
    """Turns single clips into the rounds of steps of a phase.

    Args:
        clips: `tf.data.Dataset` of (clip, label), clips (T, H, W, C) with the
            frames and the largest size of the phase's grids.
        phase: A `Phase`.
        batch_size: Clips of a plain batch.
        count: Number of clips.

    Returns:
        A `tf.data.Dataset` of tuples of (clips, labels), one for each grid.

    Raises:
        ValueError: If there are too few clips for one round.
    """
    needed = phase.batch * batch_size
    rounds = count // needed
    if not rounds:
        raise ValueError(
            f"A round of multigrid steps needs {needed} clips "
            f"({phase.batch} x batch_size). Received: {count} videos, "
            f"batch_size={batch_size}. Give a smaller batch_size."
        )

    def cut(clips, labels):
        first, pairs = 0, []
        for grid in phase.grids:
            last = first + grid.batch * batch_size
            pairs.append(
                (_resized(clips[first:last], grid), labels[first:last])
            )
            first = last
        return tuple(pairs)

    dataset = clips.batch(needed, drop_remainder=True).map(cut)
    dataset = dataset.prefetch(tf.data.AUTOTUNE)
    # Videos that cannot be read may make it less.
    dataset.cardinality = lambda: tf.constant(rounds, tf.int64)
    return dataset


def _resized(clips, grid):
    shape = clips.shape
    if tuple(shape[2:4]) == grid.size:
        return clips
    frames = tf.reshape(clips, (-1, *shape[2:]))
    frames = tf.image.resize(frames, grid.size)
    return tf.reshape(frames, (*shape[:2], *grid.size, shape[-1]))


def phase_spec(spec, phase):
    """The `ClipSpec` of a phase's clips: fewer frames, over the same time."""
    stride = spec.frame_stride * spec.num_frames // phase.grids[-1].frames
    return dataclasses.replace(
        spec,
        num_frames=phase.grids[-1].frames,
        frame_size=max(grid.size for grid in phase.grids),
        frame_stride=stride,
    )


class PhaseLog(keras.callbacks.Callback):
    """Says when a phase begins, and writes its shape into the logs.

    Place it before what keeps the logs. The columns are those of the long
    cycle's grid: `clips`, `frames`, `height`, `width`, `rate_factor`.
    """

    def __init__(self, phase, batch_size, verbose=True):
        super().__init__()
        self.phase, self.batch_size = phase, batch_size
        self.verbose = verbose

    def on_train_begin(self, logs=None):
        if not self.verbose:
            return
        phase = self.phase
        grids = ", ".join(self._shape(grid) for grid in phase.grids)
        print(
            f"Epochs {phase.start + 1} to {phase.end}: clips {grids}; "
            f"learning rate x {phase.rate}"
        )

    def _shape(self, grid):
        clips = grid.batch * self.batch_size
        return "x".join(str(n) for n in (clips, grid.frames, *grid.size))

    def on_epoch_end(self, epoch, logs=None):
        grid = self.phase.grids[-1]
        logs["clips"] = grid.batch * self.batch_size
        logs["frames"] = grid.frames
        logs["height"], logs["width"] = grid.size
        logs["rate_factor"] = self.phase.rate

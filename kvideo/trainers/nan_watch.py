"""What to say when a loss is no longer a number: where, and on which clips.

Keras' `TerminateOnNaN` stops without an error, after weights have become NaN
too. Here the weights of before the step are kept, so that the step can be
looked at once more.
"""

import math

import keras
from keras import ops


class NanWatch(keras.callbacks.Callback):
    """Stops a run at the first loss that is not finite, and says why.

    With the TensorFlow backend the batch goes through the network once more,
    operation by operation, with the weights and the seeds of before the step.
    For that the weights are copied before each step, on their device.

    Args:
        paths: Function of (epoch, step), both from 0, that returns the files
            of a batch; None: they are not named.
        clips: Function of (epoch, step, paths) that returns these clips,
            (B, T, H, W, C); None: the layer is not looked for.

    Raises:
        ValueError: From `fit`. It names the epoch and the step, counted from
            1, the files, and the first operation whose output is not finite.
    """

    def __init__(self, paths=None, clips=None):
        super().__init__()
        self.paths, self.clips = paths, clips
        self._epoch, self._before = 0, []
        self._copies = clips and keras.backend.backend() == "tensorflow"

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if self._copies:
            self._before = [ops.copy(v) for v in self.model.variables]

    def on_train_batch_end(self, batch, logs=None):
        if not math.isfinite(logs["loss"]):
            raise ValueError(self._report(batch, logs["loss"]))

    def _report(self, batch, loss):
        parts = [
            f"The loss is {loss} in epoch {self._epoch + 1}, step {batch + 1}."
        ]
        paths = self.paths(self._epoch, batch) if self.paths else []
        if self._before:
            parts.append(self._place(self.clips(self._epoch, batch, paths)))
        if paths:
            parts.append(f"Files of the batch: {', '.join(paths)}.")
        rate = float(ops.convert_to_numpy(self.model.optimizer.learning_rate))
        parts.append(
            "Lower the learning rate, or look for clips that are not finite. "
            f"Received: learning_rate={rate:g}"
        )
        return " ".join(parts)

    def _place(self, clips):
        pairs = zip(self.model.variables, self._before, strict=True)
        for variable, value in pairs:
            variable.assign(value)
        network = getattr(self.model, "network", self.model)
        return first_not_finite(network, clips)


def first_not_finite(network, clips):
    """Says in words where the first value appears that is not finite.

    Args:
        network: A functional `keras.Model`; it is called as in training.
        clips: (B, T, H, W, C).
    """
    if not _finite(ops.convert_to_tensor(clips)):
        return "The clips themselves have values that are not finite."
    for weight in network.weights:
        if not _finite(weight):
            return (
                f"The weight '{weight.path}' was not finite before this step: "
                "gradients of an earlier one were not."
            )
    try:
        network._run_through_graph(clips, operation_fn=_watched)
    except _Found as found:
        return f"The first values that are not finite come from {found}."
    return "All layers give finite values: it is the loss that does not."


class _Found(Exception):
    """The operation, in words."""


def _watched(operation):
    def call(*arguments, **options):
        # As the functional model calls its layers.
        if "training" in getattr(operation, "_call_context_args", {}):
            options["training"] = True
        outputs = operation(*arguments, **options)
        if not all(_finite(x) for x in keras.tree.flatten(outputs)):
            kind = type(operation).__name__
            raise _Found(f"'{operation.name}' ({kind})")
        return outputs

    return call


def _finite(tensor):
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    return "float" not in dtype or bool(ops.all(ops.isfinite(tensor)))

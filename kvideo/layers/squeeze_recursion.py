"""Squeeze and recursion: which channel counts at which time.

Paper: Stergiou and Poppe, "Multi-Temporal Convolutions for Human Action
Recognition in Videos", section III-B, Eq. 8 to 11, after their "Learn to cycle"
(SRTG): frames are squeezed to their averages, recurrent cells read them in
order, and their states multiply the frames.

Decisions, where the paper is silent or at odds with itself:
- The states multiply as they are, between -1 and 1, as in the released code:
  no sigmoid after them, and no sum with the input, which the block adds.
- Two layers, as the text says; the sizes of Table VI(b) come out with one.
- The reset gate acts after the state's matrix product, with two biases, as
  `torch.nn.GRU` in the released code; Keras calls it `reset_after`.
- All weights start uniform between -1 / sqrt(C) and 1 / sqrt(C), as there.
- Table VI(b)'s peephole cell: the gates see the cell through one weight a
  channel (Gers and Schmidhuber), the output gate the new one.

Weights are those of `torch.nn.GRU(C, C)`, `RNN` or `LSTM`, kernels transposed,
gates in PyTorch's order: reset, update, new; input, forget, cell, output. For
layer n:

    input_kernel_n      weight_ih_ln transposed
    input_bias_n        bias_ih_ln
    state_kernel_n      weight_hh_ln transposed
    state_bias_n        bias_hh_ln
    peephole_n          (none), rows of input, forget, output gate
"""

import keras

from kvideo.layers.checks import check_choice, check_rank, is_count
from kvideo.ops.recurrence import GATES, recurrence


@keras.saving.register_keras_serializable(package="kvideo")
class SqueezeRecursion(keras.layers.Layer):
    """`x * cells(mean of each frame of x)`.

    Parameters of a layer: n (2 C^2 + 2 C), n = 3 for `"gru"`, 1 for `"rnn"`,
    4 for `"lstm"`; `"lstm_peephole"` has 3 C more.

    Args:
        cell: `"gru"`, `"rnn"`, `"lstm"` or `"lstm_peephole"`.
        num_layers: Layers of cells, each reading the states of the last.
        **kwargs: `name`, `dtype`.

    Input shape:
        (B, T, H, W, C).
    Output shape:
        The same.
    Raises:
        ValueError: For an unknown cell, or less than one layer.
    """

    def __init__(self, cell="gru", num_layers=2, **kwargs):
        super().__init__(**kwargs)
        check_choice("cell", cell, tuple(GATES))
        if not is_count(num_layers):
            raise ValueError(
                "`num_layers` must be a positive integer. Received: "
                f"{num_layers=}."
            )
        self.cell = cell
        self.num_layers = num_layers

    def build(self, input_shape):
        check_rank(self, input_shape)
        channels = input_shape[-1]
        self.cells = [
            self._add_cell(index, channels) for index in range(self.num_layers)
        ]

    def _add_cell(self, index, channels):
        width = len(GATES[self.cell]) * channels
        shapes = {
            "input_kernel": (channels, width),
            "input_bias": (width,),
            "state_kernel": (channels, width),
            "state_bias": (width,),
        }
        if self.cell == "lstm_peephole":
            shapes["peephole"] = (3, channels)
        limit = channels**-0.5
        return [
            self.add_weight(
                name=f"{name}_{index}",
                shape=shape,
                initializer=keras.initializers.RandomUniform(-limit, limit),
            )
            for name, shape in shapes.items()
        ]

    def call(self, inputs):
        return inputs * self.excitation(inputs)[:, :, None, None]

    def excitation(self, inputs):
        """What multiplies the frames: (B, T, C), between -1 and 1."""
        x = keras.ops.mean(inputs, axis=(2, 3))
        for weights in self.cells:
            x = recurrence(x, weights, self.cell)
        return x

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates of the matrix products for one clip."""
        _, frames, _, _, channels = input_shape
        kernels = 2 * len(GATES[self.cell]) * channels**2
        return self.num_layers * frames * kernels

    def get_config(self):
        return {
            **super().get_config(),
            "cell": self.cell,
            "num_layers": self.num_layers,
        }

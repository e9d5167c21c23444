"""Temporal-spatial pathway block (TSP block).

Paper: S. Hong, M.-K. Choi, "Blockwise Temporal-Spatial Pathway Network", ICIP
2021, section 3.1, Eq. 1 to 8. M dilated convolutions side by side (split); one
softmax over the M for each channel and, with `fuse="TC"`, for each time step
(fuse); their weighted sum (select). It is the selective kernel of Li et al.,
CVPR 2019, over time as well as space.

Deviations and decisions:
- The released code adds the branches up in place of the first one, so that
  V = A_1 U + A_2 U_2 + ... with U the sum of all. The default is Eq. 7;
  `legacy_inplace_sum=True` is for weights that were trained with that code.
- The released code pools to a fixed number of time steps for each stage
  (15, 8, 4, 2 for 30 frames). Here Eq. 3 is a mean over H and W at any length.
- Option 2 is printed for M = 4 only; M = 2, 3 and 7 are those of the code.
- The width of Z is max(C / 16, 32), the rule of the selective kernel paper.
"""

import keras

from kvideo.layers.checks import (
    check_choice,
    check_count,
    check_flag,
    check_rank,
    is_count,
    triple,
)
from kvideo.layers.composite import Composite
from kvideo.layers.conv3d import Conv3D
from kvideo.layers.normalization import BatchNorm

DEFAULT_PATHWAYS = 4
# Dilations (T, H, W) of option 2 for each M.
OPTION_2 = {
    2: ((1, 1, 1), (4, 1, 1)),
    3: ((1, 1, 1), (4, 1, 1), (1, 4, 4)),
    4: ((1, 1, 1), (4, 4, 4), (1, 4, 4), (4, 1, 1)),
    7: (
        (1, 1, 1),
        (3, 3, 3),
        (5, 5, 5),
        (1, 3, 3),
        (1, 5, 5),
        (3, 1, 1),
        (5, 1, 1),
    ),
}


def pathway_dilations(pathways=None, dilations="O2"):
    """The dilations (T, H, W) of all pathways.

    Args:
        pathways: M, at least 2; None: 4, or as many as `dilations` lists.
        dilations: `"O1"` (the i-th pathway has (i, i, i), Eq. 8), `"O2"` (the
            paper's table, for M = 2, 3, 4 and 7), or a list of triples.

    Returns:
        Tuple of M tuples of three integers.
    Raises:
        ValueError: If the option does not define that M.
    """
    listed = not isinstance(dilations, str)
    if pathways is None:
        sized = isinstance(dilations, list | tuple)
        pathways = len(dilations) if sized else DEFAULT_PATHWAYS
    if not is_count(pathways, 2):
        raise ValueError(
            "`pathways` must be an integer of at least 2: there is nothing "
            f"to select from one. Received: pathways={pathways!r}."
        )
    if listed:
        return _listed(pathways, dilations)
    check_choice("dilations", dilations, ("O1", "O2"))
    if dilations == "O1":
        return tuple((i, i, i) for i in range(1, pathways + 1))
    if pathways not in OPTION_2:
        raise ValueError(
            f"dilations='O2' is defined for {tuple(OPTION_2)} pathways. "
            f"Received: pathways={pathways}. Use dilations='O1' or give a "
            "list of (T, H, W) dilations."
        )
    return OPTION_2[pathways]


def _listed(pathways, dilations):
    if not isinstance(dilations, list | tuple) or len(dilations) != pathways:
        raise ValueError(
            "`dilations` must have as many triples (T, H, W) as there are "
            f"pathways. Received: pathways={pathways}, dilations={dilations}."
        )
    return tuple(triple("dilations", dilation) for dilation in dilations)


@keras.saving.register_keras_serializable(package="kvideo")
class TemporalSpatialPathway(Composite):
    """Chooses, at each time step and channel, among receptive fields.

    Parameters: M (27 C^2 / groups + 2 C) + C d + 2 d + M C d for C input and
    output channels, with d = max(C / reduction, min_width).

    Args:
        filters: Number C of output channels.
        pathways: Number M of pathways; None: 4, or as many as `dilations`
            lists.
        dilations: `"O1"`, `"O2"` or a list of (T, H, W) dilations, see
            `pathway_dilations`.
        fuse: `"TC"`: weights for each time step and channel (Eq. 3); `"C"`:
            for each channel (Eq. 4).
        groups: Cardinality: groups of the convolutions.
        strides: Integer or three, (T, H, W), of all pathways.
        reduction: The width d of Z is `filters // reduction`, ...
        min_width: ... but at least this.
        legacy_inplace_sum: As the released code, see above.
        **kwargs: `name`, `dtype`, ...

    Call arguments:
        inputs: Feature maps.
        return_attention: Whether to return the weights of Eq. 6 too.

    Input shape:
        (B, T, H, W, C_in). Any of B, T, H, W may be unknown.
    Output shape:
        (B, T', H', W', filters), each axis ceil(length / stride). With
        `return_attention` a pair: this and the weights (B, M, T', filters),
        or (B, M, 1, filters) with `fuse="C"`, float32, which add up to 1
        over M.
    Raises:
        ValueError: If an option does not define M, `groups` does not divide
            the channels, or an axis is shorter than its stride.
    """

    def __init__(
        self,
        filters,
        pathways=None,
        dilations="O2",
        fuse="TC",
        groups=1,
        strides=1,
        reduction=16,
        min_width=32,
        legacy_inplace_sum=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice("fuse", fuse, ("TC", "C"))
        check_count("filters", filters)
        check_count("groups", groups)
        check_count("reduction", reduction)
        check_count("min_width", min_width)
        check_flag("legacy_inplace_sum", legacy_inplace_sum)
        rates = pathway_dilations(pathways, dilations)
        self.filters = filters
        self.pathways = len(rates)
        self.dilations = dilations if isinstance(dilations, str) else rates
        self.fuse = fuse
        self.groups = groups
        self.strides = triple("strides", strides)
        self.reduction = reduction
        self.min_width = min_width
        self.legacy_inplace_sum = legacy_inplace_sum
        self._make_sublayers(rates)

    def _make_sublayers(self, rates):
        def conv(name, filters, kernel=1, **settings):
            policy = self.dtype_policy
            return Conv3D(filters, kernel, name=name, dtype=policy, **settings)

        def norm(name):
            return BatchNorm(name=name, dtype=self.dtype_policy)

        geometry = {"strides": self.strides, "groups": self.groups}
        names = [f"pathway{m}" for m in range(1, len(rates) + 1)]
        self.convs = [
            conv(f"{name}_conv", self.filters, 3, dilation_rate=d, **geometry)
            for name, d in zip(names, rates, strict=True)
        ]
        self.norms = [norm(f"{name}_bn") for name in names]
        width = max(self.filters // self.reduction, self.min_width)
        self.squeeze = conv("squeeze", width)
        self.squeeze_norm = norm("squeeze_bn")
        self.excite = conv("excite", len(rates) * self.filters)

    def build(self, input_shape):
        check_rank(self, input_shape)
        self._check_length(input_shape)
        shape = self.compute_output_shape(input_shape)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            conv.build(input_shape)
            norm.build(shape)
        pooled = (shape[0], shape[1], 1, 1)
        self.squeeze.build((*pooled, self.filters))
        self.squeeze_norm.build((*pooled, self.squeeze.filters))
        self.excite.build((*pooled, self.squeeze.filters))

    def _check_length(self, input_shape):
        for axis, length, stride in zip(
            "THW", input_shape[1:4], self.strides, strict=True
        ):
            if length is not None and length < stride:
                raise ValueError(
                    f"Axis {axis} is shorter than its stride. Received: "
                    f"shape={tuple(input_shape)}, strides={self.strides}. "
                    "Give a longer or larger clip, or smaller strides."
                )

    def call(self, inputs, training=None, return_attention=False):
        features = [
            keras.ops.relu(norm(conv(inputs), training=training))
            for conv, norm in zip(self.convs, self.norms, strict=True)
        ]
        total = sum(features[1:], start=features[0])  # Eq. 2
        attention = self._attend(total, training)
        if self.legacy_inplace_sum:
            features[0] = total
        weights = keras.ops.cast(attention, total.dtype)
        weights = keras.ops.unstack(weights, self.pathways, axis=1)
        parts = [
            keras.ops.expand_dims(weight, (2, 3)) * feature
            for weight, feature in zip(weights, features, strict=True)
        ]
        outputs = sum(parts[1:], start=parts[0])  # Eq. 7
        return (outputs, attention) if return_attention else outputs

    def _attend(self, total, training):
        """Eq. 3 to 6: (B, T', H', W', C) to (B, M, T' or 1, C)."""
        axes = (2, 3) if self.fuse == "TC" else (1, 2, 3)
        x = keras.ops.mean(total, axis=axes, keepdims=True)
        x = self.squeeze_norm(self.squeeze(x), training=training)
        x = keras.ops.cast(self.excite(keras.ops.relu(x)), "float32")
        # M is the slow index of the channels.
        shape = (-1, keras.ops.shape(x)[1], self.pathways, self.filters)
        x = keras.ops.softmax(keras.ops.reshape(x, shape), axis=2)
        return keras.ops.transpose(x, (0, 2, 1, 3))

    def compute_output_shape(self, input_shape):
        return self.convs[0].compute_output_shape(input_shape)

    def compute_output_spec(
        self, inputs, training=None, return_attention=False
    ):
        shape = self.compute_output_shape(inputs.shape)
        outputs = keras.KerasTensor(shape, self.compute_dtype)
        if not return_attention:
            return outputs
        steps = shape[1] if self.fuse == "TC" else 1
        shape = (shape[0], self.pathways, steps, self.filters)
        return outputs, keras.KerasTensor(shape, "float32")

    def count_macs(self, input_shape, output_shape):
        """Multiply-accumulates for one clip."""
        steps = output_shape[1] if self.fuse == "TC" else 1
        pooled = self.filters * self.squeeze.filters * steps
        convs = self.convs[0].count_macs(input_shape, output_shape)
        return self.pathways * (convs + pooled) + pooled

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "pathways": self.pathways,
            "dilations": self.dilations,
            "fuse": self.fuse,
            "groups": self.groups,
            "strides": self.strides,
            "reduction": self.reduction,
            "min_width": self.min_width,
            "legacy_inplace_sum": self.legacy_inplace_sum,
        }

"""Counts worked out by hand, layer kind by layer kind, and in whole networks.

Every expected number is spelled as its factors: output positions, kernel,
channels.
"""

import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications.shapes_only import shapes_only
from kvideo.layers import (
    AveragePool3D,
    BandPassLateralConnection,
    BatchNorm,
    Conv3D,
    FramePool,
    MotionBandPass,
)
from tests.support.contract import check_layer_contract


def counted(layer, *shapes, mode="macs"):
    """A model of one layer on inputs of the given shapes, counted."""
    inputs = [keras.Input(shape) for shape in shapes]
    outputs = layer(inputs[0] if len(inputs) == 1 else inputs)
    return kvideo.count(keras.Model(inputs, outputs), mode)


def macs(layer, *shapes):
    found = counted(layer, *shapes)
    assert found.uncounted == ()
    return found.macs


def hooks(layer, *shapes):
    found = counted(layer, *shapes, mode="hooks")
    assert found.uncounted == ()
    return found.macs


def test_by_hand():
    x = keras.Input((6, 8, 8, 3))
    y = MotionBandPass(3, 0.9, strides=3, name="a_filter")(x)
    y = Conv3D(4, (1, 3, 3), strides=(1, 2, 2), name="b_conv")(y)
    y = keras.layers.GlobalAveragePooling3D(name="b_pool")(y)
    y = keras.layers.Dense(5, name="c_dense")(y)
    found = kvideo.count(keras.Model(x, y))
    by_name = {row.name: row.macs for row in found.layers}
    assert by_name == {
        "a_filter": 2 * 8 * 8 * 3 * (3 + 9),
        "b_conv": 2 * 4 * 4 * 9 * 3 * 4,
        "b_pool": 0,
        "c_dense": 4 * 5,
    }
    assert found.macs == sum(by_name.values())
    assert found.params == 3 * 12 + 9 * 3 * 4 + 4 * 5 + 5
    assert [row.step for row in found.layers] == ["a", "b", "b", "c"]
    assert found.layers[1].output_shape == (None, 2, 4, 4, 4)


def test_hooks_by_hand():
    x = keras.Input((6, 8, 8, 3))
    y = MotionBandPass(3, 0.9, strides=3, name="a_filter")(x)
    y = Conv3D(4, (1, 3, 3), use_bias=True, name="b_conv")(y)
    y = BatchNorm(name="b_bn")(y)
    y = keras.layers.ReLU(name="b_relu")(y)
    y = AveragePool3D((1, 2, 2), name="b_pool")(y)
    y = FramePool(name="c_frames")(y)
    y = keras.layers.GlobalAveragePooling1D(name="c_mean")(y)
    y = keras.layers.Dense(5, name="c_dense")(y)
    found = kvideo.count(keras.Model(x, y), mode="hooks")
    assert {row.name: row.macs for row in found.layers} == {
        # The thesis filters all six frames in space, then takes differences.
        "a_filter": 6 * 8 * 8 * 3 * 9 + 2 * 8 * 8 * 3 * 3,
        "b_conv": 2 * 8 * 8 * 4 * (9 * 3 + 1),
        "b_bn": 2 * 2 * 8 * 8 * 4,
        "b_relu": 0,
        "b_pool": 2 * 4 * 4 * 4,
        "c_frames": 2 * 4 * (4 * 4 + 1),
        "c_mean": 4 * (2 + 1),
        "c_dense": 4 * 5,
    }


L = keras.layers
KERAS_LAYERS = [
    (L.Dense(5), [(7, 4)], 7 * 4 * 5),
    (L.EinsumDense("abc,cde->abde", (None, 2, 3)), [(7, 4)], 7 * 4 * 2 * 3),
    (L.EinsumDense("...x,xy->...y", 5), [(7, 4)], 7 * 4 * 5),
    (L.Conv1D(6, 3, groups=2), [(9, 4)], 7 * 3 * 2 * 6),
    (L.Conv2D(6, 3, strides=2, padding="same"), [(8, 8, 4)], 16 * 9 * 4 * 6),
    (L.Conv2D(6, 3, dilation_rate=2), [(8, 8, 4)], 16 * 9 * 4 * 6),
    (L.Conv3D(6, (3, 1, 1)), [(4, 2, 2, 5)], 2 * 2 * 2 * 3 * 5 * 6),
    (L.DepthwiseConv2D(3, depth_multiplier=2), [(6, 6, 4)], 16 * 9 * 4 * 2),
    (L.SeparableConv2D(6, 3), [(6, 6, 4)], 16 * (9 * 4 + 4 * 6)),
    (L.Conv2DTranspose(6, 3, strides=2), [(4, 4, 5)], 16 * 9 * 5 * 6),
    (L.LSTM(6), [(7, 4)], 7 * 4 * 6 * (4 + 6)),
    (L.GRU(6, return_sequences=True), [(7, 4)], 7 * 3 * 6 * (4 + 6)),
    (L.Bidirectional(L.GRU(6)), [(7, 4)], 2 * 7 * 3 * 6 * (4 + 6)),
    (L.TimeDistributed(L.Conv2D(6, 3)), [(7, 5, 5, 4)], 7 * 9 * 9 * 4 * 6),
    (L.Embedding(10, 4), [(7,)], 0),
    (L.LayerNormalization(), [(7, 4)], 0),
]


@pytest.mark.parametrize(
    "layer, shapes, expected",
    KERAS_LAYERS,
    ids=[f"{i}-{row[0].name}" for i, row in enumerate(KERAS_LAYERS)],
)
def test_keras_layers_by_hand(layer, shapes, expected):
    assert macs(layer, *shapes) == expected


def test_attention_by_hand():
    query, value = keras.Input((5, 6)), keras.Input((7, 4))
    layer = keras.layers.MultiHeadAttention(2, key_dim=3, value_dim=8)
    model = keras.Model([query, value], layer(query, value))
    projections = 5 * 6 * 2 * 3 + 7 * 4 * 2 * 3 + 7 * 4 * 2 * 8 + 5 * 2 * 8 * 6
    products = 2 * 5 * 7 * (3 + 8)
    assert kvideo.count(model).macs == projections + products
    # Hooks see the projections only.
    assert kvideo.count(model, mode="hooks").macs == projections


def test_hooks_of_keras_layers_by_hand():
    assert hooks(L.Conv2D(6, 3), (6, 6, 4)) == 16 * 6 * (9 * 4 + 1)
    assert hooks(L.Conv2D(6, 3, use_bias=False), (6, 6, 4)) == 16 * 6 * 9 * 4
    assert hooks(L.DepthwiseConv2D(3), (6, 6, 4)) == 16 * 4 * (9 + 1)
    assert hooks(L.BatchNormalization(), (6, 6, 4)) == 2 * 36 * 4
    assert hooks(L.GlobalAveragePooling2D(), (6, 6, 4)) == 4 * (36 + 1)
    assert hooks(L.AveragePooling2D(2), (6, 6, 4)) == 9 * 4
    assert hooks(L.MaxPooling2D(2), (6, 6, 4)) == 0
    assert hooks(L.TimeDistributed(L.Dense(5)), (3, 4)) == 3 * 4 * 5


def test_hooks_of_a_layer_made_of_layers():
    layer = BandPassLateralConnection("band_pass", kernel_size=3)
    source, target = (2, 4, 4, 5), (2, 8, 8, 5)
    band_pass = 2 * 4 * 4 * 5 * (9 + 3)
    assert macs(layer, source, target) == band_pass
    layer = BandPassLateralConnection("band_pass", kernel_size=3)
    norm = 2 * 2 * 8 * 8 * 5
    # The normalisation takes what was resized to the target.
    assert hooks(layer, source, target) == band_pass + norm


def test_layers_are_left_as_they_were():
    layer = BandPassLateralConnection("conv")
    hooks(layer, (2, 4, 4, 5), (2, 4, 4, 5))
    assert "call" not in vars(layer.norm)


def test_shared_layers_count_each_call():
    x = keras.Input((4,))
    dense = keras.layers.Dense(4, name="d_dense")
    found = kvideo.count(keras.Model(x, dense(dense(x))))
    assert found.macs == 2 * 16
    assert found.params == 20
    assert len(found.layers) == 1


def test_nested_models_are_followed():
    image = keras.Input((6, 6, 3))
    inner = keras.Model(image, L.Conv2D(4, 3, name="a_conv")(image), name="in")
    x = keras.Input((6, 6, 3))
    y = L.Add(name="b_add")([inner(x), inner(x)])
    head = keras.Sequential([L.Flatten(), L.Dense(2, name="fc")], name="head")
    found = kvideo.count(keras.Model(x, head(y)))
    rows = {row.name: row.macs for row in found.layers if row.macs}
    assert rows == {"in/a_conv": 2 * 16 * 27 * 4, "head/fc": 64 * 2}
    assert found.params == 27 * 4 + 4 + 64 * 2 + 2


def test_a_batch_axis_that_holds_frames_counts_all_of_them():
    x = keras.Input((5, 8, 8, 3))
    frames = keras.ops.reshape(x, (-1, 8, 8, 3))
    y = L.Conv2D(4, 3, name="a_conv")(frames)
    assert kvideo.count(keras.Model(x, y)).macs == 5 * 36 * 27 * 4


def test_products_in_the_graph():
    x = keras.Input((5, 4))
    y = keras.ops.matmul(x, keras.ops.transpose(x, (0, 2, 1)))
    model = keras.Model(x, y)
    assert kvideo.count(model).macs == 5 * 5 * 4
    assert kvideo.count(model, mode="hooks").macs == 0


class Unknown(keras.layers.Layer):
    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 2))

    def call(self, x):
        return keras.ops.matmul(x, self.kernel)


class HalfKnown(Unknown):
    def build(self, input_shape):
        super().build(input_shape)
        self.dense = keras.layers.Dense(3)

    def call(self, x):
        return self.dense(super().call(x))


def test_what_nobody_knows_is_named():
    assert counted(Unknown(), (4,)).uncounted == ("Unknown",)
    assert counted(Unknown(), (4,), mode="hooks").uncounted == ("Unknown",)
    found = counted(HalfKnown(), (4,))
    assert (found.macs, found.uncounted) == (2 * 3, ("HalfKnown",))
    assert counted(L.Dot(1), (4,), (4,)).uncounted == ("Dot",)
    assert counted(L.LSTM(2), (3, 4), mode="hooks").uncounted == ("LSTM",)
    x = keras.Input((5, 4))
    model = keras.Model(x, keras.ops.einsum("bij,bkj->bik", x, x))
    assert kvideo.count(model).uncounted == ("Einsum",)


class Forgetful(keras.layers.Layer):
    """Counts nothing, though its sublayer multiplies."""

    def build(self, input_shape):
        self.conv = Conv3D(2, 1)
        self.conv.build(input_shape)

    def call(self, x):
        return self.conv(x)

    def compute_output_shape(self, input_shape):
        return self.conv.compute_output_shape(input_shape)

    def count_macs(self, input_shape, output_shape):
        return 0


def test_the_contract_sees_a_forgotten_sublayer():
    with pytest.raises(AssertionError, match="less than the sublayers"):
        check_layer_contract(Forgetful(), np.ones((1, 2, 3, 3, 1), "float32"))


def flops_of_tensorflow(model):
    """FLOPs of convolutions and matrix products for one clip, as TensorFlow's
    profiler knows them: two for each multiply-accumulate."""
    tf = pytest.importorskip("tensorflow")
    shape = (1, *model.input_shape[1:])
    function = tf.function(lambda x: model(x, training=False))
    graph = function.get_concrete_function(tf.TensorSpec(shape)).graph
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options = (
        tf.compat.v1.profiler.ProfileOptionBuilder(options)
        .with_node_names(show_name_regexes=[".*(Conv|MatMul).*"])
        .account_displayed_op_only(True)
        .with_empty_output()
        .build()
    )
    found = tf.compat.v1.profiler.profile(graph, cmd="scope", options=options)
    return found.total_float_ops


def test_agreement_with_tensorflow_profiler():
    model = kvideo.create_model("tsn_resnet_nano", classes=8)
    assert flops_of_tensorflow(model) == 2 * kvideo.count(model).macs


def test_moving_statistics_are_not_trainable():
    x = keras.Input((4,))
    y = keras.layers.BatchNormalization()(x)
    found = kvideo.count(keras.Model(x, y))
    assert (found.params, found.trainable_params) == (16, 8)


def test_unknown_clip_shape_is_refused():
    model = kvideo.create_model(
        "tsm_resnet_nano", classes=2, input_shape=(None, None, None, 3)
    )
    with pytest.raises(ValueError, match="known clip shape"):
        kvideo.count(model)


def test_unknown_mode_is_refused():
    model = keras.Sequential([keras.Input((4,)), L.Dense(2)])
    with pytest.raises(ValueError, match=r"'macs', 'hooks'.*mode='thop'"):
        kvideo.count(model, mode="thop")


def test_a_model_without_a_graph_is_refused():
    class Subclass(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match="functional"):
        kvideo.count(Subclass())


# Giga-operations with module hooks. Published: TSM-R50 32.89 (with the head of
# 1,000 classes), with five non-local blocks 49.38, X3D-M 6.4.
HOOKS = [
    ("tsm_resnet50", (8, 224, 224, 3), {}, 32.882),
    pytest.param(
        *("tsm_resnet50", (8, 224, 224, 3), {"classes": 1000}, 32.892),
        marks=pytest.mark.slow,
    ),
    pytest.param(
        *("tsm_resnet50", (8, 256, 256, 3), {}, 42.946),
        marks=pytest.mark.slow,
    ),
    pytest.param(
        *("tsm_resnet50", (8, 160, 160, 3), {}, 16.780),
        marks=pytest.mark.slow,
    ),
    ("tsm_resnet50", (8, 224, 224, 3), {"non_local": 5}, 49.375),
    ("tsm_mobilenet_v2", (8, 224, 224, 3), {"classes": 174}, 2.505),
    ("x3d_m", (16, 256, 256, 3), {}, 6.414),
    ("gdn_resnet50", (8, 224, 224, 3), {"classes": 174}, 24.863),
]


@pytest.mark.parametrize("name, shape, options, expected", HOOKS)
def test_published_figures_with_hooks(name, shape, options, expected):
    with shapes_only():
        model = kvideo.create_model(name, input_shape=shape, **options)
        ops = kvideo.count(model, mode="hooks").macs
    assert round(ops / 1e9, 3) == expected


# Huang's thesis, sizes of the Quiet and the Busy frames: G as published.
BQN_SIZES = [(160, 256, 60.7), (160, 224, 50.5), (128, 256, 54.6)]


@pytest.mark.slow
@pytest.mark.parametrize("quiet, busy, published", BQN_SIZES)
def test_published_bqn_figures_with_hooks(quiet, busy, published):
    model = kvideo.create_model(
        "bqn_tsm_resnet50",
        classes=174,
        input_shape=(24, busy, busy, 3),
        quiet_scale=quiet / busy,
    )
    ops = kvideo.count(model, mode="hooks").macs
    assert ops / 1e9 == pytest.approx(published, rel=0.003)


@pytest.mark.parametrize("name", kvideo.list_models("*nano"))
def test_every_family_is_counted_whole(name):
    with shapes_only():
        counted = kvideo.count(kvideo.create_model(name))
    assert counted.uncounted == ()

"""What only TensorFlow asks: unknown sizes, XLA, TFLite, replicas."""

import numpy as np
import pytest
import tensorflow as tf

from kvideo import ops as kops
from tests.support.convolutions import draw
from tests.support.gradients import assert_all_close

CLIP = (2, 4, 6, 6, 8)
DEPTHWISE, GROUPED, DENSE, TEMPORAL = draw(
    (3, 3, 3, 8), (3, 3, 3, 4, 8), (3, 3, 3, 8, 4), (3, 1, 1, 8, 8)
)


def pool_twice(x):
    x = kops.max_pool3d(x, (1, 3, 3), (1, 2, 2), (0, 1, 1))
    return kops.avg_pool3d(x, 2)


def pad_thrice(x):
    for mode in ("constant", "reflect", "edge"):
        x = kops.pad_clip(x, 1, mode)
    return x


FUNCTIONS = {
    "depthwise": lambda x: kops.depthwise_conv3d(x, DEPTHWISE, 1, 1),
    "depthwise_stride": lambda x: kops.depthwise_conv3d(
        x, DEPTHWISE, (1, 2, 2), 1
    ),
    "depthwise_time": lambda x: kops.depthwise_conv3d(
        x, DEPTHWISE[:, 1:2, 1:2], 1, (1, 0, 0)
    ),
    "depthwise_windows": lambda x: kops.depthwise_conv3d(
        x, DEPTHWISE[:, 1:2, 1:2], (3, 1, 1)
    ),
    "dense": lambda x: kops.conv3d(x, DENSE, (1, 2, 2), 1),
    "temporal": lambda x: kops.conv3d(x, TEMPORAL, 1, (1, 0, 0)),
    "grouped": lambda x: kops.conv3d(x, GROUPED, 1, 2, 2, 2),
    "grouped_stride": lambda x: kops.conv3d(x, GROUPED, 2, 2, 2, 2),
    "grouped_unequal": lambda x: kops.conv3d(x, GROUPED, 1, 2, (1, 3, 2), 2),
    "grouped_stride_odd": lambda x: kops.conv3d(x, GROUPED, 2, 3, 3, 2),
    "grouped_stride_mixed": lambda x: kops.conv3d(
        x, GROUPED, 2, (4, 1, 1), (4, 1, 1), 2
    ),
    "pools": pool_twice,
    "pads": pad_thrice,
    "resize": lambda x: kops.resize_clip(x, (5, 9), 3),
    "shift": lambda x: kops.shift_frames(x, 2),
}
every_op = pytest.mark.parametrize("name", FUNCTIONS)


def traced(name, spec, **options):
    return tf.function(
        FUNCTIONS[name],
        input_signature=[tf.TensorSpec(spec)],
        autograph=False,
        **options,
    )


@every_op
@pytest.mark.parametrize(
    "spec", [(None, *CLIP[1:]), (None, None, None, None, 8)], ids=["B", "BTHW"]
)
def test_unknown_sizes(name, spec):
    (x,) = draw(CLIP)
    expected = FUNCTIONS[name](x).numpy()
    assert_all_close([traced(name, spec)(x).numpy()], [expected])


@every_op
def test_unknown_sizes_in_the_gradient(name):
    (x,) = draw(CLIP)

    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = FUNCTIONS[name](x)
        return tape.gradient(y, x, output_gradients=y)

    spec = tf.TensorSpec((None, None, None, None, 8))
    graph = tf.function(gradient, input_signature=[spec], autograph=False)
    expected = gradient(tf.constant(x)).numpy()
    assert_all_close([graph(x).numpy()], [expected])


def test_known_sizes_stay_known():
    for name, function in FUNCTIONS.items():
        graph = traced(name, (None, *CLIP[1:])).get_concrete_function()
        expected = function(draw(CLIP)[0]).shape[1:]
        assert graph.structured_outputs.shape[1:] == expected, name


@pytest.mark.parametrize("name", ["depthwise_stride", "grouped", "pads"])
def test_xla(name):
    (x,) = draw(CLIP)
    compiled = traced(name, CLIP, jit_compile=True)
    assert_all_close([compiled(x).numpy()], [FUNCTIONS[name](x).numpy()])


@every_op
def test_tflite_has_builtins_only_and_agrees(name):
    from ai_edge_litert.interpreter import Interpreter

    (x,) = draw((1, *CLIP[1:]))
    with kops.lowering("mobile"):
        graph = traced(name, x.shape).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([graph])
    interpreter = Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    y = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert_all_close([y], [FUNCTIONS[name](x).numpy()])
    used = {op["op_name"] for op in interpreter._get_ops_details()}
    assert "CONV_3D" not in used


def test_as_many_groups_as_channels_take_the_depthwise_kernel():
    (kernel,) = draw((3, 3, 3, 1, 8))
    graph = tf.function(lambda x: kops.conv3d(x, kernel, 1, 1, 1, 8))
    operations = graph.get_concrete_function(tf.TensorSpec(CLIP)).graph
    kinds = {op.type for op in operations.get_operations()}
    assert "Conv3D" not in kinds


@pytest.mark.parametrize("frames", [1, 3])
def test_stride_and_bias_stay_in_one_process(frames):
    # Explicit padding next to a bias would abort it, see the kernel's file.
    x, kernel, bias = draw((1, 4, 6, 6, 8), (frames, 3, 3, 8), (8,))
    strided = lambda x: kops.depthwise_conv3d(  # noqa: E731
        x, kernel, (1, 2, 2), (frames // 2, 1, 1), bias
    )
    assert_all_close([tf.function(strided)(x).numpy()], [strided(x).numpy()])


def test_second_order_gradient():
    x, kernel = draw((1, 3, 4, 4, 2), (3, 3, 3, 2))
    x, direction = tf.constant(x), tf.constant(draw(x.shape)[0])

    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(kops.depthwise_conv3d(x, kernel, 1, 1) ** 2)
        return tape.gradient(y, x)

    with tf.GradientTape() as tape:
        tape.watch(x)
        along = tf.reduce_sum(slope(x) * direction)
    # The function is quadratic, so its slope is linear in x.
    expected = slope(direction).numpy()
    assert_all_close([tape.gradient(along, x).numpy()], [expected])


@pytest.mark.parametrize("name", ["grouped", "grouped_stride_odd"])
def test_without_native_dilations(name, monkeypatch):
    from kvideo.ops import _tensorflow_conv

    (x,) = draw(CLIP)
    expected = FUNCTIONS[name](x).numpy()
    monkeypatch.setattr(
        _tensorflow_conv, "_dilates_natively", lambda dtype: False
    )
    monkeypatch.setattr(_tensorflow_conv, "_conv3d_op", None)
    assert_all_close([FUNCTIONS[name](x).numpy()], [expected])


def test_resize_equals_tensorflow():
    (x,) = draw((1, 2, 4, 6, 3))
    y = kops.resize_clip(x, (5, 3)).numpy()
    np.testing.assert_array_equal(y[0], tf.image.resize(x[0], (5, 3)))

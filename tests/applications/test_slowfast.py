import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications.slowfast import VARIANTS, SlowFast
from tests.support.tflite import check_tflite

CLIP = (8, 32, 32, 3)


def nano(**arguments):
    return SlowFast(
        **{"variant": "nano", "input_shape": CLIP, "classes": 4, **arguments}
    )


def clips(seed=0, batch=2, shape=CLIP):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 255, (batch, *shape)).astype("float32")


def open_blocks(model):
    """Residual branches and a classifier that no longer start near zero."""
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if layer.name.endswith("_bn3"):
            layer.gamma.assign(np.ones(layer.gamma.shape))
    kernel = model.get_layer("logits").kernel
    kernel.assign(rng.normal(size=kernel.shape))
    return model


@pytest.mark.parametrize(
    ("variant", "params", "quoted_params", "quoted_gmac"),
    [
        # Parameters (M): PyTorchVideo's model zoo. GFLOPs at 256x256:
        # Table 2 of the paper; the zoo has 36.69 for the first.
        ("4x16_resnet50", 34_480_216, 34.48, 36.1),
        ("8x8_resnet50", 34_566_488, 34.57, 65.7),
    ],
)
def test_published_figures(variant, params, quoted_params, quoted_gmac):
    model = SlowFast(variant=variant, input_shape=(32, 256, 256, 3))
    counted = kvideo.count(model)
    assert counted.trainable_params == params
    assert round(params / 1e6, 2) == quoted_params
    assert round(counted.macs / 1e9, 1) == quoted_gmac


@pytest.mark.parametrize(
    ("depth", "params", "quoted"),
    [
        (50, 33_789_992, 33.8),
        pytest.param(101, 62_136_744, 62.1, marks=pytest.mark.slow),
        pytest.param(152, 84_960_296, 85.0, marks=pytest.mark.slow),
        pytest.param(200, 89_546_792, 89.5, marks=pytest.mark.slow),
    ],
)
def test_the_rows_of_btsnet(depth, params, quoted):
    """Table 1 of the BTSNet paper, with the 101 classes of UCF101."""
    model = SlowFast(variant=f"btsnet_resnet{depth}", classes=101)
    assert kvideo.count(model).trainable_params == params
    assert round(params / 1e6, 1) == quoted
    assert model.get_layer("slow_frames").output.shape[1] == 2


@pytest.mark.parametrize(
    ("variant", "frames"), [("4x16_resnet50", 4), ("8x8_resnet50", 8)]
)
def test_frames_of_the_slow_pathway(variant, frames):
    model = SlowFast(
        variant=variant, input_shape=(32, 32, 32, 3), include_top=False
    )
    slow, fast = model.output
    assert slow.shape == (None, frames, 1, 1, 2048)
    assert fast.shape == (None, 32, 1, 1, 256)


def test_gradients_reach_every_weight_of_both_pathways():
    import tensorflow as tf

    model = open_blocks(nano(classifier_activation=None))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(clips(), training=True)[:, 0] ** 2)
    gradients = tape.gradient(loss, model.trainable_weights)
    dead = [
        w.path
        for w, g in zip(model.trainable_weights, gradients, strict=True)
        if g is None or float(tf.reduce_max(tf.abs(g))) == 0
    ]
    assert not dead
    starts = {w.path.split("_")[0].rstrip("1234") for w in model.weights}
    assert starts >= {"slow", "fast", "fuse"}


def test_the_slow_pathway_sees_the_other_frames_through_laterals_only():
    model = open_blocks(nano())
    slow = keras.Model(model.input, model.get_layer("slow_avg_pool").output)
    one, other = clips(), clips()
    other[:, 5] = 0  # not 0 or 4, the slow frames
    first, second = slow.predict(one, verbose=0), slow.predict(other, verbose=0)
    assert np.abs(first - second).max() > 1e-4
    for stage in (1, 2, 3, 4):
        lateral = model.get_layer(f"fuse{stage}_conv")
        lateral.kernel.assign(np.zeros(lateral.kernel.shape))
    first, second = slow.predict(one, verbose=0), slow.predict(other, verbose=0)
    np.testing.assert_array_equal(first, second)


def test_slow_frames_as_the_released_weights_saw_them():
    model = nano(slow_frames="spread")
    picked = keras.Model(
        model.get_layer("normalize").output,
        model.get_layer("slow_frames").output,
    )
    x = clips()
    np.testing.assert_array_equal(picked.predict(x, verbose=0), x[:, [0, 7]])


def test_without_the_top():
    slow, fast = nano(include_top=False).output
    pooled = nano(include_top=False, pooling="max").output
    assert pooled.shape == (None, slow.shape[-1] + fast.shape[-1])


def test_the_classifier_starts_as_in_the_released_code():
    model = SlowFast(input_shape=(32, 32, 32, 3))
    logits = model.get_layer("logits")
    assert logits.kernel.shape == (2048 + 256, 400)
    assert abs(float(np.std(logits.kernel)) - 0.01) < 1e-4


def test_only_btsnets_classifier_has_no_bias():
    for variant, row in VARIANTS.items():
        assert row.classifier_bias == (not variant.startswith("btsnet"))
    assert nano().get_layer("logits").use_bias


@pytest.mark.parametrize("frames", [3, None])
def test_a_clip_too_short_for_a_slow_frame(frames):
    with pytest.raises(ValueError, match="at least 4 frames"):
        nano(input_shape=(frames, 32, 32, 3))


def test_unknown_choice_of_slow_frames():
    with pytest.raises(ValueError, match="`slow_frames`"):
        nano(slow_frames="first")


@pytest.mark.slow
def test_converts_to_tflite(tmp_path):
    model = open_blocks(nano())
    check_tflite(model, clips(batch=1), tmp_path)

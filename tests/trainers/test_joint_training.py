"""Algorithm 1, Eq. 3.15 and 3.19 of Huang's thesis on a tiny network."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kvideo.layers import PixelWiseTemporalProjection
from kvideo.objectives import scale_schedule
from kvideo.trainers import JointTraining

CLIP = (8, 8, 8, 3)
RATE = 0.1


def network(loss_weight=1.0, l2=0.0):
    keras.utils.set_random_seed(0)
    clips = keras.Input(CLIP)
    x = PixelWiseTemporalProjection(
        4, 1, 3, 2, 5, loss_weight=loss_weight, name="projection"
    )(clips)
    x = keras.layers.Flatten()(x)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Dense(
        3, kernel_regularizer=keras.regularizers.L2(l2), dtype="float32"
    )(x)
    return keras.Model(clips, x)


def data(seed=0, batch=4):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(batch, *CLIP)).astype("float32")
    return x, rng.integers(0, 3, batch)


LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def trainer(optimizer=None, model=None, **arguments):
    joint = JointTraining(model or network(), **arguments)
    optimizer = optimizer or keras.optimizers.SGD(RATE)
    joint.compile(optimizer, LOSS, metrics=["accuracy"])
    return joint


def gradients(model, x, y):
    """L1, L2, and of both the gradients of (Theta1, Theta2), by hand."""
    projection = model.get_layer("projection")
    shared = projection.trainable_weights
    rest = [
        w
        for w in model.trainable_weights
        if w.path.split("/")[0] != ("projection")
    ]
    with tf.GradientTape(persistent=True) as tape:
        outputs = model(x, training=True)
        first, second = projection.losses[0], LOSS(y, outputs)
    zeros = {"unconnected_gradients": "zero"}
    return (
        (first, second),
        [tape.gradient(first, w, **zeros).numpy() for w in shared],
        [tape.gradient(second, w, **zeros).numpy() for w in shared],
        [tape.gradient(second, w, **zeros).numpy() for w in rest],
    )


def split(model):
    """Values of Theta1 and of Theta2."""
    weights = model.trainable_weights
    theta1 = [w for w in weights if w.path.split("/")[0] == "projection"]
    known = set(map(id, theta1))
    theta2 = [w for w in weights if id(w) not in known]
    return [[w.numpy() for w in part] for part in (theta1, theta2)]


def steps_of(before, after):
    return [(old - new) / RATE for old, new in zip(before, after, strict=True)]


def check_equal(found, expected, atol=1e-4):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=atol)


def flat(tensors):
    return np.concatenate([np.ravel(t) for t in tensors])


def closed_form(g1, g2):
    """Eq. 3.18."""
    g1, g2 = flat(g1), flat(g2)
    alpha = (g2 - g1) @ g2 / ((g1 - g2) @ (g1 - g2))
    return np.clip(alpha, 0, 1)


def test_algorithm_1():
    x, y = data()
    (first, second), g1, g2, rest = gradients(network(), x, y)
    joint = trainer()
    before = split(joint.network)
    logs = joint.train_on_batch(x, y, return_dict=True)
    after = split(joint.network)
    alpha = closed_form(g1, g2)
    assert 0 < alpha < 1, "the case is to be one between the two"
    shared = [alpha * a + (1 - alpha) * b for a, b in zip(g1, g2, strict=True)]
    check_equal(steps_of(before[0], after[0]), shared)
    check_equal(steps_of(before[1], after[1]), rest)
    expected = {
        "loss": second,
        "projection_loss": first,
        "alpha": alpha,
        "projection_gradient": np.linalg.norm(flat(g1)),
        "classifier_gradient": np.linalg.norm(flat(g2)),
    }
    assert set(logs) == {*expected, "accuracy"}
    for name, value in expected.items():
        np.testing.assert_allclose(logs[name], value, rtol=1e-3)


@pytest.mark.parametrize("alpha", [0, 0.5, 0.9])
def test_fixed_scale_is_one_loss(alpha):
    """Eq. 3.15: what plain `fit` does with alpha L1 + (1 - alpha) L2."""
    x, y = data()
    _, g1, g2, rest = gradients(network(), x, y)
    joint = trainer(strategy="fixed", alpha=alpha)
    before = split(joint.network)
    joint.train_on_batch(x, y)
    after = split(joint.network)
    shared = [alpha * a + (1 - alpha) * b for a, b in zip(g1, g2, strict=True)]
    check_equal(steps_of(before[0], after[0]), shared)
    check_equal(steps_of(before[1], after[1]), [(1 - alpha) * g for g in rest])


@pytest.mark.parametrize("form", ["linear", "log"])
def test_schedule_follows_the_steps(form):
    joint = trainer(
        strategy="schedule", total_steps=10, gamma=0.5, lambda_=0.4, form=form
    )
    found = []
    for _ in range(4):
        joint.reset_metrics()
        found.append(joint.train_on_batch(*data(), return_dict=True)["alpha"])
    expected = scale_schedule(np.arange(4), 10, 0.5, 0.4, form)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_separate_trains_one_after_the_other():
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.1)
    joint = trainer(optimizer, strategy="separate", projection_steps=2)
    projection = joint.network.get_layer("projection")
    for early in (True, True, False, False):
        before = split(joint.network)
        whole = projection.get_weights()
        joint.train_on_batch(*data())
        after = split(joint.network)
        moved = [
            any(not np.array_equal(*pair) for pair in zip(*parts, strict=True))
            for parts in zip(before, after, strict=True)
        ]
        assert moved == [early, not early]
    check_equal(projection.get_weights(), whole, atol=0)


def test_history_and_evaluation():
    joint = trainer()
    x, y = data(batch=8)
    history = joint.fit(
        x, y, batch_size=4, epochs=2, validation_data=(x, y), verbose=0
    ).history
    assert set(history) == {
        "loss",
        "accuracy",
        "projection_loss",
        "alpha",
        "projection_gradient",
        "classifier_gradient",
        "val_loss",
        "val_accuracy",
        "val_projection_loss",
    }
    plain = network(loss_weight=0)
    plain.set_weights(joint.network.get_weights())
    plain.compile(loss=LOSS)
    np.testing.assert_allclose(
        history["val_loss"][-1],
        plain.evaluate(x, y, batch_size=4, verbose=0),
        rtol=1e-5,
    )


def test_both_losses_fall():
    joint = trainer(keras.optimizers.Adam(0.01))
    history = joint.fit(*data(), epochs=15, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["projection_loss"][-1] < history["projection_loss"][0]


@pytest.mark.parametrize(
    ("policy", "tolerance"),
    [("mixed_bfloat16", 0.05), ("mixed_float16", 0.01)],
)
def test_mixed_precision(policy, tolerance):
    x, y = data()
    exact = trainer().train_on_batch(x, y, return_dict=True)
    keras.config.set_dtype_policy(policy)
    try:
        joint = trainer()
    finally:
        keras.config.set_dtype_policy("float32")
    scaled = isinstance(joint.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (policy == "mixed_float16")
    found = joint.train_on_batch(x, y, return_dict=True)
    for name in exact:
        np.testing.assert_allclose(found[name], exact[name], rtol=tolerance)


def test_eager_and_compiled_steps_are_equal():
    x, y = data()
    results = []
    for options in ({"run_eagerly": True}, {"jit_compile": True}):
        joint = JointTraining(network())
        joint.compile(keras.optimizers.SGD(RATE), LOSS, **options)
        joint.train_on_batch(x, y)
        results.append(joint.get_weights()[:-6])
    check_equal(*results, atol=1e-4)


def test_clipping_averages_and_regularizers():
    model = network(l2=0.1)
    optimizer = keras.optimizers.SGD(
        RATE, momentum=0.9, global_clipnorm=0.01, use_ema=True
    )
    joint = trainer(optimizer, model)
    before = split(model)
    logs = joint.train_on_batch(*data(), return_dict=True)
    after = split(model)
    step = [flat(steps_of(*parts)) for parts in zip(before, after, strict=True)]
    np.testing.assert_allclose(np.linalg.norm(flat(step)), 0.01, rtol=1e-3)
    bare = trainer().train_on_batch(*data(), return_dict=True)
    assert logs["loss"] > bare["loss"]
    assert logs["projection_loss"] == bare["projection_loss"]


def test_saves_and_leaves_a_plain_network(tmp_path):
    joint = trainer(strategy="schedule", total_steps=7, gamma=0.3)
    x, y = data()
    joint.train_on_batch(x, y)
    scores = joint.network.predict(x, verbose=0)
    joint.save(tmp_path / "joint.keras")
    twin = keras.saving.load_model(tmp_path / "joint.keras")
    assert (twin.strategy, twin.total_steps, twin.gamma) == ("schedule", 7, 0.3)
    np.testing.assert_allclose(twin.predict(x, verbose=0), scores, atol=1e-5)
    joint.network.save(tmp_path / "plain.keras")
    plain = keras.saving.load_model(tmp_path / "plain.keras")
    assert type(plain).__name__ == "Functional"
    np.testing.assert_allclose(plain.predict(x, verbose=0), scores, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strategy": "sum"}, "`strategy` must be one of"),
        ({"strategy": "fixed", "alpha": 1.5}, "`alpha` must be in"),
        ({"strategy": "schedule"}, "needs `total_steps`"),
        ({"strategy": "separate"}, "needs `projection_steps`"),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        JointTraining(network(), **arguments)


def test_network_without_the_loss():
    with pytest.raises(ValueError, match="`loss_weight` above 0"):
        JointTraining(network(loss_weight=0))
    clips = keras.Input(CLIP)
    plain = keras.Model(clips, keras.layers.Flatten()(clips))
    with pytest.raises(ValueError, match="does not add"):
        JointTraining(plain)


def test_one_device():
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        joint = trainer()
    with pytest.raises(ValueError, match="one device"):
        joint.fit(*data(), verbose=0)


def test_averages_of_some_weights():
    optimizer = keras.optimizers.SGD(RATE, use_ema=True)
    joint = trainer(optimizer, strategy="separate", projection_steps=2)
    with pytest.raises(ValueError, match="use_ema"):
        joint.train_on_batch(*data())

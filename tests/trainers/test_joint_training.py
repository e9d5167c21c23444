"""Algorithm 1, Eq. 3.15 and 3.19 of Huang's thesis on a tiny network."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kvideo.layers import PixelWiseTemporalProjection
from kvideo.objectives import scale_schedule
from kvideo.trainers import JointTraining
from kvideo.trainers.config import STRATEGIES

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
    # Far quicker than tracing; that both are equal is tested below.
    joint.compile(optimizer, LOSS, metrics=["accuracy"], run_eagerly=True)
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


def cosine(a, b):
    a, b = flat(a), flat(b)
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


@pytest.mark.parametrize(
    ("policy", "tolerance"),
    [("mixed_bfloat16", 0.05), ("mixed_float16", 0.01)],
)
def test_mixed_precision(policy, tolerance):
    x, y = data()
    joints = [trainer()]
    keras.config.set_dtype_policy(policy)
    try:
        joints.append(trainer())
    finally:
        keras.config.set_dtype_policy("float32")
    scaled = isinstance(
        joints[1].optimizer, keras.optimizers.LossScaleOptimizer
    )
    assert scaled == (policy == "mixed_float16")
    logs, steps = [], []
    for joint in joints:
        before = split(joint.network)
        logs.append(joint.train_on_batch(x, y, return_dict=True))
        after = split(joint.network)
        steps.append([steps_of(*p) for p in zip(before, after, strict=True)])
    exact, found = logs
    assert 0 < exact["alpha"] < 1
    for name in exact:
        np.testing.assert_allclose(found[name], exact[name], rtol=tolerance)
    for theta in (0, 1):
        assert cosine(steps[0][theta], steps[1][theta]) > 1 - tolerance / 10


SLOW = [pytest.param(s, marks=pytest.mark.slow) for s in STRATEGIES[1:]]


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["mgda", *SLOW])
def test_jit_compiled_steps_are_equal(strategy):
    """To 1e-5 after two steps, with the momentum of the first."""
    results = []
    for jit_compile in (False, True):
        joint = JointTraining(
            network(), strategy, total_steps=2, projection_steps=1
        )
        optimizer = keras.optimizers.SGD(RATE, momentum=0.9)
        joint.compile(optimizer, LOSS, jit_compile=jit_compile)
        history = joint.fit(*data(), epochs=2, verbose=0).history
        results.append([*joint.network.get_weights(), *history.values()])
    check_equal(*results, atol=1e-5)


def test_eager_steps_are_equal():
    results = []
    for run_eagerly in (True, False):
        joint = JointTraining(network())
        joint.compile("sgd", LOSS, run_eagerly=run_eagerly)
        joint.train_on_batch(*data())
        results.append(joint.network.get_weights())
    check_equal(*results, atol=1e-6)


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


@pytest.mark.parametrize("strategy", ["mgda", "separate"])
def test_averages_of_all_weights(strategy):
    """Kept at each step, of the weights that it leaves alone too."""
    optimizer = keras.optimizers.SGD(RATE, use_ema=True, ema_momentum=0.75)
    joint = trainer(optimizer, strategy=strategy, projection_steps=1)
    average = None
    for _ in range(3):
        joint.train_on_batch(*data())
        now = [w.numpy() for w in joint.trainable_weights]
        pairs = zip(average or now, now, strict=True)
        average = [0.75 * old + 0.25 * new for old, new in pairs]
    optimizer.finalize_variable_values(joint.trainable_weights)
    check_equal([w.numpy() for w in joint.trainable_weights], average, 1e-6)


def test_several_optimizers():
    """Adam for the projection: its first step is the learning rate."""
    several = keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(
            keras.optimizers.SGD(RATE),
            {"projection/basis": keras.optimizers.Adam(0.01)},
        )
    )
    x, y = data()
    _, _, _, rest = gradients(network(), x, y)
    joint = trainer(several)
    basis = joint.network.get_layer("projection").basis
    before, old = split(joint.network), basis.numpy()
    joint.train_on_batch(x, y)
    after = split(joint.network)
    np.testing.assert_allclose(np.abs(basis.numpy() - old), 0.01, rtol=1e-3)
    check_equal(steps_of(before[1], after[1]), rest)


class Interrupt(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


def test_interrupted_and_restored(tmp_path):
    """Keras' own callback; the classifier's part begins after it."""

    def fit(*callbacks):
        joint = trainer(
            keras.optimizers.Adam(0.01),
            strategy="separate",
            projection_steps=3,
        )
        options = {"batch_size": 2, "epochs": 3, "shuffle": False, "verbose": 0}
        return joint, joint.fit(*data(), callbacks=callbacks, **options).history

    whole, history = fit()
    with pytest.raises(KeyboardInterrupt):
        fit(keras.callbacks.BackupAndRestore(tmp_path), Interrupt())
    resumed, rest = fit(keras.callbacks.BackupAndRestore(tmp_path))
    assert len(rest["loss"]) == 2
    for name, values in rest.items():
        np.testing.assert_allclose(values, history[name][1:], rtol=1e-5)
    check_equal(resumed.get_weights(), whole.get_weights(), atol=1e-6)


def test_best_epoch_is_kept(tmp_path):
    joint, (x, y) = trainer(), data()
    path = str(tmp_path / "best.keras")
    keep = keras.callbacks.ModelCheckpoint(
        path, "projection_loss", save_best_only=True, mode="min"
    )
    joint.fit(x, y, epochs=1, callbacks=[keep], verbose=0)
    twin = keras.saving.load_model(path)
    logs = [j.train_on_batch(x, y, return_dict=True) for j in (twin, joint)]
    assert logs[0] == pytest.approx(logs[1], rel=1e-5)


def test_exports_the_plain_network(tmp_path):
    joint, (x, y) = trainer(), data()
    joint.train_on_batch(x, y)
    joint.network.export(tmp_path / "plain", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "plain")
    expected = joint.network(x, training=False)
    np.testing.assert_allclose(loaded.serve(x), expected, atol=1e-5)


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


def test_projection_that_is_frozen():
    model = network()
    joint = trainer(model=model)
    model.get_layer("projection").trainable = False
    with pytest.raises(ValueError, match=r"frozen or not built.*'projection'"):
        joint.fit(*data(), verbose=0)
    with pytest.raises(ValueError, match="Set `trainable` to True"):
        JointTraining(model)


class Beside(keras.Model):
    """Has a projection, and does not call it."""

    def __init__(self):
        super().__init__()
        self.projection = PixelWiseTemporalProjection(4, kernel_size=3)
        self.projection.build((None, *CLIP))
        self.flatten = keras.layers.Flatten()
        self.dense = keras.layers.Dense(3)

    def call(self, inputs):
        return self.dense(self.flatten(inputs))


def test_projection_that_is_not_called():
    model = Beside()
    model(data()[0])
    with pytest.raises(ValueError, match="calls none"):
        trainer(model=model).fit(*data(), verbose=0)


def test_separate_takes_one_optimizer_and_single_steps():
    sgd = keras.optimizers.SGD(RATE)
    several = keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(sgd)
    )
    joint = trainer(several, strategy="separate", projection_steps=2)
    with pytest.raises(ValueError, match="a MultiOptimizer takes all or none"):
        joint.fit(*data(), verbose=0)
    joint = JointTraining(network(), "separate", projection_steps=2)
    joint.compile("sgd", LOSS, steps_per_execution=2)
    with pytest.raises(ValueError, match="steps_per_execution=2"):
        joint.fit(*data(), verbose=0)


def test_what_is_frozen_inside_the_projection_stays_so():
    model = network()
    inner = [x for x in model.get_layer("projection")._flatten_layers()][1:]
    part = next(layer for layer in inner if layer.trainable_weights)
    part.trainable = False
    before = [np.array(w) for w in part.weights]
    joint = trainer(model=model, strategy="separate", projection_steps=1)
    for _ in range(2):
        joint.fit(*data(), batch_size=2, verbose=0)
    assert not part.trainable
    assert all(layer.trainable for layer in inner if layer is not part)
    for old, weight in zip(before, part.weights, strict=True):
        np.testing.assert_array_equal(old, weight)


def test_an_optimizer_that_accumulates_is_refused():
    joint = trainer(keras.optimizers.SGD(RATE, gradient_accumulation_steps=2))
    with pytest.raises(ValueError, match="gradient_accumulation_steps=2"):
        joint.fit(*data(), verbose=0)


def test_export_is_that_of_the_network(tmp_path):
    joint = trainer()
    joint.export(tmp_path / "saved", verbose=False)
    served = tf.saved_model.load(tmp_path / "saved")
    x = data()[0]
    np.testing.assert_allclose(
        served.serve(x), joint.network(x, training=False), rtol=1e-5, atol=1e-6
    )

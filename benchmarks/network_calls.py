"""The forms in which a network is timed, each as a call without arguments."""

from typing import NamedTuple

MODES = ("forward", "training")
FORWARD = ("forward",)
LEARNING_RATE, MOMENTUM = 0.01, 0.9


class Form(NamedTuple):
    """A row.

    Attributes:
        library: `"tensorflow"` or `"torch"`.
        modes: In which it is timed.
        change: `"folded"`: `kvideo.fold_batch_norm`; `"plain"`: layers of
            Keras alone.
        precision: `"float32"`, or `"bfloat16"`: Keras' policy
            `mixed_bfloat16`, or the `dtype` that the network is folded to.
        channels_last: Memory layout of PyTorch.
        compiled: `torch.compile`.
        freezing: Weights are constants of the graph. It lets `torch.compile`
            fold batch normalisations too, and TensorFlow lay kernels out
            once.
    """

    library: str
    modes: tuple = MODES
    change: str | None = None
    precision: str = "float32"
    channels_last: bool = False
    compiled: bool = False
    freezing: bool = False


OURS = "kvideo"
FORMS = {
    OURS: Form("tensorflow"),
    "kvideo_bfloat16": Form("tensorflow", FORWARD, precision="bfloat16"),
    "kvideo_folded": Form("tensorflow", FORWARD, "folded"),
    "kvideo_frozen": Form("tensorflow", FORWARD, "folded", freezing=True),
    "kvideo_folded_bfloat16": Form("tensorflow", FORWARD, "folded", "bfloat16"),
    "keras": Form("tensorflow", change="plain"),
    "torch": Form("torch"),
    "torch_cl": Form("torch", channels_last=True),
    "torch_compile": Form("torch", compiled=True),
    "torch_compile_cl": Form("torch", channels_last=True, compiled=True),
    "torch_frozen_cl": Form(
        "torch",
        ("forward",),
        channels_last=True,
        compiled=True,
        freezing=True,
    ),
}


def network_call(form, mode, layout, batch):
    """One forward pass or one training step, on random clips."""
    import numpy as np

    random = np.random.default_rng(0)
    shape = (batch, *layout["clip"], 3)
    clips = random.standard_normal(shape).astype("float32")
    labels = random.integers(layout["classes"], size=batch)
    make = tensorflow_call if form.library == "tensorflow" else torch_call
    return make(form, mode, layout, clips, labels)


def tensorflow_call(form, mode, layout, clips, labels):
    import tensorflow as tf

    model = keras_network(form, layout)
    clips, labels = tf.constant(clips), tf.constant(labels)
    if mode == "training":
        step = keras_step(model)
        return lambda: step(clips, labels).numpy()
    forward = tf.function(
        lambda clips: model(clips, training=False), autograph=False
    )
    if form.freezing:
        forward = frozen(forward, clips)
    return lambda: forward(clips).numpy()


def frozen(forward, clips):
    """`forward` with its variables as constants."""
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    constant = convert_to_constants.convert_variables_to_constants_v2(
        forward.get_concrete_function(clips)
    )
    # Called by itself a frozen function takes 5 ms longer.
    return tf.function(lambda clips: constant(clips)[0], autograph=False)


def keras_network(form, layout):
    import keras
    import layouts

    import kvideo

    half = form.precision == "bfloat16"
    if half and form.change is None:
        keras.config.set_dtype_policy("mixed_bfloat16")
    arguments = (layout[key] for key in ("network", "clip", "classes"))
    model = layouts.build_ours(*arguments)
    if form.change == "folded":
        return kvideo.fold_batch_norm(model, "bfloat16" if half else None)
    if form.change == "plain":
        import plain_keras

        return plain_keras.plain(model)
    return model


def keras_step(model):
    """Forward, loss, gradients and update, as a `tf.function`."""
    import keras
    import tensorflow as tf

    optimizer = keras.optimizers.SGD(LEARNING_RATE, MOMENTUM)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function(autograph=False)
    def step(clips, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(clips, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    return step


def torch_call(form, mode, layout, clips, labels):
    import torch
    import torch_networks

    folded = layout["folded"]
    layout_of = torch_networks.memory_format(folded, form.channels_last)
    network = torch_networks.build(layout).to(memory_format=layout_of)
    clips = torch_networks.arrange(clips, folded, form.channels_last)
    network.train(mode == "training")
    run = network
    if form.compiled:
        options = {"freezing": True} if form.freezing else None
        run = torch.compile(network, options=options)
    if mode == "training":
        labels = torch.from_numpy(labels)
        return torch_step(run, network.parameters(), clips, labels)

    @torch.inference_mode()
    def forward():
        return run(clips)

    return forward


def torch_step(run, parameters, clips, labels):
    import torch

    optimizer = torch.optim.SGD(parameters, LEARNING_RATE, MOMENTUM)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(run(clips), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def matmul_call(library, dtype, side):
    """A product of two matrices `side` x `side`: the rate to compare with."""
    if library == "torch":
        import torch

        a = torch.randn(side, side, dtype=getattr(torch, dtype))
        with torch.inference_mode():
            return lambda: a @ a
    import tensorflow as tf

    a = tf.cast(tf.random.normal((side, side)), dtype)
    product = tf.function(lambda a: tf.linalg.matmul(a, a), autograph=False)
    return lambda: product(a)[0, 0].numpy()

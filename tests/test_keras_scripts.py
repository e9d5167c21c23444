"""Fifteen things that a person who knows Keras writes first."""

import os
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf

import kvideo
from kvideo.data import decode, video_dataset_from_directory
from tests.support.videos import write_folder

SHAPE = (4, 32, 32, 3)
CLIPS = {"num_frames": 4, "frame_size": (32, 32), "sampler": "uniform"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three videos of each of two classes."""
    return write_folder(tmp_path_factory.mktemp("scripts") / "videos")


@pytest.fixture
def clips(folder):
    return video_dataset_from_directory(
        folder, batch_size=3, seed=0, verbose=False, **CLIPS
    )


def network(**options):
    options = {"input_shape": SHAPE, "classes": 2} | options
    return kvideo.create_model("tsm_resnet_nano", **options)


def compiled(model, **options):
    model.compile(
        "adam",
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        **options,
    )
    return model


def test_fine_tune(clips):
    model = compiled(network(weights="motion"))
    history = model.fit(clips, epochs=2, verbose=0).history
    assert len(history["accuracy"]) == 2


def test_freeze_then_thaw(clips):
    model = network(weights="motion")
    kvideo.freeze_backbone(model)
    stem = np.array(model.weights[0])
    compiled(model).fit(clips, verbose=0)
    np.testing.assert_array_equal(model.weights[0], stem)
    kvideo.unfreeze(model)
    compiled(model).fit(clips, verbose=0)
    assert np.any(np.array(model.weights[0]) != stem)


def test_mixed_precision(clips):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = compiled(network())
    finally:
        keras.config.set_dtype_policy("float32")
    model.fit(clips, verbose=0)
    assert model.output.dtype == "float32"
    assert np.isfinite(model.predict(clips, verbose=0)).all()


def with_own_head():
    backbone = network(include_top=False, pooling="avg", weights="motion")
    backbone.trainable = False
    inputs = keras.Input(SHAPE)
    x = backbone(inputs, training=False)
    x = keras.layers.Dropout(0.2)(x)
    scores = keras.layers.Dense(2, "softmax", name="mine")(x)
    return keras.Model(inputs, scores)


def test_own_head(clips, tmp_path):
    model = compiled(with_own_head())
    before = [np.array(w) for w in model.non_trainable_weights]
    model.fit(clips, verbose=0)
    model.save(tmp_path / "own.keras")
    loaded = keras.models.load_model(tmp_path / "own.keras")
    assert len(loaded.trainable_weights) == 2
    loaded.fit(clips, verbose=0)
    for one, two in zip(before, loaded.non_trainable_weights, strict=True):
        np.testing.assert_array_equal(one, two)


def test_model_checkpoint(clips, tmp_path):
    path = tmp_path / "best.keras"
    saver = keras.callbacks.ModelCheckpoint(
        path, monitor="val_accuracy", save_best_only=True
    )
    model = compiled(network())
    model.fit(clips, validation_data=clips, callbacks=[saver], verbose=0)
    found = keras.models.load_model(path).evaluate(clips, verbose=0)
    assert len(found) == 2


def test_tensorboard(clips, tmp_path):
    board = keras.callbacks.TensorBoard(tmp_path / "logs")
    compiled(network()).fit(clips, callbacks=[board], verbose=0)
    assert list(tmp_path.rglob("events.out.tfevents*"))


@pytest.mark.filterwarnings("error:.*ran out of data.*")
def test_class_weights(clips):
    model = compiled(network())
    model.fit(clips, class_weight={0: 1.0, 1: 3.0}, epochs=2, verbose=0)


def test_early_stopping(clips):
    stop = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=1e9)
    model = compiled(network())
    history = model.fit(clips, epochs=5, callbacks=[stop], verbose=0)
    assert len(history.epoch) < 5


def test_model_export(clips, tmp_path):
    model = network()
    model.export(tmp_path / "exported", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "exported"))
    batch, _ = next(iter(clips))
    np.testing.assert_allclose(
        served.serve(batch), model(batch, training=False), atol=1e-5
    )


def test_saved_model_with_names(folder, clips, tmp_path):
    model = network()
    kvideo.export.export_saved_model(model, tmp_path / "served")
    found = kvideo.load(tmp_path / "served").predict(
        str(next(folder.rglob("*.mp4"))), top=1
    )
    assert found[0][0] in ("0", "1")


def test_own_decoding(folder):
    paths = sorted(map(str, folder.rglob("*.mp4")))

    def read(path):
        return decode.read_frames(path.decode(), [0, 2, 4, 6])

    def clip(path):
        frames = tf.numpy_function(read, [path], tf.uint8)
        frames = tf.image.resize(
            tf.ensure_shape(frames, (4, None, None, 3)), SHAPE[1:3]
        )
        return tf.cast(frames, tf.float32)

    data = tf.data.Dataset.from_tensor_slices(paths).map(clip).batch(2)
    assert network().predict(data, verbose=0).shape == (len(paths), 2)


def test_own_model_with_our_layers(clips, tmp_path):
    inputs = keras.Input(SHAPE)
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = kvideo.layers.MotionBandPass(kernel_size=5)(x)
    x = kvideo.layers.Conv3D(8, 3, strides=(1, 2, 2))(x)
    x = kvideo.layers.TemporalShift()(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    model = keras.Model(inputs, keras.layers.Dense(2, "softmax")(x))
    compiled(model).fit(clips, verbose=0)
    path = kvideo.export.export_tflite(model, tmp_path / "own.tflite")
    batch, _ = next(iter(clips))
    np.testing.assert_allclose(
        kvideo.load(path).predict(batch),
        model.predict(batch, verbose=0),
        atol=1e-4,
    )


def test_weights_between_variants(tmp_path):
    small = network()
    small.save_weights(tmp_path / "small.weights.h5")
    other = network(classes=5, input_shape=(8, 64, 64, 3))
    left = kvideo.load_backbone_weights(other, tmp_path / "small.weights.h5")
    assert left == ["logits/kernel", "logits/bias"]
    np.testing.assert_array_equal(other.weights[0], small.weights[0])


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends(backend, folder):
    code = f"""
        import keras, kvideo
        from kvideo.data import VideoPyDataset, open_listing
        clips = VideoPyDataset(
            open_listing({str(folder)!r}), batch_size=3, seed=0, verbose=False,
            **{CLIPS!r}
        )
        model = kvideo.create_model(
            "tsn_resnet_nano", classes=2, input_shape={SHAPE}
        )
        model.compile("sgd", "sparse_categorical_crossentropy")
        loss = model.fit(clips, verbose=0).history["loss"]
        assert len(loss) == 1 and keras.backend.backend() == {backend!r}
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr

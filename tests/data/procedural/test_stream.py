import keras
import numpy as np
import pytest

from kvideo.data import ProceduralClips
from kvideo.data.procedural import SceneConfig

SMALL = SceneConfig(num_frames=3, size=16)


def clips(**options):
    options = {"steps": 2, "batch_size": 4, "config": SMALL} | options
    return ProceduralClips(**options)


def test_batches_follow_from_seed_epoch_and_place():
    data = clips(seed=5)
    x, y = data[1]
    assert (x.shape, x.dtype) == ((4, 3, 16, 16, 3), np.float32)
    assert (y.shape, y.dtype, len(data)) == ((4,), np.int32, 2)
    again = clips(seed=5)
    np.testing.assert_array_equal(again[1][0], x)
    again.on_epoch_end()
    assert np.any(again[1][0] != x)
    later = clips(seed=5, initial_epoch=1)
    np.testing.assert_array_equal(later[1][0], again[1][0])
    assert np.any(clips(seed=6)[1][0] != x)


def test_levels_have_labels_of_their_own():
    data = clips(levels=["figure"], batch_size=64)
    assert data.class_names[0] == "walk" and len(data.class_names) == 11
    assert set(data[0][1]) <= set(range(11))


def test_fit_takes_them():
    data = clips()
    inputs = keras.Input((3, 16, 16, 3))
    x = keras.layers.GlobalAveragePooling3D()(inputs)
    scores = keras.layers.Dense(len(data.class_names), "softmax")(x)
    model = keras.Model(inputs, scores)
    model.compile("sgd", "sparse_categorical_crossentropy")
    history = model.fit(data, epochs=2, verbose=0).history
    assert len(history["loss"]) == 2 and np.isfinite(history["loss"]).all()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"levels": ["figures"]}, "`levels` must be some of camera"),
        ({"levels": []}, "`levels` must be some of camera"),
        ({"steps": 0}, "`steps` must be a positive integer"),
        ({"batch_size": 1.5}, "`batch_size` must be a positive integer"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        clips(**options)

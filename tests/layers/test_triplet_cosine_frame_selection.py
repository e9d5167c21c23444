import itertools

import keras
import numpy as np
import pytest

from kvideo.layers import TripletCosineFrameSelection
from tests.support.contract import check_layer_contract
from tests.support.gradients import value_and_gradients
from tests.support.tflite import check_tflite

SHAPE = (2, 8, 3, 4, 5)


def clips(shape=SHAPE, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape).astype("float32")


def directions(*degrees):
    """A clip whose frames are constant and point that way."""
    angles = np.radians(degrees)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return np.tile(vectors[None, :, None, None], (1, 1, 2, 2, 1))


def chosen(x, *arguments, **options):
    layer = TripletCosineFrameSelection(*arguments, **options)
    layer.build(x.shape)
    return np.asarray(layer.indices(x)).tolist()


def reference(clip, frames, select, squared):
    """Eq. 6 and 7 in words, for a choice among the inner frames."""
    v = clip.astype("float64").sum(axis=(1, 2))
    cosines = [
        a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        for a, b in itertools.pairwise(v)
    ]
    if squared:
        cosines = [c**2 for c in cosines]
    inner = range(1, len(clip) - 1)
    scores = {t: cosines[t - 1] + cosines[t] for t in inner}
    order = sorted(inner, key=scores.get, reverse=select == "highest")
    return sorted(order[:frames])


@pytest.mark.parametrize("frames", [None, 3, 8])
def test_contract(frames):
    layer = TripletCosineFrameSelection(frames, "highest", squared=True)
    check_layer_contract(layer, clips())


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("select", ["lowest", "highest"])
@pytest.mark.parametrize("frames", [1, 4, 6])
def test_equations_6_and_7(frames, select, squared):
    x = clips((3, 8, 3, 4, 5))
    expected = [reference(clip, frames, select, squared) for clip in x]
    assert chosen(x, frames, select, squared) == expected
    y = TripletCosineFrameSelection(frames, select, squared)(x)
    for clip, found, kept in zip(x, np.asarray(y), expected, strict=True):
        np.testing.assert_array_equal(found, clip[kept])


def test_worked_example():
    """Cosines of neighbours: 1, 0, 1, -1 and 0.98."""
    x = directions(0, 0, 90, 90, 270, 280)
    # Frames 1 to 4 score 1 + 0, 0 + 1, 1 - 1 and -1 + 0.98.
    assert chosen(x, 2) == [[3, 4]]
    assert chosen(x, 2, "highest") == [[1, 2]]
    # Squares: 1, 1, 2 and 1.97. To turn around is as good as to stay.
    assert chosen(x, 2, "highest", squared=True) == [[3, 4]]
    assert chosen(x, 2, "lowest", squared=True) == [[1, 2]]


def test_the_ends_are_in_the_choice_where_they_must():
    """Their one cosine counts twice: 2 cos 10 and 2 cos 60."""
    x = directions(0, 10, 100, 40)
    assert chosen(x, 2) == [[1, 2]]
    assert chosen(x, 3) == [[1, 2, 3]]
    assert chosen(x, 3, "highest") == [[0, 1, 3]]


@pytest.mark.parametrize(
    ("frames", "kept"), [(1, 1), (2, 2), (3, 1), (4, 2), (5, 2), (16, 8)]
)
def test_half_of_the_frames(frames, kept):
    x = clips((1, frames, 2, 2, 3))
    layer = TripletCosineFrameSelection()
    y = layer(x)
    assert y.shape[1] == kept == layer.compute_output_shape(x.shape)[1]
    if frames == 3:
        np.testing.assert_array_equal(y, x[:, 1:2])


@pytest.mark.parametrize("scale", [0, 1e-30, 1, 1e30])
def test_constant_frames(scale):
    """All scores are equal, and no cosine of zeros is NaN."""
    x = np.full(SHAPE, scale, "float32")
    assert chosen(x) == 2 * [[1, 2, 3, 4]]
    y, gradient = value_and_gradients(
        TripletCosineFrameSelection(), np.ones((2, 4, 3, 4, 5), "f4"), x
    )
    np.testing.assert_array_equal(y, x[:, :4])
    assert np.isfinite(gradient).all()


def test_zero_frames_are_like_nothing():
    x = np.concatenate([directions(0, 0, 0), np.zeros((1, 2, 2, 2, 2))], 1)
    assert chosen(x, 1) == [[3]]


def test_the_choice_does_not_depend_on_scale():
    x = clips()
    assert chosen(x) == chosen(1e18 * x) == chosen(1e-18 * x)


def test_gradient_flows_to_kept_frames_only():
    x = clips()
    dy = clips((2, 4, 3, 4, 5), seed=1)
    _, gradient = value_and_gradients(TripletCosineFrameSelection(), dy, x)
    expected = np.zeros_like(x)
    for b, kept in enumerate(chosen(x)):
        expected[b, kept] = dy[b]
    np.testing.assert_array_equal(gradient, expected)


def test_half_precision_chooses_as_full():
    """Sums over a frame of 7e4 would be infinite in float16."""
    x = directions(0, 0, 90, 90, 270, 280).astype("float16") * 4e4
    layer = TripletCosineFrameSelection(2, dtype="mixed_float16")
    assert layer(x).dtype == "float16"
    np.testing.assert_array_equal(layer.indices(x), [[3, 4]])


@pytest.mark.parametrize("frames", [None, 5])
def test_tflite(frames, tmp_path):
    inputs = keras.Input((6, 3, 4, 5), name="clips")
    x = TripletCosineFrameSelection(frames)(inputs)
    # Weights by time, so that the order counts.
    x = keras.layers.Permute((2, 3, 4, 1))(x)
    x = keras.layers.Dense(2, kernel_initializer="random_normal")(x)
    x = keras.layers.GlobalAveragePooling3D()(x)
    model = keras.Model(inputs, keras.layers.Softmax()(x))
    check_tflite(model, clips((1, 6, 3, 4, 5)) * 9, tmp_path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TripletCosineFrameSelection(0), "frames=0"),
        (lambda: TripletCosineFrameSelection(select="first"), "`select` must"),
        (lambda: TripletCosineFrameSelection(9)(clips()), "Of 8 frames 9"),
        (
            lambda: TripletCosineFrameSelection()(keras.Input((None, 4, 4, 3))),
            "known T",
        ),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()

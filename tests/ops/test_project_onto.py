import numpy as np
import pytest
from keras import ops as kops
from keras.backend import backend

from kvideo import ops
from tests.support.gradients import assert_all_close, value_and_gradients

T = 6


def normal(*shape, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape).astype("float32")


def clips():
    return normal(2, T, 3, 4, 2)


def bases(d):
    """One for a whole clip, and one for each pixel; far from dependent."""
    shapes = (2, T, d), (2, 3, 4, T, d)
    return [
        2 * np.eye(T, d, dtype="f4") + normal(*s, seed=1) / 2 for s in shapes
    ]


def project(x, basis):
    return [np.asarray(y) for y in ops.project_onto(x, basis)]


def least_squares(x, basis):
    """Coefficients and projections of every pixel, in float64."""
    h, w = x.shape[2:4]
    if basis.ndim == 3:
        basis = np.broadcast_to(
            basis[:, None, None], (len(basis), h, w, *basis.shape[1:])
        )
    y = np.zeros((len(x), basis.shape[-1], *x.shape[2:]))
    projected = np.zeros(x.shape)
    for b, i, j in np.ndindex(len(x), h, w):
        a = basis[b, i, j].astype("float64")
        # Directions with less than float32 can tell count as none.
        y[b, :, i, j] = np.linalg.lstsq(a, x[b, :, i, j], rcond=1e-5)[0]
        projected[b, :, i, j] = a @ y[b, :, i, j]
    return y, projected


@pytest.mark.parametrize("d", [1, 2, 3, 5])
@pytest.mark.parametrize("of_pixels", [False, True])
def test_least_squares(d, of_pixels):
    x, basis = clips(), bases(d)[of_pixels]
    for found, expected in zip(
        project(x, basis), least_squares(x, basis), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_sixteen_of_sixty_four():
    x, basis = normal(1, 64, 2, 2, 3), normal(1, 64, 16, seed=1)
    np.testing.assert_allclose(
        project(x, basis)[1], least_squares(x, basis)[1], atol=1e-4
    )


def test_worked_example():
    """a = (1, 2, 3) and x = (1, 2, 4): y = 17 / 14."""
    x = np.array([1.0, 2, 4]).reshape(1, 3, 1, 1, 1)
    a = np.array([1.0, 2, 3]).reshape(1, 3, 1)
    y, projected = project(x, a)
    np.testing.assert_allclose(y.ravel(), [17 / 14], rtol=1e-5)
    np.testing.assert_allclose(
        (x - projected).ravel(), [-0.2143, -0.4286, 0.3571], atol=1e-4
    )


@pytest.mark.parametrize("d", [1, 3, 5])
@pytest.mark.parametrize("of_pixels", [False, True])
def test_residual_is_orthogonal_to_the_basis(d, of_pixels):
    x, basis = clips(), bases(d)[of_pixels]
    residual = x - project(x, basis)[1]
    equation = "bhwtd,bthwc" if of_pixels else "btd,bthwc"
    products = np.einsum(f"{equation}->bdhwc", basis, residual)
    assert np.abs(residual).max() > 0.1
    np.testing.assert_allclose(products, 0, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-12, -3.0, 1e12])
@pytest.mark.parametrize("of_pixels", [False, True])
def test_scale_of_the_basis(scale, of_pixels):
    x, basis = clips(), bases(3)[of_pixels]
    y, projected = project(x, basis)
    scaled = project(x, np.float32(scale) * basis)
    np.testing.assert_allclose(np.float32(scale) * scaled[0], y, atol=1e-4)
    np.testing.assert_allclose(scaled[1], projected, atol=1e-4)


def dependent(kind, of_pixels, d=4):
    basis = bases(d)[of_pixels]
    one = basis[..., :1]
    return {
        "zeros": np.zeros_like(basis),
        "denormal": np.full_like(basis, 1e-40),
        "constant": np.ones_like(basis),
        "duplicates": np.repeat(one, d, axis=-1),
        "zero column": basis * (np.arange(d) > 0).astype("float32"),
        "sums": np.concatenate(
            [basis[..., :3], basis[..., :1] - 2 * basis[..., 1:2]], -1
        ),
        "opposites": np.concatenate([one, -one, one, -one], -1),
    }[kind]


KINDS = ("constant", "duplicates", "zero column", "sums", "opposites")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("of_pixels", [False, True])
def test_dependent_columns_span_what_they_span(kind, of_pixels):
    """The projection of least squares; of all solutions the shortest."""
    x, basis = clips(), dependent(kind, of_pixels)
    y, projected = project(x, basis)
    shortest, expected = least_squares(x, basis)
    np.testing.assert_allclose(projected, expected, atol=1e-3)
    assert np.abs(y).max() < 2 * np.abs(shortest).max()


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_sixteen_columns_of_low_rank(rank):
    """The projections of least squares; coefficients that cancel each other
    are rounding, and stay small."""
    x = normal(200, 64, 1, 1, 3)
    basis = normal(200, 64, rank, seed=1) @ normal(200, rank, 16, seed=2)
    y, projected = project(x, basis)
    shortest, expected = least_squares(x, basis)
    np.testing.assert_allclose(projected, expected, atol=1e-3)
    assert np.abs(y).max() < 5 * np.abs(shortest).max()


@pytest.mark.parametrize("kind", ["zeros", "denormal"])
@pytest.mark.parametrize("of_pixels", [False, True])
def test_zeros_give_zeros(kind, of_pixels):
    for values in project(clips(), dependent(kind, of_pixels)):
        np.testing.assert_allclose(values, 0, atol=1e-30)


@pytest.mark.parametrize("of_pixels", [False, True])
def test_gradients_are_finite(of_pixels):
    kinds = ("zeros", "denormal", *KINDS)
    basis = np.concatenate([dependent(kind, of_pixels) for kind in kinds])
    x = np.concatenate([clips()] * len(kinds))

    def both(x, basis):
        return kops.concatenate(ops.project_onto(x, basis), axis=1)

    dy = normal(len(x), T + 4, *x.shape[2:], seed=3)
    for values in value_and_gradients(both, dy, x, basis):
        assert np.isfinite(values).all()


@pytest.mark.parametrize("of_pixels", [False, True])
def test_gradients_are_those_of_least_squares(of_pixels):
    """By central differences of the reference, for one entry of each."""
    x, basis = clips(), bases(2)[of_pixels]
    dy = normal(*x.shape, seed=3)
    _, dx, dbasis = value_and_gradients(
        lambda x, basis: ops.project_onto(x, basis)[1], dy, x, basis
    )

    def slope(of_x):
        step, values = 1e-4, []
        for sign in (-1, 1):
            moved = [x.astype("float64"), basis.astype("float64")]
            moved[not of_x].flat[7] += sign * step
            values.append(np.sum(dy * least_squares(*moved)[1]))
        return (values[1] - values[0]) / (2 * step)

    assert dx.flat[7] == pytest.approx(slope(True), rel=1e-2, abs=1e-3)
    assert dbasis.flat[7] == pytest.approx(slope(False), rel=1e-2, abs=1e-3)


def test_a_basis_for_all_is_one_for_each():
    x, basis = clips(), bases(3)[0]
    each = np.broadcast_to(basis[:, None, None], (2, 3, 4, T, 3))
    assert_all_close(project(x, each), project(x, basis))


def test_half_precision_is_solved_in_float32():
    x = kops.cast(clips(), "bfloat16")
    basis = kops.cast(bases(3)[0], "bfloat16")
    y, projected = ops.project_onto(x, basis)
    assert kops.dtype(y) == kops.dtype(projected) == "float32"


@pytest.mark.parametrize(
    "shape", [(2, T), (2, 5, 3), (2, T, T + 1), (2, 3, T, 3), (2, T, 3, 4, 3)]
)
def test_bases_that_are_none(shape):
    with pytest.raises(ValueError, match=r"basis\.shape="):
        ops.project_onto(clips(), normal(*shape))


@pytest.mark.skipif(backend() != "tensorflow", reason="TensorFlow Lite")
@pytest.mark.parametrize("d", [1, 3, 5])
@pytest.mark.parametrize("of_pixels", [False, True])
def test_tflite_has_builtins_only_and_agrees(d, of_pixels):
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    x, basis = clips(), bases(d)[of_pixels]
    graph = tf.function(lambda x, basis: ops.project_onto(x, basis)[1])
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [graph.get_concrete_function(x, basis)]
    )
    interpreter = Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    for part in interpreter.get_input_details():
        value = x if tuple(part["shape"]) == x.shape else basis
        interpreter.set_tensor(part["index"], value)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(found, project(x, basis)[1], atol=1e-5)


@pytest.mark.skipif(
    backend() != "tensorflow", reason="other backends know every size"
)
@pytest.mark.parametrize("of_pixels", [False, True])
def test_unknown_sizes(of_pixels):
    import tensorflow as tf

    x, basis = clips(), bases(3)[of_pixels]
    unknown = [(None, None, None, T, 3) if of_pixels else (None, T, 3)]
    specs = [tf.TensorSpec(s) for s in [(None, T, None, None, 2), *unknown]]
    graph = tf.function(ops.project_onto, input_signature=specs)
    assert_all_close([y.numpy() for y in graph(x, basis)], project(x, basis))

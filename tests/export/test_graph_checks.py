import pytest
import tensorflow as tf

from kvideo.export.graph_checks import checked, map_or_name


@tf.function(input_signature=[tf.TensorSpec((None,), tf.int32)])
def inverses(numbers):
    return map_or_name(
        lambda number: {
            "inverse": 60 // number,
            "pair": tf.stack([number] * 2),
        },
        numbers,
        lambda place: ("A zero at", place),
    )


def test_it_maps_in_order():
    found = inverses([5, 2, 1, 4])
    assert found["inverse"].numpy().tolist() == [12, 30, 60, 15]
    assert found["pair"].numpy().tolist() == [[5, 5], [2, 2], [1, 1], [4, 4]]
    assert inverses(tf.zeros(0, tf.int32))["pair"].shape == (0, 2)


@pytest.mark.parametrize(
    ("numbers", "place"),
    [([0, 1], 0), ([1, 0, 0, 1], 1), ([1, 2, 0], 2), ([0, 0], 0)],
)
def test_the_first_that_fails_is_named(numbers, place):
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=rf"\[A zero at\] \[{place}\]"
    ):
        inverses(numbers)
    assert inverses([6])["inverse"].numpy().tolist() == [10]


def test_a_check_comes_before_what_uses_its_value():
    @tf.function(input_signature=[tf.TensorSpec((None,), tf.int32)])
    def first_two(values):
        values = checked(
            values, tf.size(values) >= 2, "Two, not", tf.size(values)
        )
        return tf.slice(values, [0], [2])

    assert first_two([1, 2, 3]).numpy().tolist() == [1, 2]
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"Two, not.* \[1\]"
    ):
        first_two([1])

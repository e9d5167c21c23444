"""Errors of TensorFlow, given back as what they were."""

import errno

import pytest
import tensorflow as tf

from kvideo import causes
from kvideo.causes import python_errors, remembered


def dataset(error):
    """A data set whose function raises the error at its second element."""

    def fail(number):
        if number == 1:
            raise error
        return number

    return tf.data.Dataset.range(3).map(
        lambda x: tf.numpy_function(remembered(fail), [x], tf.int64)
    )


@pytest.mark.parametrize(
    "error",
    [
        ValueError("None of the 3 files\n  can be read"),
        OSError(errno.ENOSPC, "No space left on device", "/cache/a"),
        KeyError("a"),
    ],
)
def test_what_a_function_raised_comes_out_of_a_data_set(error):
    with pytest.raises(type(error)) as caught, python_errors():
        list(dataset(error))
    assert caught.value is error


def test_the_latest_of_two_is_taken_once():
    for name in "ab":
        with pytest.raises(ValueError, match=f"file {name}"), python_errors():
            list(dataset(ValueError(f"file {name}")))
    assert not causes._raised


@pytest.mark.parametrize(
    "kind, message, expected",
    [
        (
            tf.errors.ResourceExhaustedError,
            "/a/b.tfrecord; No space left on device [Op:SaveV2]",
            OSError,
        ),
        (
            tf.errors.PermissionDeniedError,
            "/a/b; Permission denied",
            PermissionError,
        ),
        (
            tf.errors.NotFoundError,
            "{{node x}} /a/b; No such file or directory",
            FileNotFoundError,
        ),
    ],
)
def test_the_file_system_speaks_python(kind, message, expected):
    with pytest.raises(expected) as caught, python_errors("Cannot write 'c'"):
        raise kind(None, None, message)
    text = str(caught.value)
    assert text.startswith("Cannot write 'c': /a/b")
    assert "Make room or allow access" in text
    assert "[Op" not in text and "{" not in text


def test_errors_of_the_system_get_a_place():
    with (
        pytest.raises(OSError, match=r"^Cannot write 'c': No space left on d"),
        python_errors("Cannot write 'c'"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_all_else_stays_what_it_is():
    bug = tf.errors.InvalidArgumentError(None, None, "shapes differ")
    with pytest.raises(tf.errors.InvalidArgumentError), python_errors("x"):
        raise bug
    with pytest.raises(FileExistsError, match=r"^there$"), python_errors("x"):
        raise FileExistsError("there")
    said = causes.one_line(bug)
    assert said == "TensorFlow reports InvalidArgumentError: shapes differ"

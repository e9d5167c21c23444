"""Weight files: all of them or an error that says what differs."""

import keras
import numpy as np
import pytest

from kvideo import applications
from kvideo.applications.weights import check_fit


def tiny(**kwargs):
    arguments = {"variant": "resnet_nano", "input_shape": (4, 32, 32, 3)}
    return applications.TSM(**{**arguments, "classes": 5, **kwargs})


@pytest.fixture(scope="module", params=["a.weights.h5", "a.keras"])
def saved(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / request.param
    model = tiny()
    if path.suffix == ".keras":
        model.save(path)
    else:
        model.save_weights(path)
    return model, path


def test_all_weights_come_back(saved):
    model, path = saved
    twin = tiny(weights=path)
    for ours, theirs in zip(
        model.get_weights(), twin.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_the_optimizer_of_a_training_is_not_needed(tmp_path):
    class Unregistered(keras.optimizers.SGD):
        pass

    model = tiny()
    model.compile(Unregistered(), "mse")
    model.save(tmp_path / "a.keras")
    twin = tiny(weights=tmp_path / "a.keras")
    for ours, theirs in zip(model.weights, twin.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_another_number_of_classes_is_named(saved):
    with pytest.raises(ValueError, match=r"5 classes.*classes=7"):
        tiny(weights=saved[1], classes=7)


def test_another_network_is_refused(saved):
    """Keras alone would load what fits and leave the rest random."""
    with pytest.raises(ValueError, match=r"does not hold the weights of"):
        applications.SlowOnly(
            variant="resnet_nano",
            input_shape=(4, 32, 32, 3),
            classes=5,
            weights=saved[1],
        )


def test_weights_without_a_top_do_not_fit_one_with(saved):
    with pytest.raises(ValueError, match="only in the file"):
        tiny(weights=saved[1], include_top=False)


def test_a_file_that_is_none(tmp_path):
    path = tmp_path / "a.weights.h5"
    path.write_bytes(b"not HDF5")
    with pytest.raises(ValueError, match="cannot be read"):
        check_fit(tiny(), path)

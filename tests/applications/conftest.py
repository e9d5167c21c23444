"""Networks of `keras.applications` that several tests load weights from."""

import keras
import pytest

from tests.support.keras_images import draw_statistics


@pytest.fixture(scope="session")
def resnet50(tmp_path_factory):
    """Keras' ResNet-50 with random weights, and the file of them."""
    source = draw_statistics(
        keras.applications.ResNet50(weights=None, include_top=False)
    )
    path = tmp_path_factory.mktemp("imagenet") / "resnet50.weights.h5"
    source.save_weights(path)
    return source, path

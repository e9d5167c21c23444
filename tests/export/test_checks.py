import keras
import pytest

from kvideo.export import Card
from kvideo.export.checks import check_network


def test_a_clip_classifier_passes(model, card):
    check_network(model, card)


def test_logits_are_refused(make_network, card):
    with pytest.raises(ValueError, match="classifier_activation='softmax'"):
        check_network(make_network("linear"), card)


def test_a_card_of_another_network_is_refused(model):
    card = Card(model="tiny", class_names=("a", "b"), clip_spec={})
    with pytest.raises(ValueError, match=r"must be \(B, 2\).*None, 3"):
        check_network(model, card)


@pytest.mark.parametrize("shape", [(8, 8, 3), (None, 8, 8, 3)])
def test_inputs_that_are_no_fixed_clip_are_refused(card, shape):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, keras.layers.Flatten()(inputs))
    with pytest.raises(ValueError, match=r"only B is open.*Received: inputs"):
        check_network(model, card)


def test_a_network_without_a_shape_is_refused(card):
    model = keras.Sequential([keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="built network"):
        check_network(model, card)

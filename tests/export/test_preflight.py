import keras
import pytest

import kvideo
import kvideo.layers
from kvideo.applications.shapes_only import shapes_only
from kvideo.export import check_layers, export_tflite
from kvideo.export.preflight import require_convertible
from kvideo.export.preflight_tables import KVIDEO, KVIDEO_AS_IT_IS

NANO = [name for name in kvideo.list_models() if name.endswith("nano")]
L = keras.layers


def network_with(layer):
    inputs = keras.Input((4, 8, 8, 4))
    x = L.GlobalAveragePooling3D()(layer(inputs))
    return keras.Model(inputs, L.Dense(3, activation="softmax")(x))


def findings(model, target):
    return [
        (found.kind, found.verdict, found.layers)
        for found in check_layers(model, [target])
    ]


@pytest.mark.parametrize("name", NANO)
def test_every_network_is_known_and_converts(name):
    with shapes_only():
        model = kvideo.create_model(name, classes=8)
    found = check_layers(model)
    assert {(f.target, f.verdict) for f in found} == {
        ("tflite", "rewritten"),
        ("onnx", "rewritten"),
    }


def test_every_layer_of_kvideo_was_thought_of():
    ours = {
        layer.__name__
        for name, layer in keras.saving.get_custom_objects().items()
        if name.startswith("kvideo>")
        and issubclass(layer, L.Layer)
        # Models that train others are layers, too.
        and layer.__module__.startswith("kvideo.layers")
        # No part of a network that is exported.
        and not layer.__module__.startswith("kvideo.layers.augment")
    }
    assert ours == KVIDEO_AS_IT_IS | set(KVIDEO)
    assert not KVIDEO_AS_IT_IS & set(KVIDEO)


def test_layers_of_one_class_share_a_row():
    inputs = keras.Input((4, 8, 8, 4))
    x = kvideo.layers.Conv3D(4, 3, name="one")(inputs)
    x = kvideo.layers.Conv3D(4, 3, name="two")(x)
    found = findings(keras.Model(inputs, x), "tflite")
    assert found == [("kvideo.Conv3D", "rewritten", ("one", "two"))]
    assert findings(keras.Model(inputs, x), "saved_model") == []


@pytest.mark.parametrize(
    ("layer", "ours"),
    [
        (L.MaxPooling3D(2), "kvideo.layers.MaxPool3D"),
        (L.AveragePooling3D(2), "kvideo.layers.AveragePool3D"),
        (L.Conv3D(4, 3, groups=2), "kvideo.layers.Conv3D"),
        (L.Conv3D(4, 2, dilation_rate=2), "kvideo.layers.Conv3D"),
        (L.PReLU(), "keras.layers.LeakyReLU"),
    ],
)
def test_what_does_not_convert_names_what_does(layer, ours):
    model = network_with(layer)
    assert (f"keras.{type(layer).__name__}", "refused", (layer.name,)) in (
        findings(model, "tflite")
    )
    with pytest.raises(ValueError, match=f"{layer.name}.*use {ours}"):
        require_convertible(model, "tflite")
    require_convertible(model, "saved_model")


def test_a_layer_is_refused_for_its_arguments_and_target():
    assert findings(network_with(L.Conv3D(4, 3)), "tflite") == []
    assert findings(network_with(L.MaxPooling3D(2)), "onnx") == []
    grouped = network_with(L.Conv3D(4, 3, groups=2))
    with pytest.raises(ValueError, match="does not convert to onnx"):
        require_convertible(grouped, "onnx")


@pytest.mark.slow
@pytest.mark.parametrize(
    "layer",
    [L.PReLU(), L.Conv3D(4, 3, groups=2), L.Conv3D(4, 2, dilation_rate=2)],
)
def test_what_is_refused_would_really_fail(layer, card, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "kvideo.export.tflite.require_convertible", lambda *args: None
    )
    with pytest.raises(ValueError, match=r"not convert|not run"):
        export_tflite(network_with(layer), tmp_path / "model.tflite", card)


def test_layers_inside_others_are_found():
    inner = keras.Sequential([L.MaxPooling3D(2, name="pool")], name="inner")
    found = findings(network_with(inner), "tflite")
    assert [(kind, verdict) for kind, verdict, _ in found] == [
        ("keras.MaxPooling3D", "refused")
    ]
    assert found[0][2][0].endswith("pool")


def test_what_nobody_tried_is_untested():
    class Twice(L.Layer):
        def call(self, x):
            return 2 * x

    inputs = keras.Input((3,))
    x = keras.ops.roll(Twice(name="mine")(inputs), 1)
    model = keras.Model(inputs, x)
    for target in ("saved_model", "tflite", "onnx"):
        found = findings(model, target)
        assert [verdict for _, verdict, _ in found] == ["untested"] * 2
        assert found[0][2] == ("mine",)
        assert found[1][0] == "keras.Roll"


def test_half_precision_is_told():
    model = network_with(L.Conv3D(4, 1, dtype="mixed_bfloat16", name="conv"))
    assert findings(model, "onnx") == [
        ("half precision", "rewritten", ("conv",))
    ]
    assert findings(model, "saved_model") == []


def test_an_unknown_target_is_refused():
    with pytest.raises(ValueError, match=r"unknown \['coreml'\]"):
        check_layers(network_with(L.Conv3D(4, 3)), ["coreml"])

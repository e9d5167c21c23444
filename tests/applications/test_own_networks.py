import dataclasses

import keras
import pytest

import kvideo
from kvideo.applications import own_networks, registry


def small(classes, frames=4):
    clips = keras.Input((frames, 8, 8, 3))
    x = keras.layers.GlobalAveragePooling3D()(clips)
    return keras.Model(clips, keras.layers.Dense(classes, "softmax")(x))


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module of a person, in the folder where they are."""
    (tmp_path / "their_networks.py").write_text(
        "import keras\n\n"
        "def build(classes):\n"
        "    clips = keras.Input((4, 8, 8, 3))\n"
        "    x = keras.layers.GlobalAveragePooling3D()(clips)\n"
        "    x = keras.layers.Dense(classes, 'softmax')(x)\n"
        "    return keras.Model(clips, x)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return "their_networks:build"


def test_a_function_by_its_name(module):
    assert kvideo.model_info(module).input_shape == (4, 8, 8, 3)
    assert kvideo.create_model(module, classes=5).output_shape == (None, 5)


def test_a_function_that_is_at_hand():
    name = own_networks.name_of(small)
    assert name.endswith(":small")
    model = kvideo.create_model(name, classes=5, frames=6)
    assert model.input_shape == (None, 6, 8, 8, 3)


def test_a_model_is_given_as_it_is():
    model = small(3)
    name = own_networks.name_of(model)
    assert own_networks.is_given(name)
    assert kvideo.create_model(name, classes=3) is model
    other = keras.Model(model.input, model.output, name=model.name)
    assert own_networks.name_of(other) == name
    assert kvideo.create_model(name) is other


@pytest.mark.parametrize(
    "name, message",
    [
        ("no_such_module_here:build", "names no network: No module named"),
        ("json:build", "names no network: .* no attribute 'build'"),
    ],
)
def test_what_names_no_network(name, message):
    with pytest.raises(ValueError, match=message):
        kvideo.create_model(name)


def test_what_a_function_returns_is_checked():
    name = own_networks.name_of(lambda: keras.Sequential())
    with pytest.raises(ValueError, match=r"functional keras\.Model from"):
        kvideo.create_model(name, classes=2)
    with pytest.raises(ValueError, match="must be a registry name, a keras"):
        own_networks.name_of(3)


@dataclasses.dataclass(frozen=True)
class Row:
    input_shape: tuple = (4, 8, 8, 3)
    sampler: str = "dense"
    frame_stride: int = 2


@pytest.fixture
def tables(monkeypatch):
    """What is registered in a test is gone after it."""
    kvideo.list_models()
    monkeypatch.setattr(registry, "_MODELS", dict(registry._MODELS))
    monkeypatch.setattr(registry, "_DEFAULTS", dict(registry._DEFAULTS))


def theirs(variant, classes=2):
    return small(classes)


def test_register_enters_a_family(tables):
    kvideo.register("theirs", theirs, {"a": Row()}, "a", "Them, 2026")
    assert kvideo.list_models("theirs*") == ["theirs_a"]
    assert kvideo.model_info("theirs").frame_stride == 2
    assert kvideo.create_model("theirs_a", classes=7).output_shape[-1] == 7


def test_register_refuses_a_name_that_is_taken(tables):
    with pytest.raises(ValueError, match="a network 'bqn_nano' already"):
        kvideo.register("bqn", theirs, {"nano": Row()}, "nano", "Them")
    assert kvideo.model_info("bqn_nano").input_shape == (12, 64, 64, 3)
    kvideo.register(
        "bqn", theirs, {"nano": Row()}, "nano", "Them", overwrite=True
    )
    assert kvideo.model_info("bqn_nano").input_shape == (4, 8, 8, 3)


def test_register_wants_a_default_that_there_is(tables):
    with pytest.raises(ValueError, match="`default` must be one of"):
        kvideo.register("theirs", theirs, {"a": Row()}, "b", "Them")

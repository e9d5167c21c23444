"""Networks that a plain Keras program saved load in another one."""

import importlib
import pkgutil
import subprocess
import sys

import keras
import pytest

import kvideo
from kvideo.saved_names import REGISTERED

SAVE = """
import keras, kvideo
from kvideo.trainers import AdamW, StepDecay, Warmup
model = kvideo.create_model("gdn_resnet_nano", classes=3)
rate = Warmup(StepDecay(0.1, [5]), 2)
model.compile(AdamW(rate), "sparse_categorical_crossentropy")
model.save("network.keras")
model.save("network.h5")
open("network.json", "w").write(model.to_json())
"""
LOAD = """
assert not any(name.startswith("kvideo.layers") for name in sys.modules)
for name in ("network.keras", "network.h5"):
    model = keras.models.load_model(name)
    assert type(model.optimizer).__name__ == "AdamW"
    assert type(model.optimizer._learning_rate).__name__ == "Warmup"
model = keras.models.model_from_json(open("network.json").read())
assert model.output_shape == (None, 3)
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    run(SAVE, folder)
    return folder


def run(code, folder):
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("order", ["keras, kvideo", "kvideo, keras"])
def test_a_new_process_loads_all_forms(saved, order):
    run(f"import sys, {order}\n{LOAD}", saved)


def test_the_table_has_every_class_and_no_other():
    for module in pkgutil.walk_packages(kvideo.__path__, "kvideo."):
        if "with_" not in module.name:
            importlib.import_module(module.name)
    known = keras.saving.get_custom_objects()
    real = {
        (cls.__module__.removeprefix("kvideo."), cls.__name__)
        for name, cls in known.items()
        if name.startswith("kvideo>") and cls.__module__ != "kvideo.saved_names"
    }
    listed = {(m, name) for m, names in REGISTERED.items() for name in names}
    assert real == listed

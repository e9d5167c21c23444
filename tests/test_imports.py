"""The rooms import one way, and each loads no more than it needs."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import kvideo

PACKAGE = Path(kvideo.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

# Room -> the rooms that it may import. "kvideo" is the package root, through
# which the registry is reached.
GROUND = {
    *("bounds", "causes", "damage", "files", "lazy", "locks", "saved_names"),
    *("quiet", "staging", "terminal", "yaml_files"),
}
ALLOWED = {
    "__init__": set(),
    "lazy": set(),
    "saved_names": set(),
    "causes": set(),
    "bounds": set(),
    "damage": set(),
    "yaml_files": {"bounds"},
    "exchange": set(),
    "locks": set(),
    "quiet": set(),
    "terminal": set(),
    "files": {"locks"},
    "staging": {"causes", "exchange", "files", "locks"},
    "ops": set(),
    "layers": {"ops"},
    "backbones": {"layers", "ops"},
    "applications": {"backbones", "layers", "ops"},
    "convert": {"kvideo", "export"},
    "data": set(),
    "objectives": set(),
    "visualize": set(),
    "evaluation": {
        "kvideo",
        "applications",
        "data",
        "export",
        "visualize",
    },
    "export": {"kvideo", "applications", "data", "layers", "ops"},
    "trainers": {
        "kvideo",
        "applications",
        "data",
        "evaluation",
        "export",
        "layers",
        "objectives",
        "visualize",
    },
    "console": set(),
    "download": {"kvideo", "applications"},
    "demo": {
        "kvideo",
        "data",
        "evaluation",
        "export",
        "trainers",
        "visualize",
    },
    "cli_bench_data": {"kvideo", "console", "data", "trainers"},
    "cli_convert": {"kvideo", "console", "convert"},
    "cli_download": {"kvideo", "console", "export"},
    "cli_ensemble": {"console", "evaluation"},
    "cli_doctor": {"console", "data", "evaluation"},
    "cli_evaluate": {
        "kvideo",
        "cli_paths",
        "cli_results",
        "console",
        "evaluation",
        "export",
    },
    "cli_export": {"kvideo", "cli_paths", "console", "export", "layers"},
    "cli_flow": {"console", "data"},
    "cli_paths": {"export"},
    "cli_predict": {
        "cli_paths",
        "cli_readable",
        "cli_stream",
        "cli_timeline",
        "console",
        "export",
    },
    "cli_prepare": {"console", "data"},
    "cli_results": {
        "cli_paths",
        "console",
        "evaluation",
        "export",
        "visualize",
    },
    "cli_stream": {
        "kvideo",
        "cli_paths",
        "console",
        "data",
        "export",
        "layers",
    },
    "cli_readable": {"console", "data"},
    "cli_timeline": {
        "cli_paths",
        "cli_readable",
        "console",
        "data",
        "evaluation",
        "export",
    },
    "cli_train": {"kvideo", "console", "trainers"},
    "cli_visualize": {
        "kvideo",
        "cli_paths",
        "console",
        "data",
        "evaluation",
        "export",
        "trainers",
        "visualize",
    },
    "cli": {
        "kvideo",
        "applications",
        "cli_bench_data",
        "cli_convert",
        "cli_doctor",
        "cli_download",
        "cli_ensemble",
        "cli_evaluate",
        "cli_export",
        "cli_flow",
        "cli_paths",
        "cli_predict",
        "cli_prepare",
        "cli_train",
        "cli_visualize",
        "console",
        "data",
        "demo",
        "evaluation",
        "export",
        "layers",
    },
}


def imports(path):
    """Yields the full name of each module or object that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_rooms(path):
    names = [n for n in imports(path) if n.split(".")[0] == "kvideo"]
    return {n.split(".")[1] if "." in n else "kvideo" for n in names}


def identifier(path):
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", FILES, ids=identifier)
def test_imports_go_one_way(path):
    room = room_of(path)
    assert imported_rooms(path) <= ALLOWED[room] | {room, *GROUND}


def test_the_check_sees_an_upward_import(tmp_path):
    source = tmp_path / "file.py"
    source.write_text("def f():\n    from kvideo.trainers.fit import train\n")
    assert imported_rooms(source) == {"trainers"}


def test_only_decode_imports_av():
    users = [p for p in FILES if "av" in {n.split(".")[0] for n in imports(p)}]
    assert users and {p.parent for p in users} == {PACKAGE / "data/decode"}


def test_keras_is_never_taken_from_tensorflow():
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        uses = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr == "keras"
            and isinstance(node.value, ast.Name)
            and node.value.id in ("tf", "tensorflow")
        ]
        names = [n for n in imports(path) if n.startswith("tensorflow.keras")]
        assert not uses and not names, path


def loaded_after(statement, **environment):
    """The modules that a fresh interpreter has after a statement."""
    code = f"{statement}; import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_networks_need_no_tensorflow_on_jax():
    rooms = "kvideo.ops, kvideo.layers, kvideo.backbones, kvideo.applications"
    modules = loaded_after(f"import {rooms}", KERAS_BACKEND="jax")
    assert "jax" in modules
    assert "tensorflow" not in modules


@pytest.mark.parametrize(
    "statement",
    [
        "import kvideo",
        "import kvideo.cli",
        # `kvideo train` reads it before it loads TensorFlow quietly.
        "import kvideo.trainers.config",
    ],
)
def test_light_modules_do_not_load_keras(statement):
    assert not loaded_after(statement) & {"keras", "tensorflow", "av"}


def test_importing_leaves_the_random_states_alone():
    """An initialiser made on import would draw from them."""
    code = """
import importlib, pkgutil, random
import keras, numpy
import kvideo
keras.utils.set_random_seed(7)
before = random.getstate(), str(numpy.random.get_state())
for module in pkgutil.walk_packages(kvideo.__path__, "kvideo."):
    try:
        importlib.import_module(module.name)
    except ImportError as error:
        assert "Install it with" in str(error), error
    state = random.getstate(), str(numpy.random.get_state())
    assert state == before, module.name
"""
    subprocess.run([sys.executable, "-c", code], check=True)

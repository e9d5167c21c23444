"""The wheel, its version, and how long the import takes."""

import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

import kvideo

ROOT = Path(kvideo.__file__).parents[1]


def run(*arguments, cwd=ROOT):
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


FOLDERS = ("kvideo", "tests", "training", "benchmarks", "docs")
FILES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    # Built from a copy: setuptools leaves `build/` in the folder it works in.
    source = tmp_path_factory.mktemp("source")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name)
    for name in FILES:
        shutil.copy(ROOT / name, source)
    run("-m", "build", "--wheel", "--no-isolation", cwd=source)
    (path,) = (source / "dist").glob("*.whl")
    return path


def test_wheel_holds_only_the_package(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    info = f"kvideo-{kvideo.__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"kvideo", info}
    assert f"{info}/licenses/LICENSE" in names


def test_wheel_holds_every_module_and_template(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "kvideo"
    wanted = [*package.rglob("*.py"), *package.rglob("*.html")]
    assert {path.relative_to(ROOT).as_posix() for path in wanted} <= names


def test_wheel_has_the_command_and_the_version(wheel):
    archive = zipfile.ZipFile(wheel)
    info = f"kvideo-{kvideo.__version__}.dist-info"
    points = ConfigParser()
    points.read_string(archive.read(f"{info}/entry_points.txt").decode())
    assert points["console_scripts"]["kvideo"] == "kvideo.cli:app"
    metadata = archive.read(f"{info}/METADATA").decode()
    assert f"\nVersion: {kvideo.__version__}\n" in metadata
    assert "\nRequires-Python: <3.14,>=3.11\n" in metadata


def test_every_requirement_has_a_lower_bound_and_a_reason():
    setup = ConfigParser()
    text = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    setup.read_string(text)
    required = setup["options"]["install_requires"].split("\n")
    required = [line for line in required if line]
    assert all(">=" in line for line in required)
    lines = [line.strip() for line in text.splitlines()]
    for line in required:
        assert lines[lines.index(line) - 1].startswith("#"), line


def test_lint_and_package_agree_on_the_oldest_python():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["tool"]["ruff"]["target-version"] == "py311"


def seconds(statement):
    start = time.perf_counter()
    run("-c", statement)
    return time.perf_counter() - start


def test_import_costs_no_more_than_keras():
    # Alternating, so that a busy machine slows both.
    pairs = [
        (seconds("import keras"), seconds("import kvideo")) for _ in range(2)
    ]
    keras, ours = (min(times) for times in zip(*pairs, strict=True))
    assert ours <= keras + 0.3

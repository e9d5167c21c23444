"""What the README shows, runs."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import keras  # noqa: F401  (named by the table)
import pytest
import tensorflow  # noqa: F401
from typer.testing import CliRunner

import kvideo
from kvideo.cli import app

ROOT = Path(kvideo.__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def build_tables():
    path = ROOT / "docs" / "build_tables.py"
    spec = importlib.util.spec_from_file_location("build_tables", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def block_under(heading):
    """Lines of the first paragraph, list or table under a heading."""
    section = README.split(f"## {heading}\n")[1]
    return section.strip("\n").split("\n\n")[0].splitlines()


def replacements():
    """Each code that the README names as a replacement."""
    _, _, rest = README.partition("| you used | here it is |\n|---|---|\n")
    table, _, _ = rest.partition("\n\n")
    for line in table.splitlines():
        old, new = line.strip("|").split("|")
        for code in re.findall(r"`([^`]+)`", new):
            yield pytest.param(code, id=f"{old.strip()} -> {code}")


def commands():
    return [line.split()[1:] for line in block_under("On the command line")]


@pytest.mark.slow
def test_tables_are_those_of_the_code():
    assert build_tables().main(check=True) == []


def test_table_is_replaced_between_the_markers():
    tables = build_tables()
    begin, end = tables.BEGIN.format("x"), tables.END.format("x")
    text, expected = (f"a\n{begin}\n{t}\n{end}\nb" for t in ("old", "new"))
    assert tables.with_table(text, "x", "new\n") == expected
    with pytest.raises(ValueError, match="y: begin"):
        tables.with_table(text, "y", "new\n")


def table_of(page, name):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    tables = build_tables()
    _, begin, rest = text.partition(tables.BEGIN.format(name) + "\n")
    return rest.partition(tables.END.format(name))[0] if begin else None


@pytest.mark.parametrize("name", ["bqn_tsm_resnet50", "gdn_resnet50"])
def test_rows_of_imagenet_weights_are_those_of_the_code(name):
    row = " | ".join(map(str, build_tables().imagenet_row(name)))
    assert f"| {row} |\n" in table_of("weights.md", "imagenet")


def test_every_network_is_in_a_table_of_imagenet_weights():
    tables = build_tables()
    without = tables.no_imagenet_table()
    assert table_of("weights.md", "no imagenet") == without
    rows = table_of("weights.md", "imagenet") + without
    names = re.findall(r"`(\w+)`(?= \||, )", rows)
    assert set(kvideo.list_models()) <= set(names)


@pytest.mark.parametrize("name", ["bqn_x3d_m", "dan_nano", "slowfast_nano"])
def test_rows_of_roles_are_those_of_the_code(name):
    cells = " | ".join(build_tables().roles_row(name))
    rows = table_of("fine-tuning.md", "roles").splitlines()
    [row] = [row for row in rows if f"`{name}`" in row]
    assert row.startswith(f"| {cells} |")


def test_every_network_has_a_row():
    names = re.findall(r"^\| `(\w+)` \| \d+x", README, flags=re.MULTILINE)
    assert names == kvideo.list_models()


def test_python_example_runs(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(code.splitlines()) <= 12
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"},
        check=True,
        capture_output=True,
        text=True,
    )
    right = float(done.stdout.rpartition("Right: ")[2])
    # Of 48 videos; 6 would be luck, and 18 are not in a million years.
    assert right >= 18 / 48


def test_the_table_of_replacements_is_found():
    assert len(list(replacements())) >= 15


@pytest.mark.parametrize("code", list(replacements()))
def test_replacement_is_there(code):
    assert eval(code, globals()) is not None


def test_commands_have_known_options():
    assert len(commands()) == 7
    for name, *words in commands():
        text = CliRunner().invoke(app, [name, "--help"]).output
        for word in words:
            assert not word.startswith("--") or word in text


def test_folders_that_are_named_exist():
    rows = block_under("Where things are")[2:]
    names = [
        name
        for row in rows
        for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    ]
    assert len(names) == 16
    assert not [name for name in names if not (ROOT / name).is_dir()]

"""Text on a terminal is text."""

import ast
import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

import kvideo
from kvideo.terminal import PlainConsole, plain, progress, track, visible

NAMES = ["[red]walk", "[/bold]", "a :smile: b", r"\[x]", "100%", "{0}"]


def printed(*objects, console=PlainConsole, **options):
    file = io.StringIO()
    console(file=file, width=60, **options).print(*objects)
    return file.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_names_are_no_markup(name):
    assert printed(name) == f"{name}\n"
    table = Table(name, title=name, caption=name)
    table.add_row(name)
    assert printed(table).count(name) == 4
    assert printed(plain(name), console=Console) == f"{name}\n"


@pytest.mark.parametrize("name", NAMES)
def test_names_beside_a_bar_are_no_markup(name):
    file = io.StringIO()
    console = PlainConsole(file=file, width=120)
    assert list(track([1, 2], name, console)) == [1, 2]
    assert name in file.getvalue()
    with progress(console, transient=True) as bar:
        bar.add_task(visible(name), total=1)


def test_control_characters_are_seen():
    name = "a\x1b[2Jb\rc\u202ed\udcff"
    seen = r"a\x1b[2Jb\rc\u202ed\udcff"
    assert printed(name) == f"{seen}\n"
    table = Table(title=name)
    table.add_column(name)
    table.add_row(name)
    assert printed(table).count(seen) == 3
    assert visible("a\tb\n\u00e9 \u4e2d") == "a\tb\n\u00e9 \u4e2d"


def test_a_long_path_is_one_line():
    path = "runs/" + "a" * 200
    assert printed(f"Saved {path}") == f"Saved {path}\n"


def test_nobody_makes_another_console():
    """Every other one would take names for markup."""
    for path in Path(kvideo.__file__).parent.rglob("*.py"):
        if path.name == "terminal.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = {alias.name for alias in node.names}
                assert node.module != "rich.progress", path
                assert not names & {"Console", "track", "Progress"} or (
                    node.module == "kvideo.terminal"
                ), path

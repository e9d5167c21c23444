import importlib
import pathlib

import pytest

import kvideo
from kvideo.lazy import lazy


def test_names_come_from_their_homes():
    get, names, public = lazy("os", {"join": "path"}, ("path",))
    import os.path

    assert get("join") is os.path.join
    assert get("path") is os.path
    assert names() == public == ["join", "path"]


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match=r"'kvideo' has no .*'modles'"):
        kvideo.modles  # noqa: B018


PACKAGE = pathlib.Path(kvideo.__file__).parent
LAZY = [
    path
    for path in PACKAGE.rglob("__init__.py")
    if "lazy(" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", LAZY, ids=lambda path: path.parent.name)
def test_no_name_is_that_of_a_module(path):
    """Which would stand in its place from the first import of it on."""
    folder = path.relative_to(PACKAGE.parent).parent
    package = importlib.import_module(".".join(folder.parts))
    modules = {
        name
        for name in package._HOMES
        if (path.parent / f"{name}.py").exists()
        or (path.parent / name / "__init__.py").exists()
    }
    assert not modules

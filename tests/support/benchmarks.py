"""The scripts of benchmarks/, which is not a package, as modules."""

import importlib
import pathlib
import sys

FOLDER = pathlib.Path(__file__).parents[2] / "benchmarks"


def load(name):
    """A script as a module; the scripts that it imports beside it are found.

    Args:
        name: Of the file, without its suffix.
    """
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))

"""Packages whose names are imported when they are first used."""

import importlib


def lazy(package, homes, modules=()):
    """What the `__init__` of such a package needs.

    Args:
        package: Its full name, `__name__`.
        homes: Dict from a public name to the module that defines it.
        modules: Modules of the package that are public themselves.

    A name must not be that of a module of the package: once something has
    imported the module, Python finds it in place of the name.

    Returns:
        The package's `__getattr__`, `__dir__` and `__all__`.
    """
    names = sorted([*homes, *modules])

    def get(name):
        if name in modules:
            return importlib.import_module(f"{package}.{name}")
        if name in homes:
            home = importlib.import_module(f"{package}.{homes[name]}")
            return getattr(home, name)
        raise AttributeError(
            f"module {package!r} has no attribute {name!r}. "
            f"It has: {', '.join(names)}."
        )

    return get, lambda: names, names

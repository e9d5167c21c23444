"""Small trees of files for tests that only look at names."""

import os


def write_tree(root, files):
    """Writes files; `files` maps relative paths to texts. Returns the root."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def empty(*names):
    return dict.fromkeys(names, "")


def names_below(root, listing):
    """The paths of a listing, relative to a folder, with slashes."""
    return [
        os.path.relpath(path, root).replace(os.sep, "/")
        for path in listing.file_paths
    ]

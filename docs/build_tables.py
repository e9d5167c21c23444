"""Writes the tables of README.md and docs/ that the code knows.

    python docs/build_tables.py           # rewrite the tables
    python docs/build_tables.py --check   # fail if one is out of date

What stands between the two marker lines of a table is generated.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
END = "<!-- {}: end -->"
BEGIN = "<!-- {}: begin (python docs/build_tables.py) -->"

# What the papers print, for the classes of the row: (classes, parameters,
# multiply-accumulates). The others are counted for 400 classes.
PAPERS = {
    "bqn_tsm_resnet50": (174, "47.4 M", "60 G"),
    "bqn_tsm_resnet101": (174, "85.4 M", "-"),
    "bqn_x3d_m": (174, "6.6 M", "9.7 G"),
    "btsnet26_c16": (101, "10.2 M", "-"),
    "btsnet26_c32": (101, "17.3 M", "-"),
    "btsnet50_c16": (101, "17.4 M", "-"),
    "btsnet50_c32": (101, "31.7 M", "-"),
    "btsnet101_c16": (101, "34.6 M", "-"),
    "btsnet101_c32": (101, "66.1 M", "-"),
    "gdn_resnet50": (174, "17.7 M", "26 G"),
    "r3d_resnet50": (101, "46.4 M", "-"),
    "r3d_resnet101": (101, "85.5 M", "-"),
    "resnext3d50_c32": (101, "26.1 M", "-"),
    "resnext3d101_c32": (101, "47.7 M", "-"),
    "slowfast_btsnet_resnet50": (101, "33.8 M", "-"),
    "slowfast_btsnet_resnet101": (101, "62.1 M", "-"),
    "slowfast_btsnet_resnet152": (101, "85.0 M", "-"),
    "slowfast_btsnet_resnet200": (101, "89.5 M", "-"),
    "tsm_resnet50": (400, "24.3 M", "33 G"),
    "x3d_xs": (400, "3.8 M", "0.60 G"),
    "x3d_s": (400, "3.8 M", "1.96 G"),
    "x3d_m": (400, "3.8 M", "4.73 G"),
    "x3d_l": (400, "6.1 M", "18.37 G"),
}


def main(check):
    """Writes the pages, or with `check` names those that are out of date."""
    stale = []
    for page, name, table in TABLES:
        text = page.read_text(encoding="utf-8")
        wanted = with_table(text, name, table())
        if text != wanted:
            stale.append(f"{page.relative_to(ROOT)} ({name})")
        if not check:
            page.write_text(wanted, encoding="utf-8")
    return stale


def with_table(text, name, table):
    """The text with `table` between the markers of that name.

    Raises:
        ValueError: If the markers are not there once each, in order.
    """
    first, last = BEGIN.format(name), END.format(name)
    before, begin, rest = text.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"Expected the lines {first!r} and {last!r}.")
    return f"{before}{first}\n{table}{last}{after}"


def models_table():
    """One Markdown row for each network of the registry."""
    import kvideo

    head = "name|clip|classes|parameters|in the paper|MACs|in the paper"
    return _table(head, map(model_row, kvideo.list_models()))


def model_row(name):
    """The cells of a network: its size, ours beside the paper's."""
    import kvideo
    from kvideo.applications.shapes_only import shapes_only
    from kvideo.console import amount

    classes, paper_params, paper_macs = PAPERS.get(name, (400, "-", "-"))
    clip = "x".join(map(str, kvideo.model_info(name).input_shape[:3]))
    with shapes_only():
        count = kvideo.count(kvideo.create_model(name, classes=classes))
    params, macs = f"{count.trainable_params:,}", amount(count.macs)
    return f"`{name}`", clip, classes, params, paper_params, macs, paper_macs


def imagenet_table():
    """What `weights="imagenet"` loads into each network that has some."""
    from kvideo.applications.imagenet_table import networks_with

    head = "network|from|into|numbers that go in|as without them"
    return _table(head, map(imagenet_row, networks_with()))


def imagenet_row(name):
    """The cells of a network with ImageNet weights."""
    from kvideo.applications.imagenet_table import start

    found = start(name)
    into = " and ".join(f"`{x}*`" for x in found.backbones if x) or "-"
    loaded = "; ".join(f"{n:,} {way}" for way, n in found.loaded.items())
    left = ", ".join(f"`{layer}`" for layer in found.left)
    left = f"{found.left_numbers:,}: {left}"
    return f"`{name}`", found.source, into, loaded, left


def no_imagenet_table():
    """The networks without such weights, by the reason."""
    from kvideo.applications.imagenet_table import networks_without

    return _table(
        "why there are none|networks",
        (
            (reason, ", ".join(f"`{name}`" for name in names))
            for reason, names in networks_without().items()
        ),
    )


def roles_table():
    """First convolutions, their normalisations and classifiers of all."""
    import kvideo

    groups = {}
    for name in kvideo.list_models():
        groups.setdefault(roles_row(name), []).append(f"`{name}`")
    rows = ((*cells, ", ".join(names)) for cells, names in groups.items())
    return _table(
        "first convolutions|their normalisations|classifiers|networks", rows
    )


def roles_row(name):
    """The cells of a network, its name left out."""
    import kvideo
    from kvideo.applications import roles
    from kvideo.applications.shapes_only import shapes_only

    with shapes_only():
        model = kvideo.create_model(name, classes=2)
        kinds = (roles.stems, roles.stem_norms, roles.classifiers)
        found = [sorted(layer.name for layer in kind(model)) for kind in kinds]
    return tuple(", ".join(f"`{x}`" for x in names) for names in found)


def _table(head, rows):
    """Markdown of a head, its cells joined by `|`, and rows of cells."""
    names = head.split("|")
    lines = [" | ".join(map(str, cells)) for cells in (names, *rows)]
    first, *others = [f"| {line} |\n" for line in lines]
    return "".join([first, "|" + "---|" * len(names) + "\n", *others])


TABLES = (
    (ROOT / "README.md", "models", models_table),
    (ROOT / "docs" / "weights.md", "imagenet", imagenet_table),
    (ROOT / "docs" / "weights.md", "no imagenet", no_imagenet_table),
    (ROOT / "docs" / "fine-tuning.md", "roles", roles_table),
)

if __name__ == "__main__":
    stale = main(check="--check" in sys.argv[1:])
    if stale and "--check" in sys.argv[1:]:
        sys.exit(
            f"Out of date: {', '.join(stale)}. Run: python docs/build_tables.py"
        )

"""Writes the model table of README.md from the registry.

    python docs/build_tables.py           # rewrite the table
    python docs/build_tables.py --check   # fail if it is out of date

What stands between the two marker lines of the README is generated.
"""

import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BEGIN = "<!-- models: begin (python docs/build_tables.py) -->"
END = "<!-- models: end -->"

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
HEAD = """\
| name | clip | classes | parameters | in the paper | MACs | in the paper |
|---|---|---|---|---|---|---|
"""


def main(check):
    """Writes the README, or with `check` returns whether it is up to date."""
    text = README.read_text(encoding="utf-8")
    wanted = with_table(text, models_table())
    if check:
        return text == wanted
    README.write_text(wanted, encoding="utf-8")
    return True


def with_table(text, table):
    """The text with `table` between the markers.

    Raises:
        ValueError: If the markers are not there once each, in order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"Expected the lines {BEGIN!r} and {END!r}.")
    return f"{before}{BEGIN}\n{table}{END}{after}"


def models_table():
    """One Markdown row for each network of the registry."""
    import kvideo

    return HEAD + "".join(map(_row, kvideo.list_models()))


def _row(name):
    import kvideo
    from kvideo.applications.shapes_only import shapes_only
    from kvideo.console import amount

    classes, paper_params, paper_macs = PAPERS.get(name, (400, "-", "-"))
    clip = "x".join(map(str, kvideo.model_info(name).input_shape[:3]))
    with shapes_only():
        count = kvideo.count(kvideo.create_model(name, classes=classes))
    params, macs = f"{count.trainable_params:,}", amount(count.macs)
    cells = [f"`{name}`", clip, classes, params, paper_params, macs, paper_macs]
    return "| " + " | ".join(map(str, cells)) + " |\n"


if __name__ == "__main__":
    if not main(check="--check" in sys.argv[1:]):
        sys.exit(f"{README} is out of date. Run: python docs/build_tables.py")

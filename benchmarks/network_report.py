"""Results of `networks.py`: the file, the tables, the section in the docs."""

import json
import os
import pathlib
import platform
from importlib import metadata

from network_calls import FORMS, MODES
from workers import markdown

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs" / "speed.md"
BEGIN = "<!-- networks: begin (python benchmarks/networks.py --write-docs) -->"
END = "<!-- networks: end -->"
HEADER = [
    "network",
    "form",
    "ms",
    "time / kvideo's",
    "share of the product's rate",
    "peak MB",
]
# A training step counts as three forward passes: activations, and the
# gradients with respect to inputs and weights.
PASSES = {"forward": 1, "training": 3}


def read(path):
    """All results, {network: {mode: entry}}; {} if there is no file."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def add(path, name, mode, entry):
    """Enter one network's results of one mode, form by form."""
    results = read(path)
    modes = results.setdefault(name, {})
    earlier = modes.get(mode, {}).get("forms", {})
    entry = entry | {"forms": earlier | entry["forms"]}
    modes[mode] = entry
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1), encoding="utf-8")


def machine():
    """Processor and versions, as they stand above a table."""
    names = ("tensorflow", "keras", "torch")
    return f"{_processor()}; " + ", ".join(
        f"{name} {_version(name)}" for name in names if _version(name)
    )


def _processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def table(results, mode):
    """A Markdown table of all networks in one mode."""
    rows = [
        [f"`{name}`", f"`{form}`", *_cells(entry, mode, form)]
        for name, modes in results.items()
        for entry in [modes.get(mode, {"forms": {}})]
        for form in FORMS
        if form in entry["forms"]
    ]
    return markdown(HEADER, rows)


def _cells(entry, mode, form):
    result = entry["forms"][form]
    if "error" in result:
        return [f"failed: {result['error'].replace('|', '/')}", "-", "-", "-"]
    memory = result["memory_mb"]
    return [
        f"{result['ms']:.0f}",
        f"{result['ratio']:.2f}",
        f"{100 * share(entry, mode, form):.0f} %",
        "-" if memory is None else f"{memory:.0f}",
    ]


def share(entry, mode, form):
    """Rate of a network over that of a large product in the same precision."""
    macs = entry["macs"] * entry["batch"] * PASSES[mode]
    result = entry["forms"][form]
    return 2 * macs / result["ms"] / 1e6 / result["product_gflops"]


def section(results):
    """Everything that stands between the markers of the page."""
    parts = []
    for mode in MODES:
        entries = [modes[mode] for modes in results.values() if mode in modes]
        if not entries:
            continue
        machines = sorted({e["machine"] for e in entries})
        settings = sorted(
            {f"{e['threads']} threads, {e['rounds']} rounds" for e in entries}
        )
        title = f"{mode.capitalize()}, batch {entries[0]['batch']}"
        text = f"{'; '.join(machines)}; {'; '.join(settings)}."
        parts.append(f"### {title}\n\n{text}\n\n{table(results, mode)}")
    return "\n" + "\n".join(parts) + "\n"


def with_section(text, body):
    """The page's text with `body` between the markers.

    Raises:
        ValueError: If the markers are not there in order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"Expected the lines {BEGIN!r} and {END!r}.")
    return f"{before}{BEGIN}\n{body}{END}{after}"


def write_docs(path):
    text = PAGE.read_text(encoding="utf-8")
    page = with_section(text, section(read(path)))
    PAGE.write_text(page, encoding="utf-8")

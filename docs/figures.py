"""Printed figures, our counts beside them, and what one says of the other.

The data is docs/paper_figures.yaml, which explains its columns. Nothing here
is typed: what we get is counted from the network that a row names, and the
verdict follows from two numbers.
"""

import ast
import functools
import re
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path

import yaml

DATA = Path(__file__).parent / "paper_figures.yaml"
QUANTITIES = ("params", "flops")
UNITS = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
# A figure that is further off, in per cent, is not reproduced.
LIMIT = 10

EXACT, CUT, OFF = "exact", "exact (cut off)", "not reproducible"
MISSING, QUOTED = "missing", "quoted, not ours"

PRINTED = re.compile(
    r"(?P<number>[\d./]+) (?P<unit>k|K|M|G|C\^2|%)"
    r"(?: (?P<sign>[x/]) (?P<views>\d+))?"
)


@dataclass(frozen=True)
class Printed:
    """A figure of a paper.

    Attributes:
        number: Its digits, "24.33", or a fraction, "33/8".
        unit: A key of `UNITS`; "C^2", weights by the square of the input
            channels; or "%", of another network.
        sign: "x": for each of the views. "/": for all views together.
        views: Clips and crops of one video.
    """

    number: str
    unit: str
    sign: str | None = None
    views: int = 1

    @classmethod
    def parse(cls, text):
        """Of "24.33 M", "70 G x 30", "1210 G / 10", "33/8 C^2", "70 %"."""
        match = PRINTED.fullmatch(text)
        if match is None:
            raise ValueError(f"Not a figure: {text!r}. See Printed.parse.")
        views = int(match["views"] or 1)
        return cls(match["number"], match["unit"], match["sign"], views)

    @property
    def value(self):
        above, _, below = self.number.partition("/")
        return Decimal(above) / Decimal(below or 1)

    @property
    def digits(self):
        """The smallest step that the printed number shows."""
        return Decimal(1).scaleb(self.value.as_tuple().exponent)


def load():
    """The papers of the data file, each row with its table's defaults."""
    papers = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    for paper in papers:
        for table in paper["tables"]:
            defaults = table.get("defaults", {})
            table["rows"] = [defaults | row for row in table["rows"]]
    return papers


def verdict(printed, ours, why=None):
    """What two numbers say of each other.

    Args:
        printed: A `Printed`.
        ours: Our value in its unit, a `Decimal`.
        why: The reason, should they be far apart.

    Raises:
        ValueError: If they are far apart and nobody says why.
    """
    for text, rounding in ((EXACT, ROUND_HALF_UP), (CUT, ROUND_DOWN)):
        if ours.quantize(printed.digits, rounding) == printed.value:
            return text
    distance = abs(difference(printed, ours))
    if distance > LIMIT:
        if not why:
            raise ValueError(f"{printed}, ours {ours}: the row needs `why`.")
        return f"{OFF}: {why}"
    step = Decimal("0.1") if distance < 1 else Decimal(1)
    return f"within {distance.quantize(step, ROUND_CEILING)} %"


def difference(printed, ours):
    """Ours over the printed value, in per cent."""
    return (ours / printed.value - 1) * 100


def verdict_without(row, quantity):
    """The verdict of a figure that nothing can be counted for."""
    if "network" in row:
        return f"{MISSING}: arrives with `{missing_call(row)}`"
    why = said(row, "why", quantity)
    return f"{OFF}: {why}" if why else QUOTED


def said(row, key, quantity):
    """`note` or `why` of a row, as far as it is about this quantity."""
    text = row.get(key, "")
    return text.get(quantity, "") if isinstance(text, dict) else text


def our_value(row, quantity):
    """Our figure in the unit of the printed one, or None."""
    if "network" not in row or missing_call(row):
        return None
    printed = Printed.parse(row[quantity])
    values = [
        counted(call, clip, row)[quantity]
        for call, clip in zip(calls(row), clips(row), strict=True)
    ]
    if printed.unit == "%":
        return Decimal(100 * values[0]) / values[1]
    if printed.unit == "C^2":
        return Decimal(sum(values)) / clips(row)[0][-1] ** 2
    views = printed.views if printed.sign == "/" else 1
    return Decimal(sum(values) * views) / Decimal(UNITS[printed.unit])


def calls(row):
    """The calls of a row; the figures of several are added up."""
    network = row["network"]
    return network if isinstance(network, list) else [network]


def clips(row):
    """The clip shape of each call."""
    texts = row["clip"]
    texts = texts if isinstance(texts, list) else [texts] * len(calls(row))
    return [tuple(map(int, text.split("x"))) for text in texts]


def missing_call(row):
    """The first call of a row that kvideo has nothing for, or None."""
    return next((c for c in calls(row) if builder(*parse(c)) is None), None)


def parse(call):
    """`'TSM(variant="resnet50")'` as ("TSM", {"variant": "resnet50"})."""
    tree = ast.parse(call, mode="eval").body
    arguments = {k.arg: ast.literal_eval(k.value) for k in tree.keywords}
    return tree.func.id, arguments


def builder(name, arguments):
    """What the registry, or `kvideo.layers`, has under a name, or None."""
    import kvideo

    if "variant" not in arguments:
        return getattr(kvideo.layers, name, None)
    infos = map(kvideo.model_info, kvideo.list_models())
    found = {(i.builder.__name__, i.variant): i.builder for i in infos}
    return found.get((name, arguments["variant"]))


def counted(call, clip, row):
    """Both quantities of one call, as the row counts them."""
    mode = row.get("count", "macs")
    sizes, flops = count(call, clip, row.get("classes"), mode)
    factors = row.get("factors", {})

    def factor(path):
        return next((f for p, f in factors.items() if re.search(p, path)), 1)

    params = sum(size * factor(path) for path, size in sizes)
    return {"params": params, "flops": flops}


@functools.cache
def count(call, clip, classes, mode):
    """((path, size) of each trained weight, ...), and FLOPs for one clip."""
    import kvideo

    with no_values():
        model = build(call, clip, classes)
        found = kvideo.count(model, mode=mode)
        weights = model.trainable_weights
        sizes = tuple((w.path, w.shape.num_elements()) for w in weights)
    return sizes, found.macs


@contextmanager
def no_values():
    """Weights that are made here get shapes but no values: ten times faster."""
    import keras

    with keras.StatelessScope(initialize_variables=False):
        yield
    # Or the next such scope would give them their values after all.
    keras.utils.clear_session()


def build(call, clip, classes):
    """The network, or a model of the one layer, that a call stands for."""
    import keras

    name, arguments = parse(call)
    make = builder(name, arguments)
    if "variant" in arguments:
        return make(input_shape=(*clip, 3), classes=classes, **arguments)
    inputs = keras.Input(clip)
    return keras.Model(inputs, make(**arguments)(inputs))

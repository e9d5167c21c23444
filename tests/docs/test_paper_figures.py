"""The page of published figures: its data, its verdicts, its numbers."""

import importlib
import re
from decimal import Decimal
from pathlib import Path

import pytest

import kvideo

DOCS = Path(kvideo.__file__).parents[1] / "docs"
RUN = "Run: python docs/build_figures.py"
KEYS = {
    *("row", "params", "flops", "network", "clip", "classes", "count"),
    *("factors", "expect", "note", "why"),
}


@pytest.fixture
def figures(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module("figures")


@pytest.fixture
def counts(figures):
    return importlib.import_module("counts")


@pytest.fixture
def build(figures):
    return importlib.import_module("build_figures")


@pytest.fixture
def tables(figures):
    return [table for paper in figures.load() for table in paper["tables"]]


def lines_of_page(build):
    """(row, quantity, cells of the committed page) of every figure."""
    text = build.PAGE.read_text(encoding="utf-8").partition("\n## ")[2]
    cells = [
        tuple(cell.strip() for cell in line.strip("|").split(" | "))
        for line in text.splitlines()
        if line.startswith("| ") and not line.startswith(("| row", "| ---"))
    ]
    wanted = [
        (row, quantity)
        for paper in build.figures.load()
        for table in paper["tables"]
        for row in table["rows"]
        for quantity in build.QUANTITIES
        if quantity in row
    ]
    assert len(cells) == len(wanted), RUN
    return [(*w, c) for w, c in zip(wanted, cells, strict=True)]


# --- data ---------------------------------------------------------------


def test_every_row_is_well_formed(figures, tables):
    for row in (row for table in tables for row in table["rows"]):
        assert set(row) <= KEYS, row
        printed = [q for q in figures.QUANTITIES if q in row]
        assert printed, row
        assert [figures.Printed.parse(row[q]) for q in printed]
        assert row.get("count", "macs") in ("macs", "hooks"), row
        assert set(row.get("expect", ())) <= set(figures.QUANTITIES), row
        assert all(map(re.compile, row.get("factors", {})))


def test_every_network_can_be_asked_for(counts, tables):
    rows = [r for table in tables for r in table["rows"] if "network" in r]
    assert len(rows) > 100
    for row in rows:
        sizes = counts.clips(row)
        assert len(sizes) == len(counts.calls(row)), row
        for call, clip in zip(counts.calls(row), sizes, strict=True):
            _, arguments = counts.parse(call)
            network = "variant" in arguments
            assert len(clip) == (3 if network else 4), row
            assert not network or row["classes"] > 1, row


def test_tables_have_numbers_and_captions(figures):
    for paper in figures.load():
        numbers = [table["table"] for table in paper["tables"]]
        assert len(set(numbers)) == len(numbers)
        assert all(table["caption"] for table in paper["tables"])
        assert paper["paper"] and paper["intro"]


# --- verdicts -----------------------------------------------------------


@pytest.mark.parametrize(
    "text, value, digits",
    [
        ("24.33 M", "24.33", "0.01"),
        ("42 G", "42", "1"),
        ("85.0 M", "85.0", "0.1"),
        ("70 G x 30", "70", "1"),
        ("1210 G / 10", "1210", "1"),
        ("33/8 C^2", "4.125", "0.001"),
        ("70 %", "70", "1"),
    ],
)
def test_printed_figures_are_read(figures, text, value, digits):
    printed = figures.Printed.parse(text)
    assert printed.value == Decimal(value)
    assert printed.digits == Decimal(digits)


@pytest.mark.parametrize("text", ["24.33M", "24.33", "24 T", "70 G x", ""])
def test_other_text_is_refused(figures, text):
    with pytest.raises(ValueError, match="Not a figure"):
        figures.Printed.parse(text)


@pytest.mark.parametrize(
    "text, ours, expected",
    [
        ("24.33 M", "24.327632", "exact"),
        ("24.33 M", "24.335", "exact (cut off)"),
        ("6.6 M", "6.668", "exact (cut off)"),
        ("42 G", "42.71", "exact (cut off)"),
        ("42 G", "41.4", "within 2 %"),
        ("32.89 G", "32.8823", "within 0.1 %"),
        ("26 G", "24.68", "within 6 %"),
        ("1210 G / 10", "1209.6", "exact"),
        ("10 M", "11", "within 10 %"),
        ("10 M", "8.9", "not reproducible: so"),
        ("33/8 C^2", "4.125", "exact"),
    ],
)
def test_verdict(figures, text, ours, expected):
    printed = figures.Printed.parse(text)
    assert figures.verdict(printed, Decimal(ours), "so") == expected


def test_a_figure_far_off_needs_a_reason(figures):
    printed = figures.Printed.parse("10 M")
    with pytest.raises(ValueError, match="needs `why`"):
        figures.verdict(printed, Decimal(20))


def test_what_has_no_count(counts):
    assert counts.verdict_without({}, "params") == "quoted, not ours"
    row = {"why": {"params": "lost"}}
    verdict = counts.verdict_without(row, "params")
    assert verdict == "not reproducible: lost"
    assert counts.verdict_without(row, "flops") == "quoted, not ours"


def test_only_the_registry_makes_a_network_missing(counts):
    row = {"params": "1 M", "network": 'NoNet(variant="x")', "clip": "1x1x1"}
    assert counts.our_value(row, "params") is None
    verdict = counts.verdict_without(row, "params")
    assert verdict == 'missing: arrives with `NoNet(variant="x")`'
    row["network"] = 'TSM(variant="resnet_nano", no_such_argument=1)'
    with pytest.raises(TypeError, match="no_such_argument"):
        counts.our_value(row, "params")


# --- counting -----------------------------------------------------------

NANO = {
    "network": 'BQN(variant="nano")',
    "clip": "12x64x64",
    "classes": 8,
    "params": "1 k",
    "flops": "1 M",
}


def test_count_is_that_of_a_network_with_values(counts):
    model = kvideo.create_model("bqn_nano", classes=8)
    expected = kvideo.count(model)
    ours = counts.our_value(NANO, "params")
    assert ours == Decimal(expected.trainable_params) / 1000
    assert counts.our_value(NANO, "flops") == Decimal(expected.macs) / 10**6
    hooks = counts.our_value({**NANO, "count": "hooks"}, "flops")
    assert hooks * 10**6 == kvideo.count(model, mode="hooks").macs


def test_views_and_sums_multiply(counts):
    one = counts.our_value(NANO, "flops")
    assert counts.our_value({**NANO, "flops": "1 M x 30"}, "flops") == one
    assert counts.our_value({**NANO, "flops": "1 M / 30"}, "flops") == 30 * one
    call = NANO["network"]
    twice = {**NANO, "network": [call, call]}
    assert counts.our_value(twice, "flops") == 2 * one
    assert counts.our_value({**twice, "flops": "1 %"}, "flops") == 100
    clips = {**twice, "clip": ["12x64x64", "24x64x64"]}
    assert counts.our_value(clips, "flops") == pytest.approx(3 * one)


def test_factors_weigh_parameters(counts):
    all_of_it = counts.our_value(NANO, "params")
    part = {**NANO, "factors": {"logits/kernel": 0}}
    width = 1000 * (all_of_it - counts.our_value(part, "params")) / 8
    model = kvideo.create_model("bqn_nano", classes=8)
    assert width == model.get_layer("logits").kernel.shape[0]


def test_weights_of_a_layer_by_its_channels(counts):
    row = {
        "network": 'GroupedDecomposed(kind="c3d")',
        "clip": "4x8x8x16",
        "params": "27 C^2",
    }
    assert counts.our_value(row, "params") == 27


# --- the page -----------------------------------------------------------


def test_page_has_the_rows_of_the_data(figures, build):
    for row, quantity, cells in lines_of_page(build):
        printed = build.printed_text(figures.Printed.parse(row[quantity]))
        assert cells[:2] == (row["row"], printed), RUN


def test_page_misses_what_the_registry_misses(counts, build):
    for row, _, cells in lines_of_page(build):
        missing = "network" in row and counts.missing_call(row) is not None
        assert cells[4].startswith("missing") == missing, f"{row['row']}: {RUN}"


def test_what_should_be_exact_is(build):
    for row, quantity, cells in lines_of_page(build):
        if quantity in row.get("expect", ()):
            assert cells[4].startswith(("exact", "missing")), cells


@pytest.mark.parametrize(
    "network",
    ['X3D(variant="xs")', 'TSN(variant="resnet50")', "GroupedDecomposed()"],
)
def test_page_has_our_counts(build, network):
    found = 0
    for row, quantity, cells in lines_of_page(build):
        if row.get("network") == network:
            line = tuple(cell.strip() for cell in build.line(row, quantity))
            assert line == cells, RUN
            found += 1
    assert found


def test_summary_counts_verdicts(build):
    rows = [
        {"row": "a", "params": "1 M"},
        {"row": "b", "params": "27 C^2", "why": "so"},
    ]
    table = {"table": "1", "caption": "c", "rows": rows}
    paper = {"name": "P", "paper": "p", "intro": "i", "tables": [table]}
    text = build.summary([paper], [build.section(paper)])
    assert text.splitlines()[-1] == "| all | 0 | 0 | 0 | 0 | 1 | 0 | 1 |"
    assert build.kind("within 0.5 %") == build.kind("within 1 %")
    assert build.kind("within 2 %") == "within 10 %"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_page_is_up_to_date(build):
    assert build.main(check=True), RUN

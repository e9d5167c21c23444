import html.parser
import sys

import numpy as np
import pytest

from kvideo.evaluation import (
    Picture,
    Report,
    Section,
    Table,
    render_report,
    write_report,
)
from kvideo.visualize import curves_figure


class Page(html.parser.HTMLParser):
    """Collects images, external addresses and the text of a page."""

    def __init__(self, text):
        super().__init__()
        self.open, self.images, self.addresses, self.text = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img"):
            self.open.append(tag)
        if tag == "img":
            self.images.append(dict(attrs))
        self.addresses += [v for k, v in attrs if k in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def report():
    strip = np.zeros((4, 30, 3), "uint8")
    figure = curves_figure({"loss": [2.0, 1.0]})
    table = Table(("network", "top-1"), (("a <b>", 0.5), ("c", "50 %")))
    pictures = (Picture(strip, 'a "strip"', wide=True), Picture(figure, "c"))
    return Report(
        "Title & more",
        "Subtitle",
        "kvideo demo",
        (("97 %", "top-1"),),
        (Section("One", "Text", (table,)), Section("Two", "", (), pictures)),
    )


def test_page_is_whole_and_fetches_nothing(report):
    page = Page(render_report(report))
    assert page.open == []
    assert len(page.images) == 2
    assert all(a.startswith("data:image/png;base64,") for a in page.addresses)
    assert "http" not in render_report(report)


def test_text_is_escaped(report):
    text = render_report(report)
    assert "a &lt;b&gt;" in text
    page = Page(text)
    for part in ("Title & more", "a <b>", "97 %", "kvideo demo", "Text"):
        assert part in page.text
    assert page.images[0]["alt"] == 'a "strip"'


def test_pictures_are_shown_at_their_own_size(report):
    page = Page(render_report(report))
    assert [image["width"] for image in page.images] == ["30", "380"]


def test_an_empty_report_is_a_page():
    assert Page(render_report(Report("Nothing"))).images == []


def test_file_holds_the_page(tmp_path, report):
    path = write_report(report, tmp_path / "runs" / "report.html")
    assert path.read_text("utf-8") == render_report(report)


def test_rows_must_fit_the_columns():
    with pytest.raises(ValueError, match="2 cells"):
        Table(("a", "b"), ((1, 2), (1, 2, 3)))


def test_missing_jinja2_says_what_to_install(monkeypatch, report):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ImportError, match=r"pip install kvideo\[viz\]"):
        render_report(report)

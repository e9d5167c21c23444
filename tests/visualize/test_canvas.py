import io
import sys

import matplotlib._pylab_helpers
import matplotlib.image
import numpy as np
import pytest

from kvideo.visualize import figure_to_array, new_figure, to_png
from kvideo.visualize.canvas import text_banner


@pytest.mark.parametrize("width", [113, 229, 701])
def test_figures_have_the_size_that_was_asked_for(width):
    pixels = figure_to_array(new_figure(width, 57))
    assert pixels.shape == (57, width, 3)
    assert pixels.dtype == np.uint8


def test_arrays_survive_the_file():
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), "uint8")
    decoded = matplotlib.image.imread(io.BytesIO(to_png(picture)))
    np.testing.assert_array_equal(np.round(decoded[..., :3] * 255), picture)


def test_figures_are_written_at_twice_their_size():
    decoded = matplotlib.image.imread(io.BytesIO(to_png(new_figure(30, 20))))
    assert decoded.shape[:2] == (40, 60)


def test_banner_shows_its_text():
    assert text_banner("", 80).min() == 255
    assert text_banner("move left", 80).min() < 100


def test_no_global_state():
    figure = new_figure(10, 10)
    assert figure.canvas.manager is None
    assert not matplotlib._pylab_helpers.Gcf.figs


@pytest.mark.parametrize(
    "draw", [lambda: new_figure(1, 1), lambda: to_png(np.zeros((1, 1, 3)))]
)
def test_missing_matplotlib_says_what_to_install(monkeypatch, draw):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install kvideo\[viz\]"):
        draw()


def test_names_are_no_formulas():
    """`$` in a name would be read as one, or be an error."""
    picture = text_banner("a $x^$ $b", 200)
    assert picture.min() < 128
    figure = new_figure(200, 100)
    axes = figure.add_subplot()
    axes.set_title("$_broken")
    axes.set_xticks([0, 1], ["$\\frac$", "b_$c"])
    text = figure_to_array(figure)
    axes.set_title("_broken$")
    assert (figure_to_array(figure) != text).any()
    for label in axes.get_xticklabels():
        assert not label.get_parse_math()

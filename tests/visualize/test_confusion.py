import numpy as np
import pytest

from kvideo.visualize import confusion_figure, figure_to_array


def test_counts_and_names_are_on_the_figure():
    figure = confusion_figure([[7, 2], [0, 31]], ["left", "right"], "Held-out")
    axes = figure.axes[0]
    assert sorted(text.get_text() for text in axes.texts) == ["2", "31", "7"]
    for ticks in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [tick.get_text() for tick in ticks] == ["left", "right"]
    assert axes.get_xlabel() == "predicted"
    assert axes.get_title() == "Held-out"


def test_shade_is_the_share_of_the_row():
    axes = confusion_figure([[1, 0], [40, 40]], ["a", "b"]).axes[0]
    shares = axes.images[0].get_array()
    np.testing.assert_array_equal(shares, [[1, 0], [0.5, 0.5]])


def test_a_class_without_clips_is_an_empty_row():
    axes = confusion_figure([[1, 0], [0, 0]], ["a", "b"]).axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), [[1, 0], [0, 0]])


def test_long_names_stay_inside():
    names = [f"a rather long class name {i}" for i in range(8)]
    figure = confusion_figure(np.eye(8, dtype=int), names)
    pixels = figure_to_array(figure)
    border = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    assert min(edge.min() for edge in border) == 255


def test_matrix_must_fit_the_names():
    with pytest.raises(ValueError, match=r"\(2, 2\)"):
        confusion_figure(np.eye(3), ["a", "b"])

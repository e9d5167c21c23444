"""From numbers to names."""

from types import SimpleNamespace

import numpy as np
import pytest

from kvideo.data import decode_predictions

PREDS = [[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]]


def test_predictions_have_names_in_order():
    found = decode_predictions(PREDS, 2, ("a", "b", "c"))
    assert found == [[("b", 0.5), ("c", 0.3)], [("a", 0.4), ("c", 0.4)]]
    assert len(decode_predictions(PREDS, 9, ("a", "b", "c"))[0]) == 3


def test_names_of_a_data_set_a_file_or_a_card(tmp_path):
    (tmp_path / "names.txt").write_text("a\nb\nc\n")
    card = SimpleNamespace(class_names=("a", "b", "c"))
    for classes in (tmp_path / "names.txt", str(tmp_path / "names.txt"), card):
        assert decode_predictions(PREDS, 1, classes)[0] == [("b", 0.5)]
    preds = np.eye(400)[[290]]
    assert decode_predictions(preds)[0][0] == ("sharpening knives", 1.0)


def test_predictions_that_do_not_fit_the_names_are_refused():
    with pytest.raises(ValueError, match=r"shape \(B, 400\).*\(2, 3\)"):
        decode_predictions(PREDS)
    with pytest.raises(ValueError, match=r"shape \(B, 3\).*\(3,\)"):
        decode_predictions(PREDS[0], classes=["a", "b", "c"])
    with pytest.raises(ValueError, match="Received: top=0"):
        decode_predictions(PREDS, 0, ("a", "b", "c"))

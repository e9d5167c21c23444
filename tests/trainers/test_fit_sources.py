"""Runs on lists and data sets, not only on folders."""

import pytest

from kvideo.trainers import RunConfig
from kvideo.trainers.fit import datasets
from tests.support.files import empty, names_below, write_tree

ROWS = """clip,label,hand,set
b/1.mp4,b,left,train
a/2.mp4,a,left,train
c/3.mp4,c,left,other
a/4.mp4,a,left,test
b/5.mp4,b,right,test
"""


@pytest.fixture
def text(tmp_path):
    names = [row.split(",")[0] for row in ROWS.splitlines()[1:]]
    write_tree(tmp_path, {"clips.csv": ROWS} | empty(*names))
    return f"{tmp_path}/clips.csv"


def _datasets(data, validation_data=None):
    config = RunConfig(
        model="bqn_nano", data=data, validation_data=validation_data
    )
    return datasets(config, verbose=False)


def test_training_and_validation_lists(text, tmp_path):
    training, validation = _datasets(
        f"{text}?where=set=train", f"{text}?where=set=test"
    )
    assert sorted(names_below(tmp_path, training)) == ["a/2.mp4", "b/1.mp4"]
    assert names_below(tmp_path, validation) == ["a/4.mp4", "b/5.mp4"]
    assert training.class_names == validation.class_names == ["a", "b"]
    assert validation.labels == [0, 1]


def test_validation_counts_in_the_names_of_training(text):
    with pytest.raises(ValueError, match=r"not among the wanted ones: \['c'\]"):
        _datasets(f"{text}?where=set=train", text)


def test_one_label_of_at_least_two_classes(text):
    for options in ("where=set=other", "label=none", "label=label,hand"):
        with pytest.raises(ValueError, match="at least 2 classes, with one"):
            _datasets(f"{text}?{options}")

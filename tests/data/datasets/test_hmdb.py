import pytest

from kvideo.data.datasets import hmdb51
from tests.support.files import empty, names_below, write_tree


@pytest.fixture
def root(tmp_path):
    lists = {
        "brush_hair_test_split1.txt": "a.avi 1 \nb.avi 2 \nc.avi 0 \n",
        "brush_hair_test_split2.txt": "a.avi 2 \nb.avi 1 \nc.avi 1 \n",
        "climb_test_split1.txt": "d e.avi 1 \n",
        "climb_test_split2.txt": "d e.avi 1 \n",
    }
    lists = {f"testTrainMulti_7030_splits/{k}": v for k, v in lists.items()}
    videos = [f"brush_hair/{name}.avi" for name in "abc"] + ["climb/d e.avi"]
    return write_tree(tmp_path, lists | empty(*videos))


def test_marks_say_the_subset(root):
    train = hmdb51(root)
    assert names_below(root, train) == ["brush_hair/a.avi", "climb/d e.avi"]
    assert train.class_names == ["brush_hair", "climb"]
    assert train.labels == [0, 1]
    test = hmdb51(root, subset="test")
    assert names_below(root, test) == ["brush_hair/b.avi"]
    second = hmdb51(root, split=2)
    assert names_below(root, second) == [
        "brush_hair/b.avi",
        "brush_hair/c.avi",
        "climb/d e.avi",
    ]


def test_a_split_without_files(root):
    with pytest.raises(ValueError, match="names no video"):
        hmdb51(root, split=3)

import pytest

from kvideo.data.datasets import ucf101
from tests.support.files import empty, names_below, write_tree

LISTS = {
    "classInd.txt": "1 ApplyEyeMakeup\n2 Archery\n",
    "trainlist01.txt": (
        "Archery/v_Archery_g01_c01.avi 2\n"
        "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1\n"
    ),
    "testlist01.txt": "Archery/v_Archery_g02_c01.avi\n",
    "trainlist02.txt": "Archery/v_Archery_g02_c01.avi 2\n",
    "testlist02.txt": "Archery/v_Archery_g01_c01.avi\n",
}


@pytest.fixture
def root(tmp_path):
    lists = {f"ucfTrainTestlist/{k}": v for k, v in LISTS.items()}
    videos = empty(
        "UCF-101/Archery/v_Archery_g01_c01.avi",
        "UCF-101/Archery/v_Archery_g02_c01.avi",
        "UCF-101/ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi",
    )
    return write_tree(tmp_path, lists | videos) / "UCF-101"


def test_splits_and_subsets(root):
    train = ucf101(root)
    assert names_below(root, train) == [
        "Archery/v_Archery_g01_c01.avi",
        "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi",
    ]
    assert train.labels == [1, 0]
    assert train.class_names == ["ApplyEyeMakeup", "Archery"]
    assert train.segments is None
    test = ucf101(root, subset="test")
    assert names_below(root, test) == ["Archery/v_Archery_g02_c01.avi"]
    assert test.labels == [1]
    assert test.class_names == train.class_names
    second = ucf101(root, split=2)
    assert second.file_paths == test.file_paths


def test_lists_elsewhere(root, tmp_path):
    lists = write_tree(tmp_path / "lists", LISTS)
    assert len(ucf101(root, annotations=lists)) == 2
    with pytest.raises(FileNotFoundError, match="ucfTrainTestlist"):
        ucf101(lists / "none")


def test_bad_arguments(root):
    with pytest.raises(ValueError, match="split=4"):
        ucf101(root, split=4)
    with pytest.raises(ValueError, match="subset='val'"):
        ucf101(root, subset="val")

import pytest

from kvideo.data.datasets import moments_in_time
from tests.support.files import empty, names_below, write_tree


def test_lists_and_categories(tmp_path):
    root = write_tree(
        tmp_path,
        {
            "moments_categories.txt": "hiking,0\nbarking,1\n",
            "trainingSet.csv": "barking/a_1.mp4,barking,3,0\n",
            "validationSet.csv": "hiking/b_2.mp4,hiking,5,1\n",
        }
        | empty("training/barking/a_1.mp4", "validation/hiking/b_2.mp4"),
    )
    train = moments_in_time(root)
    assert names_below(root, train) == ["training/barking/a_1.mp4"]
    assert train.class_names == ["hiking", "barking"]
    assert train.labels == [1]
    held_out = moments_in_time(root, "validation")
    assert names_below(root, held_out) == ["validation/hiking/b_2.mp4"]
    assert held_out.labels == [0]
    with pytest.raises(ValueError, match="subset='test'"):
        moments_in_time(root, "test")

import json

import pytest

from kvideo.data.datasets import jester, something_v1, something_v2
from tests.support.files import empty, names_below, write_tree


@pytest.mark.parametrize(
    ("make", "lists", "videos"),
    [
        (something_v1, "something-something-v1", "20bn-something-something-v1"),
        (jester, "jester-v1", "20bn-jester-v1"),
    ],
)
def test_frame_folders(tmp_path, make, lists, videos):
    root = write_tree(
        tmp_path,
        {
            f"{lists}-labels.csv": "Swiping Right\nSwiping Left\n",
            f"{lists}-train.csv": "10;Swiping Left\n7;Swiping Right\n",
            f"{lists}-validation.csv": "8;Swiping Right\n",
            f"{lists}-test.csv": "9\n",
        }
        | empty(*[f"{videos}/{n}/00001.jpg" for n in (7, 8, 9, 10)]),
    )
    train = make(root)
    assert names_below(root / videos, train) == ["10", "7"]
    assert train.class_names == ["Swiping Right", "Swiping Left"]
    assert train.labels == [1, 0]
    assert (train.files.template, train.files.first) == ("{:05d}.jpg", 1)
    assert train.files.fps == 12
    assert make(root, "validation").labels == [0]
    assert make(root, "test").labels is None
    elsewhere = make(root, videos=root / videos, annotations=root)
    assert elsewhere == train
    with pytest.raises(ValueError, match="subset='val'"):
        make(root, "val")


@pytest.mark.parametrize(
    "form", ["something-something-v2-{}.json", "labels/{}.json"]
)
def test_json_lists(tmp_path, form):
    entries = [
        {
            "id": "78687",
            "label": "holding potato next to vicks vaporub bottle",
            "template": "Holding [something] next to [something]",
        },
        {
            "id": "5",
            "label": "closing a door",
            "template": "Closing [something]",
        },
    ]
    numbers = {
        "Closing something": "1",
        "Holding something next to something": "0",
        "Opening something": "10",
        "Moving something": "9",
    }
    parts = {"labels": numbers, "train": entries, "test": [{"id": "5"}]}
    root = write_tree(
        tmp_path,
        {form.format(k): json.dumps(v) for k, v in parts.items()}
        | empty(*[f"20bn-something-something-v2/{n}.webm" for n in (5, 78687)]),
    )
    train = something_v2(root)
    assert names_below(root, train) == [
        "20bn-something-something-v2/78687.webm",
        "20bn-something-something-v2/5.webm",
    ]
    assert train.class_names == [
        "Holding something next to something",
        "Closing something",
        "Moving something",
        "Opening something",
    ]
    assert train.labels == [0, 1]
    assert train.files is None
    assert something_v2(root, "test").labels is None
    with pytest.raises(FileNotFoundError, match="validation"):
        something_v2(root, "validation")

from kvideo.data.datasets import svw
from tests.support.files import empty, names_below, write_tree

CSV = """FileName,Genre,Length,Train 1?,Train 2?,Train 3?
1.mp4,Archery,3,1,0,1
2.mp4,bmx,3,0,1,1
3.mp4,archery,3,0,1,0
"""


def test_three_splits(tmp_path):
    videos = (
        "Videos/archery/1.mp4",
        "Videos/bmx/2.mp4",
        "Videos/archery/3.mp4",
    )
    root = write_tree(tmp_path, {"SVW.csv": CSV} | empty(*videos))
    first = svw(root)
    assert names_below(root, first) == [videos[0]]
    assert first.class_names == ["archery", "bmx"]
    test = svw(root, subset="test")
    assert names_below(root, test) == [videos[1], videos[2]]
    assert test.labels == [1, 0]
    assert names_below(root, svw(root, split=3)) == [videos[0], videos[1]]
    assert svw(root, annotations=root / "SVW.csv") == first

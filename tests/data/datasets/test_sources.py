import pytest

from kvideo.data import open_listing
from tests.support.files import empty, names_below, write_tree


@pytest.fixture
def root(tmp_path):
    lists = {
        "list.csv": "clip,kind,set\na/1.mp4,x,train\nb/2.mp4,y,test\n",
        "ucfTrainTestlist/classInd.txt": "1 a\n2 b\n",
        "ucfTrainTestlist/testlist02.txt": "b/2.mp4\n",
    }
    return write_tree(tmp_path, lists | empty("a/1.mp4", "b/2.mp4"))


def test_folder_list_and_data_set(root):
    folder = open_listing(str(root), class_names=["a", "b"])
    assert names_below(root, folder) == ["a/1.mp4", "b/2.mp4"]
    rows = open_listing(f"{root}/list.csv?label=kind&where=set=test")
    assert names_below(root, rows) == ["b/2.mp4"]
    assert rows.class_names == ["y"]
    assert (
        open_listing(f"list:{root}/list.csv?label=kind&where=set=test") == rows
    )
    ucf = open_listing(f"ucf101:{root}?split=2&subset=test")
    assert (ucf.labels, ucf.class_names) == ([1], ["a", "b"])


def test_labels_count_in_the_wanted_names(root):
    text = f"{root}/list.csv?label=kind"
    wanted = ["z", "y", "x"]
    listing = open_listing(text, class_names=wanted)
    assert listing.labels == [2, 1]
    assert listing.class_names == wanted
    with pytest.raises(ValueError, match=r"not among the wanted ones: \['x'\]"):
        open_listing(text, class_names=["y"])
    unlabelled = open_listing(f"{root}/list.csv?label=none", class_names=["y"])
    assert unlabelled.labels is None


def test_options_are_checked_and_converted(root):
    text = f"kinetics:{root}/k.csv?videos={root}&trimmed=True"
    write_tree(
        root,
        {"k.csv": "label,youtube_id,time_start,time_end\na,1,3,4\n"}
        | empty("a/1.mp4"),
    )
    assert open_listing(text).segments is None
    with pytest.raises(
        ValueError, match=r"no option 'splt' \(nearest: 'split'"
    ):
        open_listing(f"ucf101:{root}?splt=1")
    with pytest.raises(ValueError, match=r"'ucf11' \(nearest: 'ucf101'\)"):
        open_listing("ucf11:videos")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        open_listing("nowhere")


def test_a_folder_with_a_colon(root):
    folder = write_tree(root / "day:1", empty("a/1.mp4", "b/2.mp4"))
    assert len(open_listing(str(folder))) == 2

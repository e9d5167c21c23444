import pytest

from kvideo.data.datasets import kinetics
from tests.support.files import empty, names_below, write_tree

CSV = """label,youtube_id,time_start,time_end,split
zumba,abc_-d,5,15,train
air drumming,x1,10,20,train
air drumming,whole,100,110,train
"""


@pytest.fixture
def root(tmp_path):
    videos = empty(
        "v/zumba/abc_-d_000005_000015.mp4",
        "v/air_drumming/x1_000010_000020.mkv",
        "v/whole.mp4",
    )
    return write_tree(tmp_path, {"train.csv": CSV} | videos)


def test_names_with_times_are_clips_and_others_whole_videos(root):
    listing = kinetics(root / "train.csv", root / "v")
    assert names_below(root / "v", listing) == [
        "zumba/abc_-d_000005_000015.mp4",
        "air_drumming/x1_000010_000020.mkv",
        "whole.mp4",
    ]
    assert listing.class_names == ["air drumming", "zumba"]
    assert listing.labels == [1, 0, 0]
    assert listing.segments == [None, None, (100.0, 110.0)]
    trimmed = kinetics(root / "train.csv", root / "v", trimmed=True)
    assert trimmed.segments is None


def test_missing_clips_are_counted_and_named(root):
    rows = "".join(f"zumba,gone{i},0,10,train\n" for i in range(4))
    path = root / "more.csv"
    path.write_text(CSV + rows)
    with pytest.warns(UserWarning, match="4 of 7 listed") as caught:
        listing = kinetics(path, root / "v")
    assert len(listing) == 3
    text = str(caught[0].message)
    for number in range(3):
        assert f"gone{number}_000000_000010.mp4" in text
    assert "gone3" not in text
    assert caught[0].filename == __file__
    with pytest.raises(FileNotFoundError, match="4 of 7"):
        kinetics(path, root / "v", on_missing="error")
    with pytest.raises(ValueError, match="on_missing='ignore'"):
        kinetics(path, root / "v", on_missing="ignore")
    with pytest.raises(FileNotFoundError, match="7 of 7"):
        kinetics(path, root / "nowhere")


def test_class_names_and_lists_without_labels(root):
    names = ["zumba", "yoga", "air drumming"]
    (root / "names.txt").write_text("\n".join(names))
    for given in (names, str(root / "names.txt")):
        listing = kinetics(root / "train.csv", root / "v", class_names=given)
        assert listing.labels == [0, 2, 2]
        assert listing.class_names == names
    with pytest.raises(ValueError, match=r"no class names: \['zumba'\]"):
        kinetics(root / "train.csv", root / "v", class_names=["air drumming"])
    path = root / "test.csv"
    path.write_text("youtube_id,time_start,time_end,split\nwhole,1,2,test\n")
    listing = kinetics(path, root / "v")
    assert listing.labels is None
    assert listing.segments == [(1.0, 2.0)]

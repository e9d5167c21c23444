import pytest

from kvideo.data.datasets import frame_folders
from tests.support.files import empty, names_below, write_tree


def test_folders_with_the_first_image_are_videos(tmp_path):
    root = write_tree(
        tmp_path,
        empty(
            "run/b/img_0.png",
            "run/b/img_1.png",
            "jump/deep/a/img_0.png",
            "jump/notes/img_7.png",
        ),
    )
    listing = frame_folders(root, "img_{}.png", first=0)
    assert names_below(root, listing) == ["jump/deep/a", "run/b"]
    assert listing.class_names == ["jump", "run"]
    assert listing.labels == [0, 1]
    assert listing.files.count_frames(listing.file_paths[1]) == 2
    chosen = frame_folders(root, "img_{}.png", 0, class_names=["run"])
    assert names_below(root, chosen) == ["run/b"]
    with pytest.raises(ValueError, match=r"folders with an image 00001\.jpg"):
        frame_folders(root)

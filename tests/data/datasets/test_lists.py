import pytest

from kvideo.data.datasets import video_list
from tests.support.files import empty, names_below, write_tree


@pytest.fixture
def root(tmp_path):
    return write_tree(
        tmp_path, empty(*[f"v/{n}.mp4" for n in "abcd"], "x y.mp4")
    )


def _write(root, text, name="list.csv"):
    (root / name).write_text(text, encoding="utf-8")
    return root / name


@pytest.mark.parametrize(
    "text",
    [
        "v/b.mp4 run\nx y.mp4 jump\n",
        "v/b.mp4,run\nx y.mp4,jump\n",
        "v/b.mp4;run\nx y.mp4;jump\n",
        "v/b.mp4\trun\nx y.mp4\tjump\n",
        "\ufeffclip,label\nv/b.mp4,run\nx y.mp4,jump\n",
        "id, label, Path\n1, run, v/b.mp4\n2, jump, x y.mp4\n",
        "file\tclass\nv/b.mp4\trun\n\nx y.mp4\tjump\n",
    ],
)
def test_separators_and_headers(root, text):
    listing = video_list(_write(root, text))
    assert names_below(root, listing) == ["v/b.mp4", "x y.mp4"]
    assert listing.class_names == ["jump", "run"]
    assert listing.labels == [1, 0]
    assert listing.segments is None


def test_columns_root_and_where(root):
    text = "a.mp4,x,9,train\nb.mp4,y,8,test\nc.mp4,x,8,train\n"
    path = _write(root, text)
    listing = video_list(path, root=root / "v", label=2, where="3=train")
    assert names_below(root, listing) == ["v/a.mp4", "v/c.mp4"]
    assert listing.labels == [9, 8]
    path = _write(root, "one,two\na.mp4,y\n")
    options = {"root": root / "v", "header": True}
    listing = video_list(path, path="one", label="two", **options)
    assert listing.class_names == ["y"]
    unlabelled = video_list(path, label="none", **options)
    assert unlabelled.labels is unlabelled.class_names is None
    with pytest.raises(ValueError, match=r"no column 'three'.*'one', 'two'"):
        video_list(path, label="three", **options)
    with pytest.raises(ValueError, match=r"two='z'.*values are: \['y'\]"):
        video_list(path, where="two=z", **options)
    with pytest.raises(ValueError, match="where='two'"):
        video_list(path, where="two", **options)


def test_numbers_are_labels(root):
    path = _write(root, "v/a.mp4 2\nv/b.mp4 0\n", "list.txt")
    listing = video_list(path)
    assert listing.labels == [2, 0]
    assert listing.class_names == ["0", "1", "2"]
    named = video_list(
        _write(root, "v/a.mp4 run\n"), class_names=["jump", "run"]
    )
    assert named.labels == [1]


def test_segments_two_labels_and_images(root):
    text = (
        "video,verb,noun,start,end\nv/a.mp4,cut,egg,1.5,2\nv/a.mp4,mix,egg,,\n"
    )
    path = _write(root, text)
    listing = video_list(path, label="verb,noun")
    assert names_below(root, listing) == ["v/a.mp4"] * 2
    assert listing.segments == [(1.5, 2.0), None]
    assert listing.labels == {"verb": [0, 1], "noun": [0, 0]}
    assert listing.class_names == {"verb": ["cut", "mix"], "noun": ["egg"]}
    images = video_list(path, frames="{:03d}.jpg", first=0, fps=5)
    assert images.files.template == "{:03d}.jpg"
    assert (images.files.first, images.files.fps) == (0, 5.0)
    assert images.labels is None


def test_groups_stay_together(root):
    text = "clip,label,source\n" + "".join(
        f"v/{clip}.mp4,{label},{source}\n"
        for clip, label, source in zip("abcd", "xyxy", "ssta", strict=True)
    )
    path = _write(root, text)
    options = {"group": "source", "held_out": 0.5}
    train = video_list(path, subset="train", **options)
    test = video_list(path, subset="test", **options)
    assert len(train) == len(test) == 2
    assert sorted(train.file_paths + test.file_paths) == (
        video_list(path, **options).file_paths
    )
    together = {"v/a.mp4", "v/b.mp4"}
    assert set(names_below(root, train)) & together in (set(), together)
    with pytest.raises(ValueError, match="goes with `group`"):
        video_list(path, subset="train")


def test_bad_lists(root):
    with pytest.raises(FileNotFoundError, match=r"nothing\.csv"):
        video_list(root / "nothing.csv")
    with pytest.raises(ValueError, match="is empty"):
        video_list(_write(root, "\n"))
    with pytest.raises(ValueError, match=r"Line 2 of .* has 3 columns"):
        video_list(_write(root, "v/a.mp4,x\nv/b.mp4,y,z\n"))

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
    with pytest.raises(ValueError, match=r"Which column.*label=NAME"):
        video_list(path)
    images = video_list(path, label="none", frames="{:03d}.jpg", first=0, fps=5)
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


@pytest.mark.parametrize(
    "text",
    [
        # of Keras' tutorial, with and without the index of pandas
        "video_name,tag\nv/b.mp4,run\nx y.mp4,jump\n",
        ",video_name,tag\n0,v/b.mp4,run\n1,x y.mp4,jump\n",
        # names that nobody knows, told by what is in the columns
        "what,is shown\nv/b.mp4,run\nx y.mp4,jump\n",
        "is shown;where\nrun;v/b.mp4\njump;x y.mp4\n",
        "Video Path|Class Label\nv/b.mp4|run\nx y.mp4|jump\n",
        "v\\b.mp4,run\nx y.mp4,jump\n",
        '"path","label"\r\n"v/b.mp4","run"\r\n"x y.mp4","jump"\r\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_as_people_have_them(root, text, encoding):
    (root / "list.csv").write_text(text, encoding=encoding)
    listing = video_list(root / "list.csv")
    assert names_below(root, listing) == ["v/b.mp4", "x y.mp4"]
    assert listing.class_names == ["jump", "run"]
    assert listing.labels == [1, 0]


def test_a_comma_in_a_name(root):
    (root / "a, b.mp4").touch()
    for text in (
        '"a, b.mp4",run\nx y.mp4,jump\n',
        "a, b.mp4;run\nx y.mp4;up\n",
    ):
        listing = video_list(_write(root, text))
        assert names_below(root, listing)[0] == "a, b.mp4"


def test_accents_in_any_encoding_and_form(root):
    composed, parted = "Caf\u00e9", "Cafe\u0301"
    (root / parted).mkdir()
    (root / parted / "1.mp4").touch()
    text = f"path,label\n{composed}/1.mp4,{parted}\nx y.mp4,run\n"
    listing = video_list(_write(root, text))
    assert listing.class_names == [composed, "run"]
    assert names_below(root, listing) == [f"{parted}/1.mp4", "x y.mp4"]
    given = video_list(_write(root, text), class_names=["run", parted])
    assert given.labels == [1, 0]
    assert listing.with_class_names(["run", parted]).labels == [1, 0]
    old = text.replace(parted, composed).encode("cp1252")
    (root / "list.csv").write_bytes(old)
    with pytest.warns(UserWarning, match="list.csv' is not in UTF-8"):
        assert video_list(root / "list.csv").class_names == [composed, "run"]


def test_times_of_any_form(root):
    text = (
        "video,label,start_time,end_time\n"
        "v/a.mp4,x,00:00:00.5,0:02\nv/b.mp4,x,1.25,01:00:00\n"
    )
    listing = video_list(_write(root, text))
    assert listing.segments == [(0.5, 2.0), (1.25, 3600.0)]
    for times in ("soon,1", "2,1", "-1,1", "1,"):
        lines = f"video,label,start,end\n\nv/a.mp4,x,0,1\nv/b.mp4,x,{times}\n"
        with pytest.raises(ValueError, match=r"Line 4 of .*list\.csv.*start="):
            video_list(_write(root, lines))


def test_what_a_list_lacks_is_told_with_the_line(root):
    with pytest.raises(ValueError, match=r"Line 3 of .* has no label"):
        video_list(_write(root, "path,label\nv/a.mp4,x\nv/b.mp4,\n"))
    with pytest.raises(ValueError, match="no column 'begin'"):
        video_list(_write(root, "path,label\nv/a.mp4,x\n"), start="begin")
    (root / "list.csv").write_bytes(b"PK\3\4\0\0\0\0")
    with pytest.raises(ValueError, match="is no text"):
        video_list(root / "list.csv")

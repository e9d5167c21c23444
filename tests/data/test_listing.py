import keras
import numpy as np
import pytest

from kvideo.data.listing import Listing, list_videos


@pytest.fixture
def folder(tmp_path):
    for name in ("b/2.mp4", "b/1.AVI", "a/deep/3.mkv", "a/0.mov", "c/4.webm"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for name in ("a/notes.txt", "a/._0.mov", ".cache/5.mp4", "6.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def _names(listing, folder):
    return [p.removeprefix(f"{folder}/") for p in listing.file_paths]


def test_subfolders_are_classes_in_alphanumeric_order(folder):
    listing = list_videos(folder)
    assert listing.class_names == ["a", "b", "c"]
    assert listing.labels == [0, 0, 1, 1, 2]
    assert _names(listing, folder) == [
        "a/0.mov",
        "a/deep/3.mkv",
        "b/1.AVI",
        "b/2.mp4",
        "c/4.webm",
    ]


def test_class_names_choose_and_order(folder):
    listing = list_videos(folder, class_names=["c", "a"])
    assert listing.class_names == ["c", "a"]
    assert listing.labels == [0, 1, 1]
    with pytest.raises(ValueError, match=r"Expected: \['a', 'b', 'c'\]"):
        list_videos(folder, class_names=["a", "d"])


def test_no_labels_and_given_labels_take_all_files(folder):
    assert list_videos(folder, labels=None).labels is None
    given = list_videos(folder, labels=[3, 1, 1, 3, 2, 2])
    assert given.labels == [3, 1, 1, 3, 2, 2]
    assert given.class_names == ["1", "2", "3"]
    with pytest.raises(ValueError, match="2 labels for 6 files"):
        list_videos(folder, labels=[0, 1])


def test_links_are_followed_when_asked(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "7.mp4").touch()
    (folder / "c" / "link").symlink_to(elsewhere)
    assert len(list_videos(folder)) == 5
    assert len(list_videos(folder, links=True)) == 6


def test_order_shuffle_and_split_are_those_of_keras(tmp_path):
    for index in range(11):
        for suffix in ("png", "mp4"):
            name = tmp_path / "ab"[index % 2] / f"{index}.{suffix}"
            name.parent.mkdir(exist_ok=True)
            name.touch()
    images = keras.utils.image_dataset_from_directory(
        tmp_path, seed=5, validation_split=0.3, subset="both", verbose=False
    )
    ours = list_videos(tmp_path).shuffled(5).split(0.3)
    for image_set, listing in zip(images, ours, strict=True):
        names = [p.replace(".png", ".mp4") for p in image_set.file_paths]
        assert listing.file_paths == names
        folders = [p.split("/")[-2] for p in listing.file_paths]
        assert [listing.class_names[i] for i in listing.labels] == folders


def test_bad_directories(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        list_videos(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="No video files"):
        list_videos(tmp_path)
    (tmp_path / "a").mkdir()
    np.save(tmp_path / "a" / "x.npy", 0)
    with pytest.raises(ValueError, match=r"\.mp4"):
        list_videos(tmp_path)


LABELS = {"verb": [0, 1, 0], "noun": [2, 0, 1]}
NAMES = {"verb": ["cut", "mix"], "noun": ["egg", "oil", "pan"]}


def test_segments_and_labels_go_with_their_files():
    listing = Listing(["a", "a", "b"], LABELS, NAMES, [(0, 1), None, (2, 3)])
    assert [listing.segment(i) for i in range(3)] == listing.segments
    part = listing.take([2, 0])
    assert part.file_paths == ["b", "a"]
    assert part.labels == {"verb": [0, 0], "noun": [1, 2]}
    assert part.segments == [(2, 3), (0, 1)]
    assert part.class_names == NAMES
    plain = Listing(["a", "b"]).take([1])
    assert plain == Listing(["b"])
    assert plain.segment(0) is None


def test_labels_in_another_list_of_names():
    listing = Listing(["a", "b"], [1, 1], ["run", "jump"])
    wanted = ["jump", "swim"]
    other = listing.with_class_names(wanted)
    assert (other.labels, other.class_names) == ([0, 0], wanted)
    assert listing.with_class_names(["run", "jump"]) is listing
    several = Listing(["a", "b", "c"], LABELS, NAMES)
    verbs = {"verb": ["mix", "cut"], "noun": NAMES["noun"]}
    assert several.with_class_names(verbs).labels == {
        "verb": [1, 0, 1],
        "noun": [2, 0, 1],
    }
    with pytest.raises(ValueError, match=r"\['jump'\]. Expected: \['run'\]"):
        listing.with_class_names(["run"])
    with pytest.raises(ValueError, match="need a dictionary"):
        several.with_class_names(["run"])


def _touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_hidden_folders_and_those_of_systems_are_no_classes(tmp_path):
    folder = _touch(
        tmp_path,
        "walk/1.MOV",
        "walk/.ipynb_checkpoints/1-checkpoint.mp4",
        "walk/@eaDir/1.mp4",
        "__MACOSX/walk/._1.mp4",
        "__MACOSX/walk/2.mp4",
        "@eaDir/walk/1.mp4",
        "lost+found/1.mp4",
        "$RECYCLE.BIN/1.mp4",
        "run/Thumbs.db",
        "run/1.mts",
        "run/2.M2TS",
        "run/3.3gp",
        "run/4.gif",
    )
    listing = list_videos(folder)
    assert listing.class_names == ["run", "walk"]
    assert _names(listing, folder)[-2:] == ["run/4.gif", "walk/1.MOV"]
    assert len(listing) == 5
    assert len(list_videos(folder, labels=None)) == 5


def test_empty_classes_and_what_is_left_out_are_told(tmp_path):
    folder = _touch(tmp_path, "a/1.mp4", "b/notes.txt", "c/1.xyz", "a/2.hevcc")
    with pytest.warns(UserWarning) as caught:
        listing = list_videos(folder)
    assert listing.class_names == ["a", "b", "c"]
    [warning] = caught
    text = str(warning.message)
    assert "2 classes hold no video files" in text and "b, c." in text
    assert "2 files were left out" in text
    assert "c/1.xyz" in text and "a/2.hevcc" in text
    assert "notes.txt" not in text


def test_parts_of_a_data_set_are_no_classes(tmp_path):
    folder = _touch(
        tmp_path / "whole", "train/run/1.mp4", "train/up/1.mp4", "Val/run/2.mp4"
    )
    with pytest.raises(ValueError, match="are the parts of a data set"):
        list_videos(folder)
    chosen = list_videos(folder, class_names=["train", "Val"])
    assert chosen.labels == [0, 0, 1]
    assert list_videos(folder / "train").class_names == ["run", "up"]
    # Who films trains and tests has such classes.
    plain = _touch(tmp_path / "other", "train/1.mp4", "test/2.mp4")
    assert list_videos(plain).class_names == ["test", "train"]


def test_class_names_are_one_however_their_accents_are_written(tmp_path):
    composed, parted = "Caf\u00e9", "Cafe\u0301"
    folder = _touch(tmp_path, f"{parted}/1.mp4", "run/1.mp4")
    assert list_videos(folder).class_names == [composed, "run"]
    for name in (composed, parted):
        chosen = list_videos(folder, class_names=[name])
        assert (chosen.class_names, chosen.labels) == ([name], [0])

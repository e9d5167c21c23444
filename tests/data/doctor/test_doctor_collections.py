"""Collections: splits, rules, and the whole pass."""

import json

import numpy as np
import pytest

from kvideo.data import decode, doctor
from kvideo.data.doctor import findings
from kvideo.data.doctor.copies import Copies
from kvideo.data.doctor.diagnosis import quarantined
from kvideo.data.doctor.examine import FileRecord
from kvideo.data.doctor.splits import places
from kvideo.data.listing import Listing
from tests.data.doctor.test_doctor_files import scene


def _touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_folders_called_as_splits_are_splits(tmp_path):
    _touch(tmp_path, "test/a/1.mp4", "train/a/2.mp4", "train/b/3.mp4")
    splits = doctor.open_splits(tmp_path)
    assert list(splits) == ["train", "test"]
    assert splits["train"].class_names == ["a", "b"]
    _touch(tmp_path, "other/a/4.mp4")
    assert list(doctor.open_splits(tmp_path)) == ["all"]


def test_other_sources(tmp_path):
    _touch(tmp_path, "flat/1.mp4", "flat/empty/x.txt", "test/4.mp4")
    flat = str(tmp_path / "flat")
    assert doctor.open_splits(flat)["all"].labels is None
    # A class called "test", as it holds files.
    assert doctor.open_splits(tmp_path / ".")["all"].class_names[-1] == "test"
    text = tmp_path / "clips.csv"
    text.write_text("path,label\ntest/4.mp4,a\n")
    splits = doctor.open_splits(flat, text)
    assert list(splits) == [flat, str(text)]
    with pytest.raises(ValueError, match="given once"):
        doctor.open_splits(flat, flat)


def test_places_are_all_splits_and_labels_of_a_file():
    several = {"verb": [0, 0], "noun": [1, 0]}
    names = {"verb": ["cut"], "noun": ["egg", "oil"]}
    splits = {
        "train": Listing(["x", "x", "y"], [0, 1, 1], ["a", "b"]),
        "more": Listing(["x", "z"], several, names),
        "test": Listing(["y"]),
    }
    assert places(splits) == {
        "x": [("train", "a"), ("train", "b"), ("more", ("cut", "oil"))],
        "y": [("train", "b"), ("test", None)],
        "z": [("more", ("cut", "egg"))],
    }
    counts = findings.class_counts(splits)
    assert counts["train"] == {"a": 1, "b": 2, "cut, oil": 0, "cut, egg": 0}
    assert list(counts) == ["train", "more"]


WHERE = {
    "a": [("train", "x")],
    "b": [("train", "x")],
    "c": [("test", "x")],
    "d": [("train", "y")],
}


@pytest.mark.parametrize(
    ("paths", "kind", "expected", "problem"),
    [
        ("ab", "copy", "copy", True),
        ("ac", "copy", "copy across splits", True),
        ("ad", "copy", "copy with another label", True),
        ("ab", "look-alike", "look-alike", False),
        ("dc", "look-alike", "look-alike across splits", True),
        ("bd", "look-alike", "look-alike with another label", True),
        ("ad", "mirrored", "mirrored", False),
        ("ac", "mirrored", "mirrored across splits", True),
    ],
)
def test_kinds_of_copies(paths, kind, expected, problem):
    found = findings.of_copies(Copies(tuple(paths), 1.5), kind, WHERE)
    assert (found.kind, found.problem) == (expected, problem)
    assert "up to 1.5 bits apart" in found.detail
    assert ("in train, test" in found.detail) == ("c" in paths)


def _copy(paths):
    return findings.of_copies(Copies(tuple(paths)), "copy", WHERE)


def test_what_is_certain_goes_into_quarantine():
    broken = findings.Finding("empty", ("e",), "0 bytes")
    alike = findings.of_copies(Copies(("a", "c")), "look-alike", WHERE)
    assert quarantined([broken, alike], WHERE, ["train", "test"]) == {
        "e": "empty: 0 bytes"
    }
    for paths, spare in (
        ("ab", ["b"]),
        ("abc", ["a", "b"]),
        ("ad", ["a", "d"]),
    ):
        found = quarantined([_copy(paths)], WHERE, ["train", "test"])
        assert list(found) == spare


INFO = decode.VideoInfo(
    num_frames=50,
    fps=25.0,
    duration=2.0,
    height=4,
    width=4,
    rotation=90,
    codec="h264",
    pix_fmt="yuv420p",
    key_frame_spacing=10.0,
    variable_rate=True,
    has_audio=False,
    size_bytes=1,
)


def test_limits():
    record = FileRecord("a", num_frames=50, info=INFO)

    def kinds(**limits):
        found = findings.of_file(record, findings.Limits(**limits))
        return [finding.kind for finding in found]

    assert kinds() == ["rotated", "variable rate"]
    assert kinds(min_seconds=2.1)[0] == "short"
    assert kinds(max_seconds=1.9)[0] == "long"
    for name in ("min_seconds", "max_seconds", "bits", "imbalance"):
        with pytest.raises(ValueError, match=name):
            findings.Limits(**{name: -1})


def test_sizes_of_classes():
    counts = {"train": {"a": 41, "b": 2}, "test": {"a": 3, "b": 0}}
    kinds = [f.kind for f in findings.of_classes(counts, findings.Limits())]
    assert kinds == ["unbalanced", "no files"]
    even = findings.Limits(imbalance=21)
    assert len(findings.of_classes(counts, even)) == 1


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """Two splits with a bit of everything."""
    folder = tmp_path_factory.mktemp("collection")
    _touch(folder, "train/run/empty.mp4", "train/jump/_", "test/run/_")

    def write(name, frames, **options):
        decode.write_video(folder / name, frames, fps=10, **options)

    write("train/run/1.mp4", scene(1))
    write("train/run/2.mp4", scene(2))
    write("train/jump/3.mp4", scene(3))
    write("train/jump/4.mp4", scene(4, 2))
    (folder / "test/jump").mkdir()
    copy = (folder / "train/jump/3.mp4").read_bytes()
    (folder / "test/jump/equal.mp4").write_bytes(copy)
    write("test/jump/small.mp4", scene(1)[:, ::2, ::2], options={"crf": "30"})
    write("test/run/mirrored.mp4", np.ascontiguousarray(scene(2)[:, :, ::-1]))
    return folder


def test_the_whole_pass(collection):
    seen = []

    def track(files, total):
        seen.append(total)
        return files

    splits = doctor.open_splits(collection)
    found = doctor.diagnose(splits, workers=1, track=track)
    assert seen == [8] and not found.ok
    names = {
        finding.kind: sorted(path.split("/")[-1] for path in finding.paths)
        for finding in found.findings
    }
    assert names == {
        "empty": ["empty.mp4"],
        "short": ["4.mp4"],
        "copy across splits": ["3.mp4", "equal.mp4"],
        "look-alike across splits": ["1.mp4", "small.mp4"],
        "mirrored across splits": ["2.mp4", "mirrored.mp4"],
    }
    assert list(found.counts()) == list(names)
    left_out = [path.split("/")[-1] for path in found.quarantine]
    assert left_out == ["empty.mp4", "3.mp4"]
    assert found.classes["test"] == {"jump": 2, "run": 1}
    assert found.clips_per_second > 1
    fields = json.loads(json.dumps(found.to_dict()))
    assert fields["findings"][0]["problem"] and not fields["ok"]
    assert "8 files" in " ".join(found.facts())


def test_a_clean_collection_and_wrong_arguments(collection):
    paths = [str(collection / f"train/run/{n}.mp4") for n in (1, 2)]
    splits = {"all": Listing(paths, [0, 0], ["run"])}
    found = doctor.diagnose(splits, workers=2)
    assert found.ok and found.findings == [] and found.quarantine == {}
    with pytest.raises(ValueError, match="timeout"):
        doctor.diagnose(splits, timeout=0)

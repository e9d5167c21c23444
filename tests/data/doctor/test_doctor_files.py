"""One file, processes that crash, and what videos look like."""

import os
import time

import numpy as np
import pytest

from kvideo.data import FrameFiles, decode
from kvideo.data.doctor import hashes
from kvideo.data.doctor.copies import equal_files, look_alikes
from kvideo.data.doctor.examine import FileRecord, examine
from kvideo.data.doctor.isolated import Failure, call_all
from kvideo.data.doctor.pictures import _strip
from tests.support.videos import write_numbered_video, write_sound


def scene(seed, num_frames=9, size=64):
    """A picture of blocks that moves to the right."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 255, (8, 8, 3), np.uint8)
    picture = blocks.repeat(size // 8, 0).repeat(size // 8, 1)
    return np.stack([np.roll(picture, 2 * n, 1) for n in range(num_frames)])


def test_a_sound_file(tmp_path):
    path = write_numbered_video(tmp_path / "a.mp4", 9)
    found = examine(str(path))
    assert (found.kind, found.num_frames) == (None, 9)
    assert found.info == decode.probe(path)
    assert 0 < found.seconds < 5
    assert examine(str(path), deep=True).kind is None


def test_files_that_break(tmp_path):
    empty = tmp_path / "empty.mp4"
    empty.touch()
    text = tmp_path / "text.mp4"
    text.write_text("no video" * 100)
    sound = write_sound(tmp_path / "sound.wav")
    whole, cut = tmp_path / "whole.mkv", tmp_path / "cut.mkv"
    decode.write_video(whole, scene(0, 30))
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) * 6 // 10])
    kinds = {empty: "empty", text: "unreadable", sound: "no picture"}
    for path, kind in (kinds | {cut: "truncated"}).items():
        found = examine(str(path))
        assert (found.kind, found.path) == (kind, str(path))
        assert found.reason
    assert "promises is missing" in examine(str(cut)).reason


def test_deep_finds_what_lies_between_the_frames(tmp_path, monkeypatch):
    path = write_numbered_video(tmp_path / "a.mp4", 9)
    monkeypatch.setattr(decode, "check_frames", lambda path: (8, 1))
    assert examine(str(path)).kind is None
    found = examine(str(path), deep=True)
    assert found.kind == "damaged"
    assert found.reason.startswith("of 9 frames 8 can be decoded, 1 of them")


def test_readers_of_their_own(tmp_path):
    images = pytest.importorskip("PIL.Image")
    for number, frame in enumerate(scene(0, 5)):
        images.fromarray(frame).save(tmp_path / f"{number}.png")
    files = FrameFiles("{}.png", first=0)
    found = examine(str(tmp_path), files)
    assert (found.kind, found.num_frames, found.info) == (None, 5, None)
    assert found.hashes.shape == (2, 4)
    assert examine(str(tmp_path / "none"), files).kind == "unreadable"


def _answer(word):
    if word == "crash":
        os._exit(3)
    if word == "hang":
        time.sleep(60)
    if word == "raise":
        raise KeyError(word)
    if word == "print":
        os.write(1, b"noise")
    return word


def test_processes_that_fail_cost_their_answer_alone():
    words = ["a", "crash", "b", "hang", "raise", "print"]
    jobs = [(word,) for word in words]
    found = list(call_all(_answer, jobs, workers=1, timeout=10))
    reasons = {
        w: a.reason
        for w, a in zip(words, found, strict=True)
        if isinstance(a, Failure)
    }
    assert [a for a in found if not isinstance(a, Failure)] == [
        "a",
        "b",
        "print",
    ]
    assert reasons == {
        "crash": "the decoder crashed (status 3)",
        "hang": "reading took longer than 10 seconds",
        "raise": "KeyError: 'raise'",
    }


def test_shrink_averages_areas():
    image = np.arange(24, dtype=np.uint8).reshape(4, 6, 1)
    np.testing.assert_array_equal(
        hashes.shrink(image, 2, 3)[..., 0],
        image[..., 0].reshape(2, 2, 3, 2).mean((1, 3)),
    )
    larger = hashes.shrink(image, 8, 6)[..., 0]
    np.testing.assert_array_equal(larger, image[..., 0].repeat(2, 0))


def test_hashes_are_the_signs_of_low_frequencies():
    frame = scene(3, 1)
    number = int(hashes.fingerprint(frame)[0, 0])
    gray = hashes.shrink(frame[0], 32, 32) @ [0.299, 0.587, 0.114]
    places = np.arange(32) + 0.5
    low = [
        sum(
            gray[y, x]
            * np.cos(np.pi * u * places[y] / 32)
            * np.cos(np.pi * v * places[x] / 32)
            for y in range(32)
            for x in range(32)
        )
        for u in range(8)
        for v in range(8)
    ][1:]
    bits = [int(value > np.median(low)) for value in low]
    assert [(number >> i) & 1 for i in range(64)] == [*bits, 0]


def test_flat_frames_have_no_hash():
    frames = scene(0, 4)
    frames[1] = 7
    prints = hashes.fingerprint(frames)
    assert prints[0, 1] == prints[1, 1] == 0
    assert prints[0, 0] != prints[1, 0]
    frames[2:] = 9
    assert hashes.fingerprint(frames) is None


def _distance(a, b):
    return np.bitwise_count(a ^ b).mean()


def test_hashes_stay_near_when_pictures_change_little():
    frames = scene(1)[[1, 3, 4, 6]]
    plain, mirrored = hashes.fingerprint(frames)
    noise = np.random.default_rng(0).normal(0, 10, frames.shape)
    for changed in (
        (frames + noise).clip(0, 255).astype(np.uint8),
        frames[:, ::2, ::2],
        (frames * 0.6 + 40).astype(np.uint8),
    ):
        assert _distance(hashes.fingerprint(changed)[0], plain) <= 4
    turned = hashes.fingerprint(frames[:, :, ::-1])
    assert _distance(turned[0], mirrored) == 0
    assert _distance(turned[0], plain) > 16
    assert _distance(hashes.fingerprint(scene(2)[:4])[0], plain) > 16


def test_near_is_every_pair(monkeypatch):
    monkeypatch.setattr(hashes, "_BLOCK", 50)
    rng = np.random.default_rng(0)
    words = rng.integers(0, 16, (20, 3), np.uint64)
    blocks = list(hashes.near(words, words, 1.5))
    assert len(blocks) == 10
    found = {
        (int(i), int(j)): float(d)
        for block in blocks
        for i, j, d in zip(*block, strict=True)
    }
    expected = {
        (i, j): float(_distance(words[i], words[j]))
        for i in range(20)
        for j in range(i + 1, 20)
        if _distance(words[i], words[j]) <= 1.5
    }
    assert found == expected and expected


def _record(path, plain, mirrored=0):
    prints = np.array([[plain] * 4, [mirrored] * 4], np.uint64)
    return FileRecord(path, hashes=prints)


def test_look_alikes_are_chains():
    far = (1 << 63) - 1
    records = [
        _record("a", 0, far),
        _record("b", 0b11, far ^ 1),
        _record("c", 0b1111, far ^ 3),
        _record("d", far << 20 & far),
        FileRecord("broken"),
        _record("e", far, 0),
    ]
    alike, mirrored = look_alikes(records, 2)
    [group] = alike
    assert (group.paths, group.distance) == (("a", "b", "c"), 2)
    [group] = mirrored
    assert group.paths == ("a", "b", "c", "e")
    assert look_alikes(records[:1], 2) == ([], [])


def test_equal_files(tmp_path):
    first = write_numbered_video(tmp_path / "1.mp4", 3)
    same, padded = tmp_path / "2.mp4", tmp_path / "3.mp4"
    same.write_bytes(first.read_bytes())
    # As large, but other bytes.
    padded.write_bytes(first.read_bytes()[:-1] + b"x")
    records = [
        FileRecord(str(p), info=decode.probe(first))
        for p in (padded, first, same)
    ]
    [group] = equal_files(records)
    assert group.paths == (str(first), str(same))


def test_strips(tmp_path):
    path = tmp_path / "a.mp4"
    decode.write_video(path, scene(0, 5))
    strip = _strip(str(path), None)
    assert strip.shape == (72, 3 * 72, 3)
    assert strip.dtype == np.uint8
    assert np.abs(strip[:, :72] - strip[:, -72:].astype(int)).mean() > 1

import inspect

import pytest
from PIL import Image

from kvideo.data import FrameFiles, Listing, video_dataset
from tests.support.videos import (
    frame_numbers,
    numbered_frames,
    write_numbered_video,
)

SMALL = {"num_frames": 2, "frame_size": 8, "batch_size": 2, "verbose": False}
FIXED = {"shuffle": False, "sampler": "uniform", **SMALL}


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("videos")
    files = [folder / f"{number}.mp4" for number in range(7)]
    for number in (0, 2, 4, 5, 6):
        write_numbered_video(files[number], 50, tag=10 * number)
    return [str(path) for path in files]


def _tags(clips):
    return (clips[:, 0, 0, 0, 2].numpy() / 10).astype(int).tolist()


@pytest.mark.filterwarnings("ignore:Epoch")
@pytest.mark.parametrize("batch_size", [2, 3])
def test_batch_paths_name_the_files_of_every_batch(paths, batch_size):
    options = SMALL | {"batch_size": batch_size, "seed": 0}
    dataset = video_dataset(Listing(paths), initial_epoch=2, **options)
    for epoch in (2, 3):
        batches = list(dataset)
        for number, clips in enumerate(batches):
            found = dataset.batch_paths(epoch, number)
            assert found == [paths[tag] for tag in _tags(clips)]
        with pytest.raises(IndexError):
            dataset.batch_paths(epoch, len(batches))


def test_segments_of_one_video(paths):
    # Two frames of a part, its first and its last, at 25 frames a second.
    listing = Listing(
        [paths[0]] * 3, [0, 1, 0], ["a", "b"], [(0, 0.4), (1, 1.2), None]
    )
    dataset = video_dataset(listing, **FIXED)
    numbers = [frame_numbers(c.numpy()) for x, _ in dataset for c in x]
    assert numbers == [[0, 9], [25, 29], [0, 49]]
    assert dataset.segments == listing.segments


def test_shares_are_the_whole_together(paths):
    options = SMALL | {"seed": 0, "batch_size": 1}
    readable = [paths[number] for number in (0, 2, 4, 5, 6)]
    whole = [_tags(x)[0] for x in video_dataset(Listing(readable), **options)]
    for count in (2, 3):
        for number in range(count):
            share = video_dataset(
                Listing(readable), share=(number, count), **options
            )
            tags = [_tags(x)[0] for x in share]
            assert tags == whole[number::count]
            assert int(share.cardinality()) == len(tags)
            last = share.batch_paths(0, len(tags) - 1)
            assert last == [paths[tags[-1]]]
            assert sorted(share.file_paths) == readable


def test_shares_that_cannot_be(paths):
    for share in [(1, 1), (-1, 2), (0, 1, 2), (0, 1.5)]:
        with pytest.raises(ValueError, match=r"`share` should be \(i, n\)"):
            video_dataset(Listing(paths), share=share, **SMALL)
    with pytest.raises(ValueError, match=r"fewer files.*7 of them.*\(7, 8\)"):
        video_dataset(Listing(paths), share=(7, 8), **SMALL)


def test_several_labels_are_a_dictionary(paths):
    listing = Listing(
        [paths[0], paths[2]],
        {"verb": [2, 0], "noun": [0, 1]},
        {"verb": ["a", "b", "c"], "noun": ["d", "e"]},
    )
    dataset = video_dataset(listing, **FIXED)
    [(_, labels)] = dataset
    assert {k: v.numpy().tolist() for k, v in labels.items()} == {
        "verb": [2, 0],
        "noun": [0, 1],
    }
    assert dataset.class_names == listing.class_names
    one_hot = video_dataset(listing, label_mode="categorical", **FIXED)
    assert one_hot.element_spec[1]["verb"].shape == (None, 3)
    with pytest.raises(ValueError, match="several labels cannot change"):
        video_dataset(listing, horizontal_flip={"a": "b"}, **FIXED)


def test_what_was_found_is_printed(paths, capsys):
    listing = Listing(
        [paths[0]], {"verb": [0], "noun": [1]}, {"verb": "ab", "noun": "cde"}
    )
    video_dataset(listing, **(SMALL | {"verbose": True}))
    text = capsys.readouterr().out
    assert "Found 1 files belonging to 2 verb and 3 noun classes." in text


def test_folders_of_images(tmp_path):
    for number, frame in enumerate(numbered_frames(5)):
        Image.fromarray(frame).save(tmp_path / f"{number:03d}.png")
    listing = Listing([str(tmp_path)], files=FrameFiles("{:03d}.png", first=1))
    [clips] = video_dataset(listing, **FIXED)
    assert frame_numbers(clips[0].numpy()) == [1, 4]


def test_the_signature_has_the_options():
    with pytest.raises(TypeError, match="frame_sise"):
        video_dataset(Listing(["a"]), frame_sise=8)
    options = inspect.signature(video_dataset).parameters
    assert options["num_parallel_calls"].default is None
    assert options["batch_size"].default == 8

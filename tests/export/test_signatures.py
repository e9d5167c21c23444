"""The signatures of a SavedModel beside `load_clip` and the network."""

import dataclasses
import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kvideo.data import ClipSpec, load_clip, open_shards, sampling, write_shards
from kvideo.data.decode import read_frames, write_video
from kvideo.export import export_saved_model
from kvideo.export.signatures import make_signatures
from tests.support.videos import numbered_frames

FRAMES = 6  # of a clip of the room's network
ATOL = 1e-6  # of a probability: the clips are equal, to the bit


@pytest.fixture(scope="module")
def signatures(model, card, tmp_path_factory):
    path = tmp_path_factory.mktemp("served") / "model"
    export_saved_model(model, path, card, top=2)
    loaded = tf.saved_model.load(str(path))
    yield loaded.signatures
    del loaded  # the signatures do not own the weights


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two videos of other sizes than the network's, in a class folder."""
    folder = tmp_path_factory.mktemp("videos")
    (folder / "a").mkdir()
    options = {"crf": "0", "preset": "ultrafast"}
    for number in range(2):
        frames = 9 * numbered_frames(9 + number, (18, 26), tag=80 * number)
        write_video(
            *(folder / "a" / f"{number}.mp4", frames),
            **{"codec": "libx264rgb", "options": options},
        )
    return folder


@pytest.fixture(scope="module")
def spec(card):
    return ClipSpec.from_dict(card.clip_spec)


@pytest.fixture(scope="module")
def sampled(folder, spec):
    """uint8 (2, T, 18, 26, 3): the frames that make the clips."""
    return np.stack(
        [
            read_frames(
                folder / "a" / f"{number}.mp4",
                sampling.sample(9 + number, spec),
            )
            for number in range(2)
        ]
    )


@pytest.fixture(scope="module")
def wanted(folder, spec, model):
    """What the network says of the clips that `load_clip` makes."""
    paths = sorted(folder.rglob("*.mp4"))
    clips = np.stack([load_clip(path, spec) for path in paths])
    probabilities = model.predict(clips, verbose=0)
    assert np.abs(probabilities[0] - probabilities[1]).max() > 0.01
    return probabilities


def images(clips, kind="png", **options):
    """Clips as image files: a list of T for each."""

    def encoded(frame):
        file = io.BytesIO()
        Image.fromarray(frame).save(file, kind, **options)
        return file.getvalue()

    return [[encoded(frame) for frame in clip] for clip in clips]


def test_serving_default_names_classes(signatures, clips, expected, card):
    found = signatures["serving_default"](clips=tf.constant(clips))
    np.testing.assert_allclose(found["probabilities"], expected, atol=1e-5)
    ids = np.argsort(-expected, axis=1)[:, :2]
    np.testing.assert_array_equal(found["class_ids"], ids)
    names = [[card.class_names[i].encode() for i in row] for row in ids]
    assert found["class_names"].numpy().tolist() == names


def test_uint8_frames_of_any_size(signatures, sampled, wanted):
    found = signatures["serve_uint8"](clips=tf.constant(sampled))
    np.testing.assert_allclose(found["probabilities"], wanted, atol=ATOL)


def test_images(signatures, sampled, wanted):
    serve = signatures["serve_jpeg"]
    found = serve(frames=tf.constant(images(sampled)))["probabilities"]
    np.testing.assert_allclose(found, wanted, atol=ATOL)


def test_jpeg_images_lose_little(signatures, sampled, wanted):
    frames = images(sampled, "jpeg", quality=95)
    found = signatures["serve_jpeg"](frames=tf.constant(frames))
    # What JPEG loses of these frames, which are a gradient over 26 pixels.
    np.testing.assert_allclose(found["probabilities"], wanted, atol=0.02)


def test_the_frames_of_clips_may_differ_in_size(signatures, sampled):
    serve = signatures["serve_jpeg"]
    small, large = images([sampled[0], sampled[1][:, :10]])
    together = serve(frames=tf.constant([small, large]))["probabilities"]
    for row, clip in zip(together, (small, large), strict=True):
        alone = serve(frames=tf.constant([clip]))["probabilities"]
        np.testing.assert_allclose(row, alone[0], atol=ATOL)


def records_of(folder):
    files = sorted(map(str, folder.glob("*.tfrecord")))
    return [r.numpy() for r in tf.data.TFRecordDataset(files)]


@pytest.fixture(scope="module")
def shards(folder, tmp_path_factory):
    to = tmp_path_factory.mktemp("shards") / "to"
    write_shards(folder, to)
    return to


def test_records_of_shards(signatures, shards, spec, model):
    listing = open_shards(shards)
    clips = [
        load_clip(p, spec, files=listing.files) for p in listing.file_paths
    ]
    wanted = model.predict(np.stack(clips), verbose=0)
    found = signatures["serve_example"](
        examples=tf.constant(records_of(shards))
    )
    np.testing.assert_allclose(found["probabilities"], wanted, atol=ATOL)


def frame_means(clips):
    """Instead of a network: tells frames apart."""
    return tf.reduce_mean(clips, axis=(2, 3, 4)) / 255


def test_records_are_read_at_a_frame_rate(shards, spec):
    spec = dataclasses.replace(spec, target_fps=11.0)
    listing, records = open_shards(shards), records_of(shards)
    clip = load_clip(listing.file_paths[1], spec, files=listing.files)

    serve = make_signatures(frame_means, clip.shape, spec, list("012345"), 1)
    serve = serve["serve_example"]
    np.testing.assert_allclose(
        serve(tf.constant(records[1:]))["probabilities"],
        frame_means(clip[None]),
        atol=ATOL,
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"clip\] \[1\]"):
        serve(tf.constant([records[0], example([b"no times"])]))


@pytest.mark.parametrize("rate", [10.0, 25.0, 60.0])
def test_records_of_another_rate_are_read_by_time(shards, spec, rate):
    spec = dataclasses.replace(spec, sampler="dense", frame_rate=rate)
    listing, records = open_shards(shards), records_of(shards)
    clip = load_clip(listing.file_paths[1], spec, files=listing.files)
    counted = load_clip(
        listing.file_paths[1], spec.read_at(0), files=listing.files
    )
    assert np.array_equal(clip, counted) == (rate == 25)
    names = [str(n) for n in range(spec.num_frames)]
    serve = make_signatures(frame_means, clip.shape, spec, names, 1)
    np.testing.assert_allclose(
        serve["serve_example"](tf.constant(records[1:]))["probabilities"],
        frame_means(clip[None]),
        atol=ATOL,
    )
    # Without times frames are as they are.
    black = serve["serve_example"](tf.constant([example(GOOD)]))
    assert np.all(black["probabilities"].numpy() < 0.01)


def example(frames, encoding=b"jpeg"):
    """A serialised record as other programs may write it."""
    columns = {"frames": frames, "encoding": [encoding]}
    feature = {
        name: tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
        for name, values in columns.items()
    }
    features = tf.train.Features(feature=feature)
    return tf.train.Example(features=features).SerializeToString()


GOOD = images(np.zeros((1, FRAMES, 9, 9, 3), np.uint8), "jpeg")[0]
CUT = GOOD[0][: len(GOOD[0]) // 2]
RECORD = example(GOOD[:2])
NAN = np.full((2, FRAMES, 12, 12, 3), [[[[[1]]]], [[[[np.nan]]]]], "float32")


@pytest.mark.parametrize(
    ("signature", "inputs", "words"),
    [
        ("serving_default", NAN, r"finite numbers.*clip\] \[1\]"),
        ("serving_default", NAN[0], r"clips \[6,12,12,3\] is not compatible"),
        ("serving_default", NAN[:0], r"one clip or more.*\[0 6 12 12 3\]"),
        ("serve_uint8", np.zeros((0, 6, 9, 9, 3), "u1"), "one clip or more"),
        ("serve_uint8", np.zeros((1, 6, 9, 9, 1), "u1"), "not compatible"),
        ("serve_uint8", np.zeros((1, 10_000, 1, 1, 3), "u1"), r"\[1 10000 1"),
        ("serve_uint8", np.zeros((1, 5, 9, 9, 3), "u1"), r"6, h, w.*\[1 5 9"),
        ("serve_uint8", np.zeros((1, 6, 0, 9, 3), "u1"), r"above 0.*\[1 6 0"),
        ("serve_jpeg", [GOOD[1:]], r"\(B, 6\).*\[1 5\]"),
        ("serve_jpeg", GOOD, "not compatible with expected shape"),
        ("serve_jpeg", [[b"no", *GOOD[1:]]], r"clip\] \[0\] \[frame\] \[0\]"),
        ("serve_jpeg", [GOOD, [*GOOD[:4], CUT, b""]], r"\[1\] \[frame\] \[4\]"),
        ("serve_example", [RECORD, b"\xff\xff"], r"record.*clip\] \[1\]"),
        ("serve_example", [example([])], r"record.*clip\] \[0\]"),
        ("serve_example", [example(GOOD, b"video")], r"record.*clip\] \[0\]"),
        ("serve_example", [RECORD, example([CUT])], r"image.*clip\] \[1\]"),
    ],
)
def test_a_bad_input_is_named_and_the_next_is_served(
    signatures, signature, inputs, words
):
    (name,) = signatures[signature].structured_input_signature[1]
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        signatures[signature](**{name: tf.constant(inputs)})
    found = signatures["serve_example"](examples=tf.constant([RECORD]))
    assert np.isfinite(found["probabilities"]).all()


def test_nan_for_an_answer_is_told(spec):
    def network(clips):
        first = clips[:, 0, 0, 0, :2]
        return tf.where(first < 9.0, first, np.nan)

    served = make_signatures(network, (*NAN.shape[1:4], 3), spec, ["a"] * 2, 1)
    frames = np.zeros((2, FRAMES, 9, 9, 3), "u1")
    served["serve_uint8"](tf.constant(frames))
    frames[1] = 9
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"clip\] \[1\]"):
        served["serve_uint8"](tf.constant(frames))


def test_flow_has_no_images(spec):
    found = make_signatures(None, (*NAN.shape[1:4], 2), spec, ["a"], 1)
    assert sorted(found) == ["serve_uint8", "serving_default"]


def test_the_card_must_make_the_clips_of_the_network(model, card, tmp_path):
    changed = card.clip_spec | {"num_frames": 8}
    card = dataclasses.replace(card, clip_spec=changed)
    with pytest.raises(ValueError, match=r"\(6, 12, 12\).*num_frames=8"):
        export_saved_model(model, tmp_path / "out", card)
    assert not list(tmp_path.iterdir())


def test_top_is_at_least_one(model, card, tmp_path):
    with pytest.raises(ValueError, match="top=0"):
        export_saved_model(model, tmp_path / "out", card, top=0)

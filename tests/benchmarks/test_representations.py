"""Networks on motion representations, and what the benchmark prints."""

import json

import numpy as np
import pytest

from tests.support.benchmarks import FOLDER, load


@pytest.fixture(scope="module")
def networks():
    return load("representation_networks")


@pytest.fixture(scope="module")
def bench():
    return load("representations")


def test_every_representation_makes_one_image_a_segment(networks):
    import keras

    rng = np.random.default_rng(0)
    clip = rng.normal(size=(2, 12, 16, 16, 3)).astype("float32")
    for name, represent in networks.REPRESENTATIONS.items():
        inputs = networks.clip_input(name, 2, 16)
        model = keras.Model(inputs, represent(inputs))
        images = np.asarray(model(clip[..., : inputs.shape[-1]]))
        channels = {"RGB difference": 15, networks.FLOW: 10}.get(name, 3)
        assert images.shape == (2, 2, 16, 16, channels), name


def test_squeezed_images_of_a_segment_depend_on_it_alone(networks):
    import keras

    inputs = keras.Input((12, 8, 8, 3))
    model = keras.Model(inputs, networks.squeezed_image(inputs))
    clip = np.random.default_rng(0).normal(size=(1, 12, 8, 8, 3))
    other = clip.copy()
    other[:, 6:] += 1
    first, second = (np.asarray(model(c)) for c in (clip, other))
    np.testing.assert_array_equal(first[:, 0], second[:, 0])
    assert np.abs(first[:, 1] - second[:, 1]).min() > 0.1


def test_flow_of_a_segment_is_its_five_fields(networks):
    clip = np.zeros((1, 12, 1, 1, 2), "float32")
    clip[..., 0] = np.arange(12)[:, None, None]
    clip[..., 1] = -clip[..., 0]
    stacked = np.asarray(networks.stacked_flow(clip)).reshape(2, 5, 2)
    assert stacked[..., 0].tolist() == [[0, 1, 2, 3, 4], [6, 7, 8, 9, 10]]
    np.testing.assert_array_equal(stacked[..., 1], -stacked[..., 0])


def test_flow_is_computed_once_and_points_where_things_go(
    tmp_path, monkeypatch
):
    pytest.importorskip("skimage")
    # The processes that compute it import the script, too.
    monkeypatch.syspath_prepend(FOLDER)
    flow_clips = load("flow_clips")

    rng = np.random.default_rng(0)
    coarse = rng.uniform(40, 200, (1, 6, 6, 3))
    frame = np.kron(coarse, np.ones((1, 4, 4, 1)))[0].astype("uint8")
    video = np.stack([np.roll(frame, t, axis=1) for t in range(3)])
    data = {"test": (np.stack([video, video[::-1]]), np.array([4, 5]))}
    path = tmp_path / "flow.npz"
    fields, labels = flow_clips.flow_of_all(data, path)["test"]
    assert fields.shape == (2, 2, 24, 24, 2) and labels.tolist() == [4, 5]
    right = np.median(fields[..., 0], axis=(1, 2, 3))
    assert right[0] > 128 > right[1]
    written = path.stat().st_mtime_ns
    again, _ = flow_clips.flow_of_all(data, path)["test"]
    np.testing.assert_array_equal(again, fields)
    assert path.stat().st_mtime_ns == written


def test_costs_beside_the_thesis(bench):
    """Table 3.12: DA 0.23 G, 7.13 K, where SPEC counts 7,039; Table 5.1:
    MBPM 0.2 K."""
    params, macs = bench.cost("Dynamic appearance (PWTP)", *bench.THESIS)
    assert params == 7039
    assert macs == pytest.approx(0.23e9, rel=0.1)
    assert bench.cost("MBPM", *bench.THESIS)[0] == 252
    assert bench.cost("RGB", *bench.THESIS) == (0, 0)


def test_times_are_taken_for_every_model(bench):
    import keras

    models = {
        name: keras.Sequential([keras.Input((2, 4, 4, 3)), layer])
        for name, layer in (
            ("a", keras.layers.Flatten()),
            ("b", keras.layers.Activation("relu")),
        )
    }
    found = bench.times(models, runs=3)
    assert set(found) == {"a", "b"} and min(found.values()) > 0


def test_accuracies_are_those_on_file(bench, networks, tmp_path):
    for seed, top1 in enumerate((0.25, 0.75)):
        path = tmp_path / "representations-tsm" / f"mbpm-{seed}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"top1": top1}))
    found = bench.accuracies(tmp_path)
    assert found["representations-tsm"]["MBPM"] == "50.0 (2)"
    assert found["representations-tsn"]["MBPM"] == "-"
    assert set(found["representations-tsn"]) == set(networks.REPRESENTATIONS)


def test_picture_of_both_representations(networks):
    pictures = load("representation_pictures")

    models = {name: networks.network(name) for name in pictures.SHOWN}
    video = np.random.default_rng(0).integers(0, 255, (30, 64, 64, 3))
    picture = pictures.draw(models, [video, video])
    # Four segments, five rows with titles; two videos side by side.
    width = 4 * 64 + 3 * 4
    assert picture.shape == (5 * (20 + 64) + 4 * 4, 2 * width + 24, 3)
    np.testing.assert_array_equal(picture[:, :width], picture[:, width + 24 :])

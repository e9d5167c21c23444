from functools import partial

import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications import BQN, TSM, X3D, SlowFast
from kvideo.backbones import resnet, walk
from kvideo.layers import NonLocal, TemporalShift
from tests.support.tflite import check_tflite

SHAPE = (4, 32, 32, 3)
quiet = partial(kvideo.insert, verbose=False)


def clips(shape=SHAPE, seed=0):
    values = np.random.default_rng(seed).uniform(0, 255, (2, *shape))
    return values.astype("float32")


def tsm(**arguments):
    keras.utils.set_random_seed(0)
    arguments = {"classes": 3, "input_shape": SHAPE} | arguments
    return TSM(variant="resnet_nano", **arguments)


def images():
    """A small residual network of images, per frame as Keras' own."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(4, 3, padding="same", name="conv1")(x)
    y = keras.layers.Conv2D(4, 1, name="block1_conv")(x)
    x = keras.layers.Add(name="block1_out")([x, y])
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dense(3, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x)


@keras.saving.register_keras_serializable("test")
class Twice(keras.layers.Layer):
    """Not the identity: shows where it stands."""

    def call(self, x):
        return 2 * x


def new_layers(network, part="_inserted"):
    return [x.name for x in network.layers if x.name.endswith(part)]


def test_behind_the_last_layer_of_a_step():
    """Equal to the network cut in two, with the operator in between."""
    network = tsm()
    inserted = quiet(network, Twice, "res3_block1")
    end = network.get_layer("res3_block1_relu3").output
    first = keras.Model(network.input, end)
    second = keras.Model(end, network.output)
    np.testing.assert_allclose(
        inserted(clips()), second(2 * first(clips())), atol=1e-6
    )
    assert np.abs(inserted(clips()) - network(clips())).max() > 1e-4


def test_an_operator_that_starts_as_the_identity_changes_nothing():
    network = tsm()
    # Statistics that are not those of a new network are copied too.
    network(clips(), training=True)
    before = np.array(network(clips()))
    inserted = quiet(network, NonLocal, "res3_*, res4_block1", part="nl")
    np.testing.assert_array_equal(inserted(clips()), before)
    names = ["res3_block1_nl", "res4_block1_nl"]
    assert new_layers(inserted, "_nl") == names


def test_the_network_is_left_as_it_was():
    network = tsm()
    network.compile("sgd", "categorical_crossentropy")
    before = network.get_weights()
    inserted = quiet(network, NonLocal, "res3_block1")
    assert network.compiled and not inserted.compiled
    for weight in inserted.trainable_weights:
        weight.assign(weight + 1)
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert all(len(layer._inbound_nodes) == 1 for layer in network.layers)


def test_it_saves_and_loads(tmp_path):
    inserted = quiet(tsm(), NonLocal, "res3_block1")
    inserted.get_layer("res3_block1_inserted").bn.gamma.assign(np.ones(64))
    inserted.save(tmp_path / "model.keras")
    revived = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(revived(clips()), inserted(clips()))


def test_a_step_that_was_inserted_into_ends_later():
    once = quiet(tsm(), Twice, "res3_block1")
    twice = quiet(once, Twice, "res3_block1", part="again")
    second = twice.get_layer("res3_block1_again")
    assert second.input is twice.get_layer("res3_block1_inserted").output


def test_layers_that_are_no_end_of_a_step():
    inserted = quiet(tsm(), Twice, ["res3_block1_conv2"])
    assert new_layers(inserted) == ["res3_block1_conv2_inserted"]


def test_the_end_of_a_network_without_top():
    network = tsm(include_top=False)
    inserted = quiet(network, Twice, "res5_block1")
    np.testing.assert_allclose(
        inserted(clips()), 2 * network(clips()), rtol=1e-6
    )


@pytest.mark.parametrize(
    ("builder", "shape", "after", "places"),
    [
        (X3D, SHAPE, "*_block2, conv5", 3),
        (BQN, (6, 64, 64, 3), "busy_res3_*, *_res4_block1", 3),
        # Before the fast features go to the slow pathway, and after.
        (SlowFast, SHAPE, "fast_res2_block1, fuse*", 5),
    ],
)
def test_networks_of_other_forms(builder, shape, after, places):
    network = builder(variant="nano", input_shape=shape, classes=3)
    inserted = quiet(network, partial(TemporalShift, fold_div=10**6), after)
    assert len(new_layers(inserted)) == places
    np.testing.assert_array_equal(inserted(clips(shape)), network(clips(shape)))


def test_it_says_what_was_added(capsys):
    network = tsm()
    before = kvideo.count(network)
    after = kvideo.count(kvideo.insert(network, NonLocal, "res3_block1"))
    said = capsys.readouterr().out
    # 2 C^2 + 4.5 C weights of the layer, C = 64, and BN's moving statistics.
    assert after.params - before.params == 2 * 64**2 + 4.5 * 64 + 2 * 64
    assert f"after res3_block1: {after.params - before.params:,} param" in said
    assert f"{after.macs - before.macs:,} multiply-accumulates" in said
    share = 100 * (after.macs / before.macs - 1)
    assert f"(+{share:.1f} %)" in said


def test_without_a_known_size_only_parameters_are_told(capsys):
    network = tsm(input_shape=(None, None, None, 3))
    kvideo.insert(network, NonLocal, "res3_block1")
    assert "8,608 parameters (multiply-acc" in capsys.readouterr().out


def test_steps_of_a_backbone():
    spec = resnet.SPECS["tsn_resnet_nano"]
    steps = quiet(resnet.steps(spec), Twice, "res3_*, res5_block1")
    inputs = keras.Input(SHAPE)
    network = keras.Model(inputs, walk(steps, inputs))
    names = ["res3_block1_inserted", "res5_block1_inserted"]
    assert new_layers(network) == names


def test_a_network_of_images_sees_clips():
    network = images()
    inserted = quiet(network, Twice, "block1_out", frames=4)
    x = clips((4, 8, 8, 3))
    end = network.get_layer("block1_out").output
    first = keras.Model(network.input, end)
    second = keras.Model(end, network.output)
    frames = second(2 * first(x.reshape(8, 8, 8, 3)))
    expected = np.reshape(frames, (2, 4, 3)).mean(1)
    np.testing.assert_allclose(inserted(x), expected, atol=1e-5)
    seen = inserted.get_layer("block1_out_inserted").input
    assert seen.shape == (None, 4, 8, 8, 4)


def test_a_network_of_images_mixes_the_frames_of_a_clip_alone():
    shift = partial(TemporalShift, fold_div=4)
    inserted = quiet(images(), shift, "conv1", frames=4)
    x = clips((4, 8, 8, 3))
    one = inserted(x[1:])
    np.testing.assert_allclose(inserted(x)[1:], one, atol=1e-5)
    order = inserted(x[1:, [2, 0, 3, 1]])
    assert np.abs(order - one).max() > 1e-3


def test_a_network_of_images_saves_and_converts(tmp_path):
    inserted = quiet(images(), NonLocal, "block1_out", frames=4)
    x = clips((4, 8, 8, 3))[:1]
    inserted.save(tmp_path / "model.keras")
    revived = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(revived(x), inserted(x))
    check_tflite(inserted, x, tmp_path)


def test_feature_maps_of_images():
    network = keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=SHAPE[1:]
    )
    make = partial(NonLocal, scale=True)
    places = "conv3_block1_out, conv4_*_out"
    inserted = quiet(network, make, places, part="nl", frames=4)
    assert len(new_layers(inserted, "_nl")) == 7
    x = clips()
    expected = network(x.reshape(8, *SHAPE[1:]))
    np.testing.assert_array_equal(
        inserted(x), np.reshape(expected, (2, 4, 1, 1, 2048))
    )
    added = inserted.count_params() - network.count_params()
    sizes = [512] + 6 * [1024]
    assert added == sum(2 * c**2 + 4.5 * c + 2 * c for c in sizes)


def test_names_that_match_nothing_have_their_nearest():
    with pytest.raises(ValueError, match="Nearest: res3_block1"):
        quiet(tsm(), Twice, "res2_block1, rse3_block1")
    with pytest.raises(ValueError, match="'res9_\\*'"):
        quiet(tsm(), Twice, "res9_*")
    with pytest.raises(ValueError, match=r"Nearest: busy_res3.*quiet_res3"):
        bqn = BQN(variant="nano", input_shape=(6, 64, 64, 3))
        quiet(bqn, Twice, "res3_block1")
    with pytest.raises(ValueError, match="Nearest: res3_block1"):
        quiet(resnet.steps(resnet.NANO), Twice, "res3_blok1")
    # What leaves the head is no feature map.
    with pytest.raises(ValueError, match="'head'"):
        quiet(tsm(), Twice, "head")


def test_an_operator_that_changes_the_shape():
    pool = partial(keras.layers.AveragePooling3D, (2, 1, 1))
    with pytest.raises(ValueError, match=r"\(None, 4, 4, .*\(None, 2, 4, "):
        quiet(tsm(), pool, "res3_block1")
    steps = quiet(resnet.steps(resnet.NANO), pool, "res3_block1")
    with pytest.raises(ValueError, match="keep the shape"):
        walk(steps, keras.Input(SHAPE))


def test_other_bad_arguments():
    with pytest.raises(ValueError, match="share its weights"):
        quiet(tsm(), Twice(), "res3_block1")
    with pytest.raises(ValueError, match="another `part`"):
        quiet(tsm(), Twice, "res3_block1", part="relu3")
    with pytest.raises(ValueError, match="must name a step"):
        quiet(tsm(), Twice, [])
    with pytest.raises(ValueError, match="needs `frames`"):
        quiet(images(), Twice, "conv1")
    with pytest.raises(ValueError, match="takes clips"):
        quiet(tsm(), Twice, "res3_block1", frames=4)
    with pytest.raises(ValueError, match="functional"):
        quiet(keras.Sequential([Twice()]), Twice, "res3_block1")
    anysize = keras.Input((None, None, 3))
    network = keras.Model(anysize, keras.layers.Conv2D(2, 1)(anysize))
    with pytest.raises(ValueError, match="known size"):
        quiet(network, Twice, "conv2d", frames=4)
    vector = keras.Input((3,))
    network = keras.Model(vector, keras.layers.Dense(2)(vector))
    with pytest.raises(ValueError, match="must take clips"):
        quiet(network, Twice, "dense")

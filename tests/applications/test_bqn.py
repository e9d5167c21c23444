import keras
import numpy as np
import pytest

import kvideo
from kvideo.applications import BQN
from kvideo.applications.bqn import FUSIONS, LATERALS, PRESETS
from kvideo.applications.shapes_only import shapes_only
from kvideo.layers import BandPassLateralConnection, MotionBandPass

CLIP = (6, 64, 64, 3)


def nano(**arguments):
    return BQN(
        **{"variant": "nano", "input_shape": CLIP, "classes": 4, **arguments}
    )


def clips(seed=0, batch=2):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 255, (batch, *CLIP)).astype("float32")


def lateral_kernels(model):
    """Parameters of the band-pass kernels inside the BPLCs."""
    return sum(
        layer.passed.count_params()
        for layer in model.layers
        if isinstance(layer, BandPassLateralConnection)
        and isinstance(layer.passed, MotionBandPass)
    )


@pytest.mark.parametrize(
    ("variant", "trainable", "published", "quoted"),
    [
        ("tsm_resnet50", 47_678_506, 47_403_050, 47.4),
        ("tsm_resnet101", 86_152_234, 85_422_122, 85.4),
        # The thesis truncates: 6.6. Its code counts as `published` does.
        ("x3d_m", 6_710_988, 6_668_076, 6.7),
    ],
)
def test_published_size(variant, trainable, published, quoted):
    """Table 5.9's sizes leave out the BPLCs' own depthwise kernels."""
    with shapes_only():
        model = BQN(variant=variant, classes=174)
        counted = kvideo.count(model).trainable_params
    assert counted == trainable
    assert counted - lateral_kernels(model) == published
    assert round(published / 1e6, 1) == quoted


def test_one_by_one_phi_is_what_equation_5_5_says_and_no_table():
    with shapes_only():
        model = BQN(variant="tsm_resnet50", classes=174, phi="conv")
        counted = kvideo.count(model).trainable_params
    assert counted - lateral_kernels(model) - 252 == 55_673_898 - 275_456 - 252


@pytest.mark.parametrize(
    ("variant", "lateral", "trainable"),
    [
        # bqn_resnet.py, bqn_x3d_reverse.py, bqn_x3d.py. Summed over blocks of
        # C channels, each way has C^2 of a convolution and 2 C of a
        # normalisation, and that to Busy a band-pass of 52 C, in res5 12 C.
        ("tsm_resnet50", "bidirectional", 88_212_010),
        ("x3d_m", "bplc", 7_083_660),
        ("x3d_m", "in_turn", 7_506_108),
    ],
)
def test_sizes_of_the_other_layouts_of_the_code(variant, lateral, trainable):
    with shapes_only():
        model = BQN(
            variant=variant, classes=174, lateral=lateral, phi="conv_both"
        )
        assert kvideo.count(model).trainable_params == trainable


def test_in_turn_quiet_gets_what_busy_has_become():
    """Open the way to Busy alone at its last: only in turn does Quiet see."""

    def change(lateral):
        model = nano(lateral=lateral, include_top=False)
        last = len(arrows(model)) // 2
        model.get_layer(f"lateral{last}_quiet").norm.gamma.assign(
            np.ones(model.output[1].shape[-1])
        )
        before = np.asarray(model(clips(), training=False)[1])
        model.get_layer(f"lateral{last}_busy").norm.beta.assign(
            np.ones(model.output[0].shape[-1])
        )
        after = np.asarray(model(clips(), training=False)[1])
        return np.abs(after - before).max()

    assert change("bidirectional") == 0
    # One more in each channel of Busy, over the square root of 1 + epsilon.
    assert change("in_turn") == pytest.approx(1, rel=1e-4)


def test_both_ways_may_mix_channels():
    transforms = {
        (layer.name.partition("_")[2], layer.transform)
        for lateral in ("bidirectional", "bplc_identity")
        for layer in nano(lateral=lateral, phi="conv_both").layers
        if isinstance(layer, BandPassLateralConnection)
    }
    assert transforms == {
        ("busy", "band_pass_conv"),
        ("busy", "conv"),
        ("quiet", "conv"),
    }


@pytest.mark.parametrize(
    ("frames", "size", "quiet", "gmac"),
    [
        # Rows of Table 5.8: (Busy, Quiet) and GFLOPs.
        (24, 256, 160, 60.7),
        (24, 224, 160, 50.5),
        (24, 224, 192, 58.0),
        (24, 256, 224, 77.1),
    ],
)
def test_published_cost_within_a_hundredth(frames, size, quiet, gmac):
    model = BQN(
        variant="tsm_resnet50",
        input_shape=(frames, size, size, 3),
        quiet_scale=quiet / size,
        classes=174,
    )
    assert abs(kvideo.count(model).macs / 1e9 / gmac - 1) < 0.012


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_build_what_they_name(preset):
    model = nano(**PRESETS[preset])
    quiet = model.get_layer("quiet_part").mode
    assert quiet == PRESETS[preset]["quiet_input"]
    assert model.get_layer("busy_input").log_norm == "sum"
    assert model.get_layer("lateral2_busy").log_norm == "sum"


def test_lateral_connections_start_closed():
    """With the same weights elsewhere, BQN starts as two lone pathways."""
    bridged, apart = nano(), nano(lateral=None)
    _copy_by_name(bridged, apart)
    np.testing.assert_allclose(
        bridged.predict(clips(), verbose=0),
        apart.predict(clips(), verbose=0),
        atol=1e-6,
    )


def _copy_by_name(source, target):
    for layer in target.layers:
        layer.set_weights(source.get_layer(layer.name).get_weights())


def test_a_still_clip_has_no_busy_part():
    model = nano()
    parts = keras.Model(model.input, model.get_layer("busy_input").output)
    still = np.repeat(clips()[:, :1], CLIP[0], axis=1)
    moving = np.abs(parts.predict(clips(), verbose=0)).max()
    assert np.abs(parts.predict(still, verbose=0)).max() < 1e-5 * moving


def test_parts_have_the_sizes_of_the_thesis():
    model = BQN()
    assert model.get_layer("busy_input").output.shape == (
        (None, 8, 256, 256, 3)
    )
    assert model.get_layer("quiet_input").output.shape == (
        (None, 8, 160, 160, 3)
    )


def arrows(model):
    """("to", index) of every lateral connection, in order of index."""
    names = [
        layer.name.removeprefix("lateral").split("_")
        for layer in model.layers
        if isinstance(layer, BandPassLateralConnection)
    ]
    return [target for _, target in sorted(names, key=lambda n: int(n[0]))]


def test_directions_alternate_from_busy_to_quiet():
    """Eq. 5.5: odd blocks flow to Quiet, even ones to Busy."""
    found = arrows(nano())
    assert found == (["quiet", "busy"] * len(found))[: len(found)]
    second = arrows(nano())
    assert second == found, "the parity must not go on into another network"


def test_designs_of_table_5_7():
    count = len(arrows(nano()))
    assert arrows(nano(lateral="busy_to_quiet")) == ["quiet"] * count
    assert arrows(nano(lateral="quiet_to_busy")) == ["busy"] * count
    assert len(arrows(nano(lateral="bidirectional"))) == 2 * count
    assert len(arrows(nano(lateral="in_turn"))) == 2 * count
    assert arrows(nano(lateral=None)) == []
    identity = nano(lateral="bplc_identity")
    assert lateral_kernels(identity) == 0
    assert arrows(identity) == arrows(nano())


@pytest.mark.parametrize("lateral", [x for x in LATERALS if x])
def test_designs_run(lateral):
    scores = nano(lateral=lateral).predict(clips(), verbose=0)
    np.testing.assert_allclose(scores.sum(-1), 1, rtol=1e-5)


def test_average_fusion_is_the_mean_of_both_logits():
    model = nano(classifier_activation=None)
    paths = keras.Model(
        model.input,
        [model.get_layer(f"{p}_consensus").output for p in ("busy", "quiet")],
    )
    busy, quiet = paths.predict(clips(), verbose=0)
    np.testing.assert_allclose(
        model.predict(clips(), verbose=0), (busy + quiet) / 2, atol=1e-6
    )
    maximum = nano(classifier_activation=None, fusion="max")
    maximum.set_weights(model.get_weights())
    np.testing.assert_allclose(
        maximum.predict(clips(), verbose=0),
        np.maximum(busy, quiet),
        atol=1e-6,
    )


@pytest.mark.parametrize("fusion", FUSIONS)
def test_fusions_share_one_classifier(fusion):
    model = nano(fusion=fusion)
    dense = [x for x in model.layers if isinstance(x, keras.layers.Dense)]
    assert len(dense) == 1
    assert model.output.shape == (None, 4)


@pytest.mark.parametrize("pathway", ["busy", "quiet"])
def test_one_pathway_alone(pathway):
    model = nano(pathways=pathway)
    other = {"busy": "quiet_res", "quiet": "busy_res"}[pathway]
    assert not [x.name for x in model.layers if x.name.startswith(other)]
    assert model.predict(clips(), verbose=0).shape == (2, 4)


def test_without_band_pass_busy_is_the_centre_frame(tmp_path):
    model = nano(busy_input="centre_frame", quiet_input="average")
    model.save(tmp_path / "model.keras")
    twin = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        twin.predict(clips(), verbose=0),
        model.predict(clips(), verbose=0),
        atol=1e-6,
    )


def test_without_the_top():
    busy, quiet = nano(include_top=False).output
    assert busy.shape[-1] == quiet.shape[-1]
    pooled = nano(include_top=False, pooling="avg").output
    assert pooled.shape == (None, 2 * busy.shape[-1])


@pytest.mark.parametrize(
    "name", ["lateral", "phi", "fusion", "pathways", "busy_input"]
)
def test_unknown_choices(name):
    with pytest.raises(ValueError, match=name):
        nano(**{name: "nothing"})

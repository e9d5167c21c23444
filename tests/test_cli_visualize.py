"""`kvideo visualize`, from videos to PNG files."""

import keras
import pytest
from PIL import Image

import kvideo
from kvideo.data import ClipSpec
from kvideo.export import Card, card_path
from kvideo.layers import NonLocal
from tests.support.videos import write_numbered_video
from tests.test_cli import error_of, output_of

SHAPE = (4, 32, 32, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run folder of an untrained BTSNet, and a video."""
    folder = tmp_path_factory.mktemp("visualize")
    model = kvideo.create_model("btsnet_nano", classes=2, input_shape=SHAPE)
    path = folder / "run" / "model.keras"
    path.parent.mkdir()
    model.save(path)
    spec = ClipSpec(num_frames=4, frame_size=(32, 32))
    Card("btsnet_nano", ("a", "b"), spec.to_dict()).save(card_path(path))
    write_numbered_video(folder / "video.mp4", 30, (64, 64))
    return folder


@pytest.fixture(scope="module")
def attentive(folder):
    """A network with an operator in it, beside its card."""
    keras.utils.set_random_seed(0)
    model = kvideo.create_model("tsm_resnet_nano", classes=2, input_shape=SHAPE)
    model = kvideo.insert(model, NonLocal, "res2_block1", verbose=False)
    path = folder / "attentive.keras"
    model.save(path)
    spec = ClipSpec(num_frames=4, frame_size=(32, 32))
    Card("tsm_resnet_nano", ("a", "b"), spec.to_dict()).save(card_path(path))
    return path


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG")


def test_help_shows_an_example():
    assert "pathways" in output_of("visualize", "--help")
    text = output_of("visualize", "pathways", "--help")
    assert "Example: kvideo visualize pathways" in text


@pytest.mark.parametrize("model", ["run", "run/model.keras"])
def test_pathways_of_a_trained_network(folder, model):
    out = folder / f"{model.replace('/', '-')}.png"
    text = output_of(
        *("visualize", "pathways", folder / model),
        *(folder / "video.mp4", "--out", out),
    )
    assert f"Saved {out}" in text.replace("\n", "")
    assert is_png(out)


def test_pathways_of_a_name_says_that_weights_are_random(folder):
    out = folder / "name.png"
    text = output_of(
        *("visualize", "pathways", "btsnet_nano"),
        *(folder / "video.mp4", "--out", out),
    )
    assert "random weights" in text
    assert is_png(out)


def test_pathways_of_what_has_none(folder):
    video = folder / "video.mp4"
    error = error_of("visualize", "pathways", "tsm_resnet_nano", video)
    assert "such as BTSNet" in error
    error = error_of("visualize", "pathways", folder / "none.keras", video)
    assert "none" in error
    error = error_of("visualize", "pathways", folder, video)
    assert "registry name" in error


def size_of(path):
    with Image.open(path) as picture:
        return picture.size, getattr(picture, "n_frames", 1)


def visualize(kind, model, folder, *options):
    """What the command prints, in one line."""
    arguments = (kind, model, folder / "video.mp4", *options)
    return output_of("visualize", *arguments).replace("\n", " ")


def test_attention_of_several_references(folder, attentive):
    out = folder / "attention.png"
    at = ("--at", "0,4,4", "--at", "3,20,8")
    text = visualize("attention", attentive, folder, *at, "--out", out)
    assert "res2_block1_inserted from frame 3, row 20, column 8:" in text
    assert "times the mean" in text
    # Four frames of 96 pixels with four between; three rows with titles.
    assert size_of(out) == ((4 * 96 + 3 * 4, 3 * (20 + 96) + 2 * 4), 1)


def test_attention_in_motion(folder, attentive):
    out = folder / "attention.gif"
    text = visualize("attention", attentive, folder, "--out", out)
    assert "from frame 2, row 16, column 16:" in text
    # The clip beside it, six times as large.
    assert size_of(out) == ((2 * 192, 192), 4)


def test_gradcam_of_the_most_probable_class_and_of_another(folder, attentive):
    shares = []
    for options in ((), ("--class", "a")):
        out = folder / "gradcam.png"
        text = visualize("gradcam", attentive, folder, *options, "--out", out)
        assert size_of(out)[0] == (4 * 96 + 3 * 4, 2 * (20 + 96) + 4)
        label, _, rest = text.partition(": ")[2].partition(", score ")
        shares.append((label, float(rest.split()[0])))
    (best, most), (asked, share) = shares
    assert asked == "a" and most >= 0.5
    assert most == pytest.approx(share if best == "a" else 1 - share, abs=2e-3)


def test_gradcam_of_a_name_and_a_layer(folder):
    out = folder / "name.gif"
    options = ("--layer", "res3_block1_relu3", "--class", "7", "--out", out)
    text = visualize("gradcam", "tsn_resnet_nano", folder, *options)
    assert "random weights" in text
    assert "tsn_resnet_nano: class 7, score" in text
    assert size_of(out) == ((2 * 192, 192), 8)


def test_what_attention_and_gradcam_refuse(folder, attentive):
    video = folder / "video.mp4"
    error = error_of("visualize", "attention", attentive, video, "--at", "1,2")
    assert "frame,row,column" in error
    error = error_of("visualize", "gradcam", attentive, video, "--out", "x.mp4")
    assert ".png or .gif" in error
    error = error_of("visualize", "gradcam", attentive, video, "--class", "c")
    assert "Known: a, b" in error


def test_representations_of_a_name_and_of_what_has_none(folder):
    out = folder / "representations.png"
    text = visualize("representations", "dan_nano", folder, "--out", out)
    assert "random weights" in text
    # Four segments; first and last frame, mean, dynamic appearance.
    assert size_of(out) == ((4 * 96 + 3 * 4, 4 * (20 + 96) + 3 * 4), 1)
    video = folder / "video.mp4"
    error = error_of("visualize", "representations", "tsn_resnet_nano", video)
    assert "such as DAN and TeSNet" in error


@pytest.mark.parametrize("picture", ["frames", "excitation"])
def test_pictures_of_an_mtnet(folder, picture):
    out = folder / f"{picture}.png"
    text = output_of(
        *("visualize", picture, "mtnet_nano"),
        *(folder / "video.mp4", "--out", out),
    )
    assert f"Saved {out}" in text.replace("\n", "")
    assert is_png(out)


def test_pictures_of_cidc(folder):
    activation, kernels = folder / "activation.png", folder / "kernels.png"
    text = visualize("activation", "cidc_nano", folder, "--out", activation)
    assert "random weights" in text
    # Two rows of eight frames, each with a title.
    assert size_of(activation)[0][1] == 2 * (20 + 96) + 4
    output_of("visualize", "kernels", "cidc_nano", "--out", kernels)
    assert is_png(kernels)

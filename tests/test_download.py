"""Published weights from a server on this machine."""

import functools
import hashlib
import http.server
import threading
from pathlib import Path

import pytest

import kvideo
from kvideo.applications.weights_table import Release, cached_file, releases
from kvideo.export.card import Card

KIND = "torchvision_resnet"
CLASSES = 101


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; a file called `cut...` stops half way."""

    def copyfile(self, source, outputfile):
        content = source.read()
        if "/cut" in self.path:
            content = content[: len(content) // 2]
        outputfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A file, and its folder's address."""
    folder = tmp_path_factory.mktemp("published")
    for name in ("net.pth", "cut.pth"):
        (folder / name).write_bytes(bytes(range(256)) * 100)
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder / "net.pth", f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def row(published, tmp_path, monkeypatch):
    """Enters a row called `here` into the table; the cache is empty."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    def enter(file="net.pth", folder=published[1], **options):
        options = {"digest": sha256(published[0]), **options}
        release = Release(
            model="tsn_resnet_nano",
            kind=KIND,
            url=f"{folder}/{file}",
            page="https://example.org",
            licence="MIT",
            classes=CLASSES,
            class_list="ucf101",
            clip={"num_frames": 6},
            **options,
        )
        monkeypatch.setitem(releases(), "here", release)

    return enter


def sha256(path, algorithm="sha256"):
    return hashlib.new(algorithm, path.read_bytes()).hexdigest()


def assert_nothing_is_left(tmp_path):
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_a_name_is_fetched_and_converted(published, row, monkeypatch):
    def convert(checkpoint, to, kind, model, names):
        assert Path(checkpoint).read_bytes() == published[0].read_bytes()
        assert (kind, model) == (KIND, "tsn_resnet_nano")
        to.write_bytes(b"weights")
        spec = {"num_frames": 8, "sampler": "segment"}
        return Card(model, names, spec, recipe={"name": "converted"})

    monkeypatch.setattr(kvideo.convert, "convert_checkpoint", convert)
    row(top1=76.1, views="1 clip")
    path = kvideo.download_weights("here")
    assert str(path) == cached_file("here")
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "here.card.json",
        "here.weights.h5",
    ]
    card = Card.load(path.with_name("here.card.json"))
    assert card.class_names[:2] == ("ApplyEyeMakeup", "ApplyLipstick")
    assert card.recipe["name"] == "converted"
    assert card.recipe["published"]["top1"] == 76.1
    assert card.clip_spec == {"num_frames": 6, "sampler": "segment"}
    # The second time needs no server.
    row(folder="http://127.0.0.1:1")
    assert kvideo.download_weights("here") == path


@pytest.mark.slow
def test_a_checkpoint_becomes_a_network(published, row):
    """The whole way, with a random network."""
    torch = pytest.importorskip("torch")
    from kvideo.convert.recognition import Match
    from tests.convert.checkpoints import random_state

    kind = kvideo.convert.list_kinds()[KIND]
    twin = Match(kind, kind.rows[-1], CLASSES).make_twin()
    checkpoint = published[0].with_name("real.pth")
    torch.save(random_state(twin), checkpoint)
    row(file="real.pth", digest=sha256(checkpoint))
    path = kvideo.download_weights("here")
    card = Card.load(path.with_name("here.card.json"))
    assert card.recipe["source_sha256"] == sha256(checkpoint)
    assert card.checksums == {"here.weights.h5": sha256(path)}
    model = kvideo.create_model(
        card.model, classes=CLASSES, weights="here", **card.overrides
    )
    bias = torch.load(checkpoint)["fc.bias"].numpy()
    assert (bias == model.get_layer("logits").bias.numpy()).all()


def test_another_file_is_refused(row, tmp_path):
    row(digest="0" * 64)
    with pytest.raises(ValueError, match=r"damaged. Expected the SHA256 0000"):
        kvideo.download_weights("here")
    assert_nothing_is_left(tmp_path)


def test_sha1_and_a_digest_of_the_caller_are_checked(
    published, row, tmp_path, monkeypatch
):
    monkeypatch.setattr(kvideo.convert, "convert_checkpoint", stop)
    row(digest=sha256(published[0], "sha1"))
    with pytest.raises(RuntimeError, match="converting"):
        kvideo.download_weights("here")
    with pytest.raises(ValueError, match="Expected the SHA256 1111"):
        kvideo.download_weights("here", sha256="1" * 64)
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        kvideo.download_weights("here", sha256="abc")
    assert_nothing_is_left(tmp_path)


def stop(*arguments):
    raise RuntimeError("converting")


def test_without_a_digest_the_caller_must_agree(
    published, row, tmp_path, monkeypatch
):
    monkeypatch.setattr(kvideo.convert, "convert_checkpoint", stop)
    row(digest=None, folder="http://127.0.0.1:1")
    with pytest.raises(ValueError, match=r"Nobody published.*--unverified"):
        kvideo.download_weights("here")
    row(digest=None)
    for options in ({"unverified": True}, {"sha256": sha256(published[0])}):
        with pytest.raises(RuntimeError, match="converting"):
            kvideo.download_weights("here", **options)
    # A file of the caller's is the caller's to trust.
    with pytest.raises(RuntimeError, match="converting"):
        kvideo.download_weights("here", checkpoint=published[0])
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize(
    "options",
    [
        {"file": "cut.pth"},
        {"file": "none.pth"},
        {"folder": "http://127.0.0.1:1"},
    ],
)
def test_a_file_that_does_not_come_whole(row, tmp_path, options):
    row(**options)
    with pytest.raises(ConnectionError, match=r"Cannot fetch.*--checkpoint"):
        kvideo.download_weights("here")
    assert_nothing_is_left(tmp_path)


def test_google_drive_needs_a_browser(row, tmp_path):
    row(folder="https://drive.google.com/file/d")
    with pytest.raises(ValueError, match=r"browsers alone.*--checkpoint FILE"):
        kvideo.download_weights("here", unverified=True)
    assert_nothing_is_left(tmp_path)


def test_a_name_that_is_none():
    with pytest.raises(ValueError, match=r"Nearest: slowfast_x3d_m"):
        kvideo.download_weights("slowfast_x3dm")

"""`kvideo convert` on the command line."""

import pytest
from typer.testing import CliRunner

from kvideo.cli import app


def run(*arguments):
    return CliRunner().invoke(app, ["convert", *map(str, arguments)])


def refused(*arguments):
    """The message, without the ends of lines that fit the terminal."""
    result = run(*arguments)
    assert result.exit_code == 2
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """Of a small network with three classes."""
    import torch

    from kvideo.convert import list_kinds
    from kvideo.convert.recognition import Match

    kind = list_kinds()["torchvision_resnet"]
    twin = Match(kind, kind.rows[-1], 3).make_twin()
    path = tmp_path_factory.mktemp("checkpoint") / "a.pth"
    torch.save(twin.state_dict(), path)
    return path


def test_it_lists_the_kinds():
    result = run("--kinds")
    assert result.exit_code == 0
    assert "pytorchvideo_x3d" in result.output


def test_it_converts(checkpoint, tmp_path):
    to = tmp_path / "a.weights.h5"
    names = tmp_path / "names.txt"
    names.write_text("run\njump\nsit\n")
    result = run(checkpoint, "--to", to, "--class-names", names)
    assert result.exit_code == 0, result.output
    assert to.exists()
    assert "tsn_resnet_nano" in result.output
    assert "run, jump, sit" in result.output


def test_lists_of_class_names_have_names(checkpoint, tmp_path):
    to = tmp_path / "a.weights.h5"
    message = refused(checkpoint, "--to", to, "--class-names", "hmdb51")
    assert "has 3 classes. Received: 51 class names" in message
    message = refused(checkpoint, "--to", to, "--class-names", "hmdb52")
    assert "Expected one of hmdb51" in message
    assert not to.exists()


def test_errors_are_one_line(tmp_path):
    to = tmp_path / "a.weights.h5"
    message = refused(tmp_path / "none.pth", "--to", to)
    assert "No checkpoint at" in message
    assert "--kinds" in refused()

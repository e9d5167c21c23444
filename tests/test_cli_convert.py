"""`kvideo convert` on the command line."""

from typer.testing import CliRunner

from kvideo.cli import app


def run(*arguments):
    return CliRunner().invoke(app, ["convert", *map(str, arguments)])


def test_it_lists_the_kinds():
    result = run("--kinds")
    assert result.exit_code == 0
    assert "pytorchvideo_x3d" in result.output


def test_it_converts(tmp_path):
    import torch

    from kvideo.convert import list_kinds
    from kvideo.convert.recognition import Match

    kind = list_kinds()["torchvision_resnet"]
    twin = Match(kind, kind.rows[-1], 3).make_twin()
    checkpoint, to = tmp_path / "a.pth", tmp_path / "a.weights.h5"
    torch.save(twin.state_dict(), checkpoint)
    names = tmp_path / "names.txt"
    names.write_text("run\njump\nsit\n")
    result = run(checkpoint, "--to", to, "--class-names", names)
    assert result.exit_code == 0, result.output
    assert to.exists()
    assert "tsn_resnet_nano" in result.output
    assert "run, jump, sit" in result.output


def test_errors_are_one_line(tmp_path):
    result = run(tmp_path / "none.pth", "--to", tmp_path / "a.weights.h5")
    assert result.exit_code == 2
    assert "No checkpoint at" in result.output
    result = run()
    assert result.exit_code == 2
    assert "--kinds" in result.output

"""`kvideo download` on the command line."""

from types import SimpleNamespace

from typer.testing import CliRunner

import kvideo
from kvideo import console
from kvideo.cli import app
from kvideo.export.card import Card


def run(*arguments):
    return CliRunner().invoke(app, ["download", *arguments])


def test_it_lists_the_table(monkeypatch):
    monkeypatch.setattr(console.OUT, "width", 200)
    result = run()
    assert result.exit_code == 0, result.output
    for name in kvideo.list_weights():
        assert name in result.output


def test_it_passes_on_what_it_is_given(tmp_path, monkeypatch):
    seen = SimpleNamespace()

    def download(*arguments):
        seen.arguments = arguments
        return tmp_path / "slowfast_x3d_m.weights.h5"

    Card("x3d_m", ("run", "sit"), {}).save(
        tmp_path / "slowfast_x3d_m.card.json"
    )
    monkeypatch.setattr(kvideo, "download_weights", download, raising=False)
    result = run("slowfast_x3d_m", "--sha256", "ab", "--unverified")
    assert result.exit_code == 0, result.output
    assert seen.arguments == ("slowfast_x3d_m", None, "ab", True)
    assert 'weights="slowfast_x3d_m"' in result.output.replace("\n", "")


def test_errors_are_one_line():
    result = run("slowfast_x3d_k")
    assert result.exit_code == 2
    assert "Nearest: slowfast_x3d_" in result.output

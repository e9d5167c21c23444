"""benchmarks/conv.py runs and writes its table."""

import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "conv.py"


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_quick_run_writes_the_table(tmp_path):
    out = tmp_path / "table.md"
    options = ["--quick", "--batch", "2", "--threads", "1", "--out", str(out)]
    result = run(*options, "--shapes", "pointwise")
    assert result.returncode == 0, result.stderr[-2000:]
    header, _, *rows = out.read_text().splitlines()
    assert header.startswith("| shape | mode | kvideo ms | keras / kvideo |")
    assert [row.split(" | ")[1] for row in rows] == ["forward", "training"]
    assert all(float(row.split(" | ")[2]) > 0 for row in rows)


def test_unknown_shape():
    result = run("--shapes", "x4d")
    assert result.returncode != 0
    assert "x3d_28" in result.stderr

"""The scripts of `training/` are the command line under another name."""

import subprocess
import sys
from pathlib import Path

import pytest

import kvideo

TRAINING = Path(kvideo.__file__).parents[1] / "training"


@pytest.mark.parametrize("name", ["train", "evaluate"])
def test_script_is_the_command(name):
    done = subprocess.run(
        [sys.executable, TRAINING / f"{name}.py", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"Example: kvideo {name}" in done.stdout


def test_train_reports_user_errors(tmp_path):
    script = TRAINING / "train.py"
    done = subprocess.run(
        [sys.executable, script, "--config", tmp_path / "no.yaml"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "No run configuration" in done.stderr

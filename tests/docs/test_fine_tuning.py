"""The page on fine-tuning runs as it stands, on a small random checkpoint."""

import contextlib
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import kvideo
from kvideo.cli import app

PAGE = Path(kvideo.__file__).parents[1] / "docs" / "fine-tuning.md"
# A fence, its language, what is in it.
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def write_checkpoint(path):
    """TSM's layout, 400 classes, few channels."""
    import torch

    from kvideo.convert.recognition import Match
    from tests.convert.checkpoints import random_state

    kind = kvideo.convert.list_kinds()["tsm"]
    row = next(r for r in kind.rows if r.model == "tsm_resnet_nano")
    torch.save(random_state(Match(kind, row, 400).make_twin()), path)


def steps():
    """(Whether it is Python, text) of each block but the last, the YAML."""
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert blocks[-1][0] == "yaml"
    for language, text in blocks[:-1]:
        assert language in ("", "python")
        yield language == "python", text


def backbone(model):
    """Values of all weights but the classifier's."""
    return [np.array(w) for w in model.weights if "logits" not in w.path]


@pytest.mark.slow
def test_the_page_runs(tmp_path):
    pytest.importorskip("torch")
    names, seen = {}, []
    with contextlib.chdir(tmp_path):
        write_checkpoint("tsm.pth")
        for is_python, text in steps():
            if is_python:
                exec(compile(text, str(PAGE), "exec"), names)
            else:
                words = text.split()
                assert words[0] == "kvideo"
                result = CliRunner().invoke(app, words[1:])
                assert result.exit_code == 0, result.output
            if "model" in names:
                seen.append(backbone(names["model"]))
    assert names["left"] == ["logits/kernel", "logits/bias"]
    same = [
        all(np.array_equal(a, b) for a, b in zip(x, y, strict=True))
        for x, y in itertools.pairwise(seen)
    ]
    # Loaded, clips, classifier trained; all trained; kept, evaluated.
    assert same == [True, True, False, True, True]
    assert [len(row) for row in names["found"]] == [3, 3, 3, 3]
    motion = {name for name, _ in names["found"][0]}
    assert motion <= set(kvideo.data.MOTION_CLASSES)

"""`kvideo bench-data`, where the time of a data set goes."""

import json

import pytest

from tests.support.videos import write_folder
from tests.test_cli import error_of, output_of

SMALL = ("--num-frames", 2, "--frame-size", 8, 8, "--batch-size", 2)


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("videos"), per_class=1)


def test_it_prints_the_stages_and_the_bottleneck(videos):
    text = output_of("bench-data", videos, *SMALL)
    for word in ("decode", "transform", "transfer", "JPEG", "2 files"):
        assert word in text
    assert "Bottleneck: " in text
    assert "network" not in text


def test_it_prints_json(videos):
    text = output_of("bench-data", videos, *SMALL, "--json")
    fields = json.loads(text)
    assert fields["clips"] == 2
    assert fields["bottleneck"] in ("decode", "transform", "transfer")


@pytest.mark.slow
def test_it_feeds_a_network(videos):
    text = output_of("bench-data", videos, "--model=tsm_resnet_nano")
    assert "network fed by the data set" in text


def test_errors_and_help(tmp_path):
    assert "No video file" in error_of("bench-data", tmp_path, *SMALL)
    assert "Example: kvideo bench-data" in output_of("bench-data", "--help")

"""The table of published weights: every row can be fetched and converted."""

import pytest

import kvideo
from kvideo.applications.weights_table import (
    cache_folder,
    cached_file,
    list_weights,
    releases,
)
from kvideo.data.class_lists import NAMES
from kvideo.data.spec import ClipSpec


@pytest.mark.parametrize("name", list_weights())
def test_every_row_is_whole(name):
    row = releases()[name]
    assert row.url.startswith(("https://", "http://data.lip6.fr/"))
    assert row.page.startswith("https://") and row.licence
    assert row.digest is None or len(row.digest) in (40, 64)
    assert row.top1 is None or (30 < row.top1 < 100 and row.views)
    assert row.class_list in (None, *NAMES)
    if row.class_list:
        assert len(kvideo.data.class_names(row.class_list)) == row.classes
    kvideo.model_info(row.model)
    frames, *size, _ = kvideo.model_info(row.model).input_shape
    ClipSpec(**{"num_frames": frames, "frame_size": size, **row.clip})


def test_every_row_has_a_layout_that_becomes_its_network():
    pytest.importorskip("torch")
    kinds = kvideo.convert.list_kinds()
    for name, row in releases().items():
        models = {each.model for each in kinds[row.kind].rows}
        assert row.model in models, name


def test_addresses_are_of_one_row_each():
    urls = [row.url for row in releases().values() if not row.by_hand]
    assert len(urls) == len(set(urls))


def test_names_and_files(monkeypatch, tmp_path):
    assert list_weights("pytorchvideo_x3d_?") == [
        "pytorchvideo_x3d_m",
        "pytorchvideo_x3d_s",
    ]
    assert releases()["rnl_kinetics400_resnet50"].by_hand
    assert not releases()["slowfast_x3d_m"].by_hand
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert cache_folder() == str(tmp_path / "kvideo")
    expected = tmp_path / "kvideo" / "slowfast_x3d_m.weights.h5"
    assert cached_file("slowfast_x3d_m") == str(expected)
    monkeypatch.delenv("KERAS_HOME")
    assert ".keras" in cache_folder()

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from kvideo.export import Card, card_path, export_saved_model


def test_the_signature(artefacts, clips, expected):
    loaded = tf.saved_model.load(str(artefacts["saved_model"]))
    serve = loaded.signatures["serving_default"]
    spec = serve.structured_input_signature[1]["clips"]
    assert spec.shape.as_list() == [None, 6, 12, 12, 3]
    assert spec.dtype == tf.float32
    outputs = serve(clips=tf.constant(clips))
    assert sorted(outputs) == ["class_ids", "class_names", "probabilities"]
    np.testing.assert_allclose(
        outputs["probabilities"], expected, atol=1e-5, rtol=0
    )


def test_the_network_is_written_in_its_training_form(artefacts):
    loaded = tf.saved_model.load(str(artefacts["saved_model"]))
    graph = loaded.signatures["serving_default"].graph.as_graph_def()
    found = {node.op for node in graph.node}
    for function in graph.library.function:
        found |= {node.op for node in function.node_def}
    assert "Conv3D" in found


def test_each_weight_is_written_once(artefacts, model):
    written = tf.train.list_variables(
        str(artefacts["saved_model"] / "variables" / "variables")
    )
    sizes = sum(int(np.prod(shape)) for _, shape in written if shape)
    assert sizes == model.count_params()


def test_the_card_lies_inside(artefacts, card):
    path = artefacts["saved_model"] / "assets.extra" / "card.json"
    assert path == card_path(artefacts["saved_model"])
    found = Card.load(path)
    assert dataclasses.replace(found, checksums={}) == card
    assert "saved_model.pb" in found.checksums


def test_a_failing_export_leaves_nothing(model, card, tmp_path, monkeypatch):
    def fail(self, path):
        raise OSError("No space left on device")

    monkeypatch.setattr(Card, "save", fail)
    with pytest.raises(OSError, match="No space left"):
        export_saved_model(model, tmp_path / "out", card)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_directory_is_kept(model, card, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(FileExistsError, match="exists already"):
        export_saved_model(model, tmp_path / "out", card)
    assert list((tmp_path / "out").iterdir()) == []

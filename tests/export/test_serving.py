"""The folder of models: versions, warm-up and configuration."""

import dataclasses
import re
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import yaml
from google.protobuf import text_format
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog
from tensorflow_serving.config.model_server_config_pb2 import (
    ModelServerConfig,
)

from kvideo.export import load_artefact, verify
from kvideo.export.serving import export_serving, next_version, write_configs
from kvideo.export.serving.layout import version_path

WARMUP = "assets.extra/tf_serving_warmup_requests"


def test_a_version_is_a_checked_artefact(served, clips, expected):
    path = served / "tiny" / "1"
    assert [p.name for p in path.parent.iterdir()] == ["1"]
    artefact = load_artefact(path)
    assert WARMUP in artefact.card.checksums
    np.testing.assert_allclose(artefact.predict(clips), expected, atol=1e-5)


def test_versions_count_on(tmp_path, card):
    assert next_version(tmp_path / "none") == 1
    for name in ("1", "9", "10", ".draft-x", "12.old"):
        (tmp_path / "tiny" / name).mkdir(parents=True)
    assert version_path(tmp_path, card) == tmp_path / "tiny" / "11"
    assert version_path(tmp_path, card, 3) == tmp_path / "tiny" / "3"


@pytest.mark.parametrize("version", [0, -1, "2", 1.0])
def test_versions_are_positive_integers(tmp_path, card, version):
    with pytest.raises(ValueError, match="positive integer"):
        version_path(tmp_path, card, version)


@pytest.mark.parametrize("name", ["a/b", "..", "a b"])
def test_a_model_is_the_name_of_a_folder(tmp_path, card, name):
    card = dataclasses.replace(card, model=name)
    with pytest.raises(ValueError, match="name of its folder"):
        version_path(tmp_path, card)


def test_a_version_is_never_replaced(served, model, card):
    with pytest.raises(FileExistsError, match="exists already"):
        export_serving(model, card, served, version=1)
    assert next_version(served / "tiny") == 2


def test_without_the_package_nothing_is_left(
    model, card, tmp_path, monkeypatch
):
    name = "tensorflow_serving.apis.prediction_log_pb2"
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(
        "kvideo.export.saved_model.write_saved_model",
        lambda model, path, card: path.mkdir(),
    )
    with pytest.raises(ImportError, match=r"kvideo\[serving\]"):
        export_serving(model, card, tmp_path)
    assert list((tmp_path / "tiny").iterdir()) == []


def test_the_server_warms_up_on_each_signature(served):
    path = served / "tiny" / "1"
    loaded = tf.saved_model.load(str(path))
    seen = set()
    for record in tf.data.TFRecordDataset(str(path / WARMUP)):
        request = PredictionLog.FromString(record.numpy()).predict_log.request
        assert request.model_spec.name == "tiny"
        inputs = {
            name: tf.constant(tf.make_ndarray(tensor))
            for name, tensor in request.inputs.items()
        }
        signature = request.model_spec.signature_name
        found = loaded.signatures[signature](**inputs)["probabilities"]
        seen.add(signature)
        if signature == "serving_default":
            grey = found
        else:  # JPEG keeps grey to the bit
            np.testing.assert_allclose(found, grey, atol=1e-6)
    assert seen == set(loaded.signatures)
    assert (path / WARMUP).stat().st_size < 20_000


def test_the_configuration_names_all_models(tmp_path):
    for name in ("b/1", "a/12", "empty", "a/.draft-1"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "batching.config").write_text("edited")
    write_configs(tmp_path)
    text = (tmp_path / "models.config").read_text()
    config = text_format.Parse(text, ModelServerConfig())
    models = config.model_config_list.config
    assert [m.name for m in models] == ["a", "b"]
    assert [m.base_path for m in models] == ["/models/a", "/models/b"]
    assert {m.model_platform for m in models} == {"tensorflow"}
    assert (tmp_path / "batching.config").read_text() == "edited"


def test_the_container_reads_the_files(served):
    text = (served / "docker-compose.yml").read_text()
    service = yaml.safe_load(text)["services"]["serving"]
    assert service["ports"] == ["8500:8500", "8501:8501"]
    assert service["volumes"] == ["./:/models:ro"]
    for file in re.findall(r"=/models/(\S+)", text):
        assert (served / file).is_file()
    assert service["command"][0] == "--model_config_file=/models/models.config"


def test_batching_is_a_text_proto(served):
    # The package has no BatchingParameters; these are its fields.
    lines = (served / "batching.config").read_text().splitlines()
    found = dict(
        re.fullmatch(r"(\w+) \{ value: (\d+) \}", x).groups() for x in lines
    )
    assert set(found) == {
        *("max_batch_size", "batch_timeout_micros"),
        *("max_enqueued_batches", "num_batch_threads"),
    }


def test_export_all_writes_the_next_version(
    model, card, clips, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        verify, "write_version", lambda model, path, card: path.mkdir()
    )
    monkeypatch.setattr(
        verify,
        "run_in_fresh_process",
        lambda clips, path: (model.predict(clips, verbose=0), 1.0),
    )
    for version in (1, 2):
        (found,) = verify.export_all(model, card, tmp_path, ["serving"], clips)
        assert found.path == tmp_path / "serving" / "tiny" / str(version)
    assert (tmp_path / "serving" / "models.config").is_file()


@pytest.mark.slow
def test_saved_model_cli_runs_it(served, clips, expected, tmp_path):
    np.save(tmp_path / "clips.npy", clips)
    command = "from tensorflow.python.tools.saved_model_cli import main; main()"
    subprocess.run(
        [
            *(sys.executable, "-c", command, "run"),
            *("--dir", served / "tiny" / "1", "--tag_set", "serve"),
            *("--signature_def", "serving_default"),
            *("--inputs", f"clips={tmp_path / 'clips.npy'}"),
            *("--outdir", tmp_path),
        ],
        check=True,
    )
    found = np.load(tmp_path / "probabilities.npy")
    np.testing.assert_allclose(found, expected, atol=1e-5)

"""What a run keeps of how it was made."""

import dataclasses
import json

import numpy as np
import pytest

from kvideo.data import open_listing
from kvideo.data.fingerprint import fingerprint
from kvideo.data.synthetic import write_motion_dataset
from kvideo.evaluation import get_protocol
from kvideo.export import Card, card_path
from kvideo.export.card import installed_versions
from kvideo.trainers import RunConfig, train
from tests.trainers.test_fit import Interrupt


def quiet(config, **options):
    return train(config, verbose=0, **options)


def test_every_card_has_the_run_and_its_data(config):
    config = dataclasses.replace(config, protocol="bqn_ucf101", sampler="dense")
    with pytest.raises(KeyboardInterrupt):
        quiet(config, callbacks=[Interrupt(epoch=1)])
    out = config.out
    interrupted = [
        Card.load(card_path(f"{out}/best.keras")),
        Card.load(f"{out}/run.card.json"),
    ]
    assert interrupted[0].metrics["epoch"] == 1
    assert interrupted[1].metrics == {}
    result = quiet(config, resume=True)
    finished = [
        result.card,
        Card.load(card_path(result.out / "model.keras")),
        Card.load(card_path(result.out / "best.keras")),
    ]
    training, validation = (
        fingerprint(open_listing(folder))
        for folder in (config.data, config.validation_data)
    )
    for card in interrupted + finished:
        assert RunConfig.from_dict(card.recipe) == config
        assert card.versions == installed_versions()
        assert card.clip_spec["sampler"] == "dense"
        assert card.protocol == get_protocol("bqn_ucf101").to_dict()
        assert card.data == {
            "name": config.data,
            "fingerprint": training,
            "counts": {"training": 16, "validation": 8},
            "validation_fingerprint": validation,
        }


def test_other_videos_cannot_be_gone_on_with(config, tmp_path):
    folder = tmp_path / "videos"
    paths = write_motion_dataset(folder, {"train": 1}, seed=1)
    config = dataclasses.replace(
        config,
        data=str(folder / "train"),
        validation_data=None,
        validation_split=0.0,
    )
    with pytest.raises(KeyboardInterrupt):
        quiet(config, callbacks=[Interrupt(epoch=1, step=0)])
    paths[0].write_bytes(paths[1].read_bytes() + b"more")
    with pytest.raises(ValueError, match="not those that this run began with"):
        quiet(config, resume=True)
    card = json.loads((tmp_path / "run" / "run.card.json").read_text())
    assert card["data"]["counts"] == {"training": 8}
    quiet(dataclasses.replace(config, epochs=1), overwrite=True)


def test_unknown_protocol(config):
    wrong = dataclasses.replace(config, protocol="bqn_ucf11")
    with pytest.raises(ValueError, match="nearest are bqn_ucf101"):
        quiet(wrong)


def test_a_run_begins_with_the_weights_of_another(config, tmp_path):
    config = dataclasses.replace(config, epochs=1, protocol="bqn_ucf101")
    first = quiet(config)
    still = dataclasses.replace(
        config,
        weights_from=str(first.out / "model.keras"),
        batch_norm="frozen",
        optimizer={"name": "sgd", "learning_rate": 1e-9, "weight_decay": 0},
        seed=5,
        out=str(tmp_path / "second"),
    )
    second = quiet(still)
    # The last two are the classifier's, which begins anew.
    pairs = list(zip(weights(first), weights(second), strict=True))
    assert len(pairs) == 6
    for before, after in pairs[:4]:
        np.testing.assert_array_equal(after, before)
    assert (pairs[4][1] != pairs[4][0]).any()
    # A run that goes on has no use for the file.
    (first.out / "model.keras").unlink()
    assert quiet(still, resume=True).history == second.history


def weights(result):
    return result.model.get_weights()

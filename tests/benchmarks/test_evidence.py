"""The evidence harness: tables as Markdown, and runs that can stop."""

import dataclasses
import inspect
import json

import numpy as np
import pytest

from tests.support.benchmarks import load


@pytest.fixture(scope="module")
def evidence():
    return load("evidence")


@pytest.fixture(scope="module")
def tables(evidence):
    return evidence.evidence_tables


def small_table(tables):
    rows = (
        tables.Row("first", "tsn_resnet_nano"),
        tables.Row("second, larger", "tsm_resnet_nano"),
    )
    return tables.Table("small", "page.md", "easy", rows)


def write_result(out, name, top1, **others):
    path = out / "small" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {"top1": top1, "train_top1": 1.0, "seconds": 2.0, **others}
    path.write_text(json.dumps(result | {"params": 1234, "macs": 5_600_000}))


def test_every_row_has_a_name_of_its_own_and_arguments_of_its_network(tables):
    import kvideo

    for table in tables.TABLES.values():
        slugs = [row.slug for row in table.rows]
        assert len(set(slugs)) == len(slugs)
        for row in table.rows:
            builder = row.model
            if not callable(builder):
                builder = kvideo.model_info(row.model).builder
            inspect.signature(builder).bind(classes=8, **row.overrides)


@pytest.mark.slow
def test_every_row_has_a_network_and_clips(tables, evidence):
    from kvideo.applications.shapes_only import shapes_only

    for table in tables.TABLES.values():
        for row in table.rows:
            with shapes_only():
                evidence.clip_spec(row, evidence.build(row), 64)


def test_markdown_has_mean_spread_and_what_is_missing(
    tables, evidence, tmp_path
):
    write_result(tmp_path, "first-0", 0.5)
    write_result(tmp_path, "first-1", 0.7)
    text = tables.markdown(small_table(tables), tmp_path, evidence.QUICK)
    assert (
        "| first | 60.0 | 50.0 to 70.0 | 2 | 100.0 | 1,234 | 5.6 | 2 |" in text
    )
    assert "| second, larger | not run |" in text


def test_rows_whose_names_begin_alike_keep_their_results(tables, tmp_path):
    rows = (tables.Row("alpha 0", "any"), tables.Row("alpha 0.5", "any"))
    table = tables.Table("small", "page.md", "easy", rows)
    write_result(tmp_path, "alpha-0-0", 0.25)
    write_result(tmp_path, "alpha-0-5-0", 0.75)
    found = [
        [r["top1"] for r in tables.results(table, row, tmp_path)]
        for row in rows
    ]
    assert found == [[0.25], [0.75]]


def test_extra_columns_hold_a_mean_or_a_dash(tables, evidence, tmp_path):
    table = small_table(tables)
    table = dataclasses.replace(table, extras={"enopr": "ENoPR"})
    write_result(tmp_path, "first-0", 0.5, enopr=0.25)
    write_result(tmp_path, "first-1", 0.5, enopr=0.75)
    write_result(tmp_path, "second-larger-0", 0.5, enopr=None)
    text = tables.markdown(table, tmp_path, evidence.QUICK)
    heading, rule, first, second, *_ = text.split("\n")
    assert heading.count("|") == rule.count("|") == first.count("|") == 10
    assert "| train top-1 % | ENoPR | parameters |" in heading
    assert "| 100.0 | 0.50 | 1,234 |" in first
    assert "| 100.0 | - | 1,234 |" in second


def test_table_goes_between_its_markers(tables, evidence, tmp_path):
    table = small_table(tables)
    page = tmp_path / "page.md"
    page.write_text(
        "# A\n<!-- evidence:small -->\nold\n<!-- /evidence:small -->\nB\n"
    )
    tables.write_page(table, tmp_path, tmp_path, evidence.QUICK)
    text = page.read_text()
    assert text.startswith("# A\n") and text.endswith("\nB\n")
    assert "old" not in text and "| variant |" in text
    page.write_text("no markers")
    with pytest.raises(ValueError, match="must have the lines"):
        tables.write_page(table, tmp_path, tmp_path, evidence.QUICK)


def test_finished_runs_are_not_repeated(
    tables, evidence, tmp_path, monkeypatch
):
    ran = []

    def run(row, seed, data, protocol):
        ran.append((row.label, seed))
        return {"top1": 0.5, "seconds": 1.0}

    monkeypatch.setattr(evidence, "decoded", lambda *_: None)
    monkeypatch.setattr(evidence, "run", run)
    write_result(tmp_path, "first-0", 0.5)
    for _ in range(2):
        evidence.run_table(
            small_table(tables), [0, 1], evidence.QUICK, tmp_path, tmp_path
        )
    assert ran == [
        ("second, larger", 0),
        ("first", 1),
        ("second, larger", 1),
    ]


def test_clips_depend_on_the_seed_alone(evidence):
    videos = np.arange(6 * 20, dtype="uint8").reshape(6, 20, 1, 1, 1)
    labels = np.arange(6)
    spec = evidence.ClipSpec(num_frames=4, frame_size=(1, 1))

    def epoch(seed):
        clips = evidence.CachedClips(videos, labels, spec, 4, seed)
        return np.concatenate([clips[i][0] for i in range(len(clips))])

    np.testing.assert_array_equal(epoch(1), epoch(1))
    assert (epoch(1) != epoch(2)).any()
    still = evidence.CachedClips(videos, labels, spec, 4)
    np.testing.assert_array_equal(still[0][1], [0, 1, 2, 3])


class Reader:
    """Takes the class of a clip from one of its frames."""

    def __init__(self, frame):
        self.frame = frame

    def predict_on_batch(self, clips):
        return np.eye(8)[clips[:, self.frame].reshape(-1).astype(int)]


def test_turned_clips_get_the_class_of_the_partner(evidence):
    # grow and shrink are partners, and so are down and up.
    names = list(evidence.synthetic.MOTION_CLASSES)
    grow, down, shrink, up = (
        names.index(name) for name in ("grow", "move_down", "shrink", "move_up")
    )
    first = np.array([grow, shrink, up, grow])
    last = np.array([shrink, grow, grow, down])
    clips = np.stack([first, last], axis=1).reshape(4, 2, 1, 1, 1)
    labels = np.array([grow, shrink, up, down])
    # Two of the three clips that are right turn into their partners.
    turned = evidence.turned(Reader(0), [(clips, labels)])
    assert turned == pytest.approx(200 / 3)
    wrong = np.full(4, names.index("turn_clockwise"))
    assert evidence.turned(Reader(0), [(clips, wrong)]) is None


@pytest.mark.slow
def test_a_row_trains_from_real_files(tables, evidence, tmp_path):
    table = small_table(tables)
    data = evidence.decoded("easy", evidence.QUICK, tmp_path)
    result = evidence.run(table.rows[1], 0, data, evidence.QUICK)
    assert 0 <= result["top1"] <= 1
    assert result["params"] > 100_000


def joint_network():
    """The smallest DAN that the evidence harness can sample clips for."""
    return {"input_shape": (4, 64, 64, 3), "frames_per_segment": 2}


def test_separate_training_is_two_trainings(tables, evidence):
    import kvideo

    model = kvideo.create_model("dan_nano", classes=8, **joint_network())
    joint = {"strategy": "separate"}
    protocol = evidence.Protocol(epochs=5, projection_epochs=3)
    (first, n1), (second, n2) = evidence.phases(model, joint, protocol, 10)
    assert (n1, first.projection_steps) == (3, 30)
    assert (n2, second.projection_steps) == (5, 0)
    assert first.network is second.network is model
    assert evidence.phases(model, {}, protocol, 10) == [(model, 5)]
    ((trainer, epochs),) = evidence.phases(
        model, {"strategy": "schedule"}, protocol, 10
    )
    assert (trainer.total_steps, epochs) == (50, 5)


@pytest.mark.slow
def test_a_joint_row_measures_its_projection(tables, evidence, tmp_path):
    row = tables.Row(
        "MGDA", "dan_nano", joint_network(), joint={"strategy": "mgda"}
    )
    data = evidence.decoded("easy", evidence.QUICK, tmp_path)
    result = evidence.run(row, 0, data, evidence.QUICK)
    assert result["enopr"] > 0
    assert 0 <= result["alpha"] <= 1

"""What `kvideo evaluate` prints and writes."""

import csv
import dataclasses
import io
import json
from pathlib import Path

import numpy as np

from kvideo import console
from kvideo.cli_paths import network_file
from kvideo.damage import reading
from kvideo.evaluation import print_section, scorecard, write_report
from kvideo.evaluation.run_report import STRIPS, Measured, run_report
from kvideo.export import card_path
from kvideo.export.loaders import load_network
from kvideo.files import write_atomically
from kvideo.visualize.curves import read_history

# On a terminal; files and pages have all of them.
SHOWN_CLASSES = 30


def show(views, videos, macs):
    """Print the figures of an evaluation."""
    page = [
        scorecard.figures_section(views, videos, macs),
        scorecard.class_section(videos, SHOWN_CLASSES),
        scorecard.hardest_section(videos),
    ]
    if len(views.labels) > len(videos.labels):
        page.append(scorecard.views_section(views))
    for section in page:
        _show(section)


def show_temporal(rows):
    """Print what changed clips gave, rows of `scorecard.temporal_section`."""
    _show(scorecard.temporal_section(rows))


def _show(section):
    console.OUT.print(section.title, style="bold")
    if section.text:
        console.OUT.print(section.text)
    print_section(section, console.OUT)


def write_files(out, views, videos):
    """`evaluation.npz` (scores of views), `.json`, and two tables (CSV)."""
    out = Path(out)
    views.save(out / "evaluation.npz")
    figures = videos.to_dict() | {"protocol": views.protocol}
    if len(views.labels) > len(videos.labels):
        figures["views"] = {
            name: value
            for name, value in views.to_dict().items()
            if name in ("clips", "top1", "top5", "mean_class_accuracy")
        }
    text = json.dumps(figures, indent=1)
    write_atomically(out / "evaluation.json", text.encode())
    rows = [dataclasses.astuple(row) for row in scorecard.class_rows(videos)]
    _write_csv(
        out / "classes.csv", ("class", "clips", "right", "taken_for"), rows
    )
    names = list(videos.class_names)
    matrix = zip(names, *videos.confusion.T.tolist(), strict=True)
    _write_csv(out / "confusion.csv", ("class", *names), matrix)
    console.OUT.print(f"Saved {out / 'evaluation.npz'}")


def _write_csv(path, columns, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    write_atomically(path, text.getvalue().encode())


def remember(model, card, protocol, videos):
    """Store a protocol, and what it gave, in the card beside a network."""
    measured = {
        "test_top1": videos.top1,
        "test_top5": videos.top5,
        "test_mean_class_accuracy": videos.mean_class_accuracy,
        "test_videos": len(videos.labels),
    }
    path = card_path(network_file(model))
    dataclasses.replace(
        card,
        protocol=protocol.to_dict(),
        metrics={**card.metrics, **measured},
    ).save(path)
    console.OUT.print(f"Stored the protocol in {path}")


def write_page(path, model, data, command, job, views, videos, macs, temporal):
    """The report of an evaluation, as an HTML file."""
    card, network = job.artefact.card, network_file(model)
    keras_model = None
    if network.suffix == ".keras":
        keras_model = load_network(network)
    measured = Measured(
        title=f"{card.model} on {Path(data).name}",
        subtitle=f"{network}, on {len(videos.labels)} videos of {data}.",
        command=command,
        views=views,
        videos=videos,
        macs=macs,
        temporal=temporal,
        history=_history(network.parent),
        clips=job.clips(videos, STRIPS),
        model=keras_model,
        settings=_settings(card, network.parent, job.protocol),
    )
    saved = write_report(run_report(measured), path)
    console.OUT.print(f"Saved {saved}")


def _history(folder):
    """Rows of a run's training log; none for a network alone."""
    path = folder / "history.csv"
    if not path.is_file():
        return ()
    curves = read_history(path)
    rows = np.transpose(list(curves.values())).tolist()
    return tuple(dict(zip(curves, row, strict=True)) for row in rows)


def _settings(card, folder, protocol):
    """Heading to fields: the run's configuration, the card, the protocol."""
    run, steps = {}, protocol.to_dict()
    if (folder / "config.yaml").is_file():
        import yaml

        from kvideo.yaml_files import read_yaml

        path = folder / "config.yaml"
        then = "The page can be made without it: move it away"
        with reading(path, then, also=(yaml.YAMLError,)):
            run = _flat(read_yaml(path))
    return {
        "Run": run or _flat(card.recipe),
        "Training data": _flat(card.data),
        "Clips": card.clip_spec,
        "Test": {k: v for k, v in steps.items() if v is not None},
        "Made with": {"created": card.created, **card.versions},
    }


def _flat(fields, prefix=""):
    """Fields of sections as `section.field`."""
    flat = {}
    for key, value in fields.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat

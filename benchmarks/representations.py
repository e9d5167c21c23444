"""Motion representations in front of one and the same small network.

    python benchmarks/representations.py

The shape of Tables 3.12 and 5.1 of Huang's thesis: every representation makes
one image of a segment of six frames, a nano ResNet classifies the images.
Prints what each costs, by itself and in time of the whole network beside that
of RGB, and the accuracies on file from `evidence.py representations-tsn` (no
sense of time but what the images show, as in Table 5.1) and
`evidence.py representations-tsm` (as in Table 3.12).
"""

import argparse
import os
import pathlib
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import evidence_tables
import keras
from representation_networks import (
    REPRESENTATIONS,
    SEGMENTS,
    SIZE,
    clip_input,
    network,
)

import kvideo
from kvideo.applications.shapes_only import shapes_only
from kvideo.evaluation.bench import random_clip

THESIS = (8, 224)  # segments, size


def cost(representation, segments, size):
    """Parameters and MACs of the representation alone."""
    with shapes_only():
        clips = clip_input(representation, segments, size)
        model = keras.Model(clips, REPRESENTATIONS[representation](clips))
        counted = kvideo.count(model)
    return counted.trainable_params, counted.macs


def times(models, runs):
    """Median CPU seconds of a clip for each model, taken in turns."""
    clips = {n: random_clip(m.input_shape[1:]) for n, m in models.items()}
    found = {name: [] for name in models}
    for run in range(runs + 2):
        for name, model in models.items():
            start = time.process_time()
            model.predict_on_batch(clips[name])
            if run >= 2:  # the first compile
                found[name].append(time.process_time() - start)
    return {name: statistics.median(t) for name, t in found.items()}


def accuracies(out):
    """{table: {representation: text}} of the results on file."""
    found = {}
    for name in ("representations-tsn", "representations-tsm"):
        table = evidence_tables.TABLES[name]
        found[name] = {}
        for row in table.rows:
            runs = evidence_tables.results(table, row, out)
            top1 = [100 * run["top1"] for run in runs]
            found[name][row.label] = (
                f"{statistics.mean(top1):.1f} ({len(top1)})" if top1 else "-"
            )
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--out", default="benchmarks/results")
    arguments = parser.parse_args()
    models = {name: network(name) for name in REPRESENTATIONS}
    seconds = times(models, arguments.runs)
    tsn, tsm = accuracies(pathlib.Path(arguments.out)).values()
    print(
        "| representation | parameters | MMAC | GMAC, 48x224x224 "
        "| time of the network, RGB = 1 | TSN top-1 % (seeds) "
        "| TSM top-1 % (seeds) |\n|---|---|---|---|---|---|---|"
    )
    for name in REPRESENTATIONS:
        params, macs = cost(name, SEGMENTS, SIZE)
        _, full = cost(name, *THESIS)
        print(
            f"| {name} | {params:,} | {macs / 1e6:.2f} | {full / 1e9:.2f} "
            f"| {seconds[name] / seconds['RGB']:.2f} "
            f"| {tsn[name]} | {tsm[name]} |"
        )


if __name__ == "__main__":
    main()

"""Accuracy on videos of one's own, in folds that keep sources apart.

    python benchmarks/real_footage.py clips.csv --seeds 0 1 2

The list has the columns `clip` (a path beside it), `label` and `source`; clips
of one source are in one fold. Prints, over all folds: the share of the largest
class, a logistic regression on 22 numbers of frame differences, and each
network from each start. A network that does not beat 22 numbers has learnt
nothing. Each fold of each run is a small JSON file below `--out`, so an
interrupted table goes on where it stopped.
"""

import argparse
import csv
import json
import os
import pathlib
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

import kvideo
from kvideo.data import decode

FOLDS = 5
STARTS = {
    "motion": {},
    "random": {"model_overrides": {"weights": None}},
}


def main():
    options = parsed()
    rows = read(options.videos)
    print(f"`python {' '.join(sys.argv)}`\n")
    print("| run | top-1 % over all folds, seed by seed |\n|---|---|")
    labels = np.array([row["label"] for row in rows])
    _, counts = np.unique(labels, return_counts=True)
    print(f"| the largest class | {100 * counts.max() / counts.sum():.1f} |")
    print(f"| 22 numbers | {100 * simple(rows, options):.1f} |")
    for model in options.models:
        for start in options.starts:
            found = [
                100 * trained(rows, options, model, start, seed)
                for seed in options.seeds
            ]
            cells = ", ".join(f"{value:.1f}" for value in found)
            print(f"| {model}, {start} | {cells} |", flush=True)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("videos", type=pathlib.Path, help="the list, a CSV")
    parser.add_argument("--models", nargs="*", default=["bqn_nano"])
    parser.add_argument("--starts", nargs="+", choices=STARTS, default=STARTS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    folder = pathlib.Path("runs/real-footage")
    parser.add_argument("--out", type=pathlib.Path, default=folder)
    return parser.parse_args()


def read(path):
    """Rows of the list with a fold each; large sources are dealt out first."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sizes = {}
    for row in rows:
        row["path"] = str((path.parent / row["clip"]).resolve())
        sizes[row["source"]] = sizes.get(row["source"], 0) + 1
    filled, fold = [0] * FOLDS, {}
    for source in sorted(sizes, key=lambda name: (-sizes[name], name)):
        fold[source] = filled.index(min(filled))
        filled[fold[source]] += sizes[source]
    return [row | {"fold": fold[row["source"]]} for row in rows]


# -- 22 numbers ----------------------------------------------------------------


def simple(rows, options):
    """Accuracy of a logistic regression on `differences`, over all folds."""
    cache = options.out / "differences.npy"
    if not cache.exists():
        options.out.mkdir(parents=True, exist_ok=True)
        np.save(cache, [differences(row["path"]) for row in rows])
    numbers, folds = np.load(cache), np.array([row["fold"] for row in rows])
    _, labels = np.unique([row["label"] for row in rows], return_inverse=True)
    right = 0
    for fold in range(FOLDS):
        known = folds != fold
        scores = regression(numbers[known], labels[known], numbers[~known])
        right += np.sum(scores.argmax(axis=1) == labels[~known])
    return right / len(rows)


def differences(path):
    """22 numbers of a video: how grey levels change between frames.

    Means and deviations over time in the nine parts of the picture, and of
    the whole its mean, deviation, median and largest value.
    """
    frames = decode.read_frames(path, range(decode.count_frames(path)))
    grey = frames.astype("float32").mean(axis=-1)
    change = np.abs(np.diff(grey, axis=0))
    parts = [
        part.mean(axis=(1, 2))
        for band in np.array_split(change, 3, axis=1)
        for part in np.array_split(band, 3, axis=2)
    ]
    parts, whole = np.array(parts), change.mean(axis=(1, 2))
    return np.concatenate(
        [
            parts.mean(axis=1),
            parts.std(axis=1),
            [whole.mean(), whole.std(), np.median(whole), whole.max()],
        ]
    )


def regression(known, labels, new, decay=1e-2):
    """Scores of `new` by a logistic regression on logarithms."""
    known, new = np.log1p(known), np.log1p(new)
    mean, deviation = known.mean(axis=0), known.std(axis=0) + 1e-6
    known, new = (known - mean) / deviation, (new - mean) / deviation
    targets = np.eye(labels.max() + 1)[labels]
    weights = np.zeros((known.shape[1], targets.shape[1]))
    offsets = np.zeros(targets.shape[1])
    for _ in range(2000):
        scores = known @ weights + offsets
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = shares / shares.sum(axis=1, keepdims=True) - targets
        weights -= 0.3 * (known.T @ error / len(known) + decay * weights)
        offsets -= 0.3 * error.mean(axis=0)
    return new @ weights + offsets


# -- networks ------------------------------------------------------------------


def trained(rows, options, model, start, seed):
    """Accuracy of a network over all folds."""
    right = 0
    for fold in range(FOLDS):
        name = f"{model}.{start}.{seed}.{fold}.json"
        path = options.out / name
        if not path.exists():
            found = fitted(rows, options, model, STARTS[start], seed, fold)
            path.write_text(json.dumps(found))
        right += json.loads(path.read_text())["right"]
    return right / len(rows)


def fitted(rows, options, model, start, seed, fold):
    """{"right": clips of the fold that are named rightly, "accuracy"}."""
    with tempfile.TemporaryDirectory() as folder:
        lists = {
            "train": [row for row in rows if row["fold"] != fold],
            "test": [row for row in rows if row["fold"] == fold],
        }
        for name, part in lists.items():
            lines = [f"{row['path']},{row['label']}" for row in part]
            text = "\n".join(["path,label", *lines]) + "\n"
            pathlib.Path(folder, f"{name}.csv").write_text(text)
        run = kvideo.train(
            model=model,
            data=f"{folder}/train.csv",
            validation_split=0,
            cache_dir=str(options.out / "frames"),
            crop={"kind": "random_resized", "area": (0.4, 1.0)},
            epochs=options.epochs,
            optimizer={"learning_rate": options.learning_rate},
            seed=seed,
            out=f"{folder}/run",
            verbose=0,
            **start,
        )
        found = kvideo.evaluate(
            run.out / "model.keras", f"{folder}/test.csv", views="5x1"
        )
    keras.backend.clear_session()
    right = int(np.sum(found.predictions == found.labels))
    return {"right": right, "accuracy": float(found.top1)}


if __name__ == "__main__":
    main()

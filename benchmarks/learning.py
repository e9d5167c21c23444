"""What a run of `kvideo.train` reaches on the motion data, row by row.

    python benchmarks/learning.py first-training --seeds 0 1 2 3 4
    python benchmarks/learning.py few-videos
    python benchmarks/learning.py options

Each run is one row of a table and one seed; its result is a small JSON file
below `--out`, so an interrupted table goes on where it stopped, and several
processes may share one. The table is printed from all results there are.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

import kvideo
from kvideo.data.synthetic import write_motion_dataset

# Numbers of seeds far from those that the procedural clips have.
DATA_SEED = 4000
AT_RANDOM = {"model_overrides": {"weights": None}}
# A linear classifier on a network that stays as it is.
PROBE = {
    "batch_norm": "frozen",
    "optimizer": {
        "name": "adamw",
        "groups": {
            role: [0, 0]
            for role in ("first_conv", "conv", "kernel", "bias", "norm")
        },
    },
}
TRAIN = {"epochs": 10, "videos": 80}


def first_training():
    """Every nano network at the defaults of `kvideo train`."""
    return {name: TRAIN | {"model": name} for name in _nano()}


def from_random():
    """The same from random weights, for as long as a person would wait."""
    fields = TRAIN | AT_RANDOM | {"epochs": 24}
    return {name: fields | {"model": name} for name in _nano()}


def few_videos():
    """2, 4 and 16 videos a class: the same number of steps for all."""
    rows = {}
    for name in ("bqn_nano", "tsm_resnet_nano"):
        for videos, epochs in ((2, 160), (4, 80), (16, 20)):
            fields = {"model": name, "videos": videos, "epochs": epochs}
            start = f"{name}, {videos} a class"
            rows[f"{start}, motion"] = fields
            rows[f"{start}, motion, probe"] = fields | PROBE
            rows[f"{start}, random"] = fields | AT_RANDOM
    return rows


def options():
    """What there is to switch on, from random weights."""
    changes = {
        "defaults": {},
        "precise_batch_norm": {"precise_batch_norm": 20},
        "EMA 0.99": {"optimizer": {"ema": 0.99}},
        "label smoothing 0.1": {"label_smoothing": 0.1},
        "batches in 2 parts": {"accumulate": 2},
        "multigrid": {"multigrid": (4, 3, 2, 1)},
        "AdamW": {"optimizer": {"name": "adamw"}},
        "SGD": {"optimizer": {"name": "sgd", "weight_decay": 0, "l2": 1e-4}},
        "motion weights": {"model_overrides": {}},
    }
    start = {"model": "bqn_nano", "videos": 40, "epochs": 16} | AT_RANDOM
    rows = {name: start | change for name, change in changes.items()}
    joint = start | {"model": "dan_nano"}
    rows["dan_nano"] = joint
    rows["dan_nano, joint training (MGDA)"] = joint | {"joint": "mgda"}
    return rows


def unequal():
    """Two of eight classes have 80 videos, the others 10."""
    start = {"model": "bqn_nano", "videos": 80, "unequal": 10, "epochs": 10}
    rows = {}
    for name, weights in (("motion", {}), ("random", AT_RANDOM)):
        fields = start | weights | {"epochs": 10 if name == "motion" else 30}
        rows[name] = fields
        rows[f"{name}, balanced"] = fields | {"class_weight": "balanced"}
    return rows


TABLES = {
    "first-training": first_training,
    "from-random": from_random,
    "few-videos": few_videos,
    "options": options,
    "unequal": unequal,
}


def main():
    options = parsed()
    rows = TABLES[options.table]()
    wanted = [n for n in rows if not options.only or n in options.only]
    for seed in options.seeds:
        for name in wanted:
            path = place(options, name, seed)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(measured(rows[name], seed, options)))
                print(path, path.read_text(), flush=True)
    print("\n".join(table(options, rows)))


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", help="some of the rows")
    parser.add_argument("--test", type=int, default=30, help="videos a class")
    folder = pathlib.Path("runs/learning")
    parser.add_argument("--out", type=pathlib.Path, default=folder)
    return parser.parse_args()


def place(options, name, seed):
    slug = "".join(c if c.isalnum() else "-" for c in name)
    return options.out / options.table / f"{slug}.{seed}.json"


def measured(row, seed, options):
    """Trains a row; {"top1", "per_class", "loss", "seconds"}."""
    fields = {**row}
    data = videos(options, fields.pop("videos"), fields.pop("unequal", None))
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        result = kvideo.train(
            data=str(data / "train"),
            validation_data=str(data / "test"),
            cache_dir=str(options.out / "frames"),
            out=folder,
            seed=seed,
            verbose=0,
            **fields,
        )
        found = kvideo.evaluate(result.out / "model.keras", data / "test")
    counts = found.confusion
    keras.backend.clear_session()
    return {
        "top1": float(found.top1),
        "per_class": (counts.diagonal() / counts.sum(axis=1)).tolist(),
        "loss": result.history[-1]["loss"],
        "seconds": round(time.perf_counter() - began),
    }


def videos(options, count, unequal):
    """The folder of the data, written once."""
    folder = options.out / f"motion-{count}"
    write_motion_dataset(folder, {"train": count}, seed=DATA_SEED)
    write_motion_dataset(
        folder, {"train": count, "test": options.test}, seed=DATA_SEED
    )
    return folder if unequal is None else _thinned(folder, unequal)


def _thinned(folder, left):
    """The same with fewer videos in all but the first two classes."""
    thin = folder.with_name(f"{folder.name}-{left}")
    for path in sorted(folder.rglob("*.mp4")):
        target = thin / path.relative_to(folder)
        classes = sorted(p.name for p in (folder / "train").iterdir())
        rare = classes.index(path.parent.name) > 1 and "train" in target.parts
        if rare and sorted(path.parent.iterdir()).index(path) >= left:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.hardlink_to(path)
    return thin


def table(options, rows):
    """Markdown lines: each row with its seeds."""
    yield f"`{' '.join(['python', *sys.argv])}`"
    yield ""
    yield "| run | top-1 %, seed by seed | mean | lowest class | seconds |"
    yield "|---|---|---|---|---|"
    for name in rows:
        paths = [place(options, name, seed) for seed in options.seeds]
        found = [json.loads(p.read_text()) for p in paths if p.exists()]
        if found:
            yield "| " + " | ".join(_cells(name, found)) + " |"


def _cells(name, found):
    top1 = [100 * run["top1"] for run in found]
    lowest = [100 * min(run["per_class"]) for run in found]
    return (
        name,
        ", ".join(f"{x:.1f}" for x in top1),
        f"{statistics.mean(top1):.1f}",
        ", ".join(f"{x:.0f}" for x in lowest),
        f"{statistics.mean(run['seconds'] for run in found):.0f}",
    )


def _nano():
    return sorted(kvideo.list_models("*_nano"))


if __name__ == "__main__":
    main()

"""Networks trained at 25 frames a second, and tested at other rates.

    python benchmarks/frame_rates.py --seeds 0 1 --out frame_rates.json

The movements of the test are the same at each rate: the motion data, rendered
at the instants of another camera. Each network is tested with frames as they
come (what a network counts) and by time (what `kvideo evaluate` does), with and
without a stride that varied in training. One thread; results that are in the
file are not measured again.
"""

import argparse
import dataclasses
import itertools
import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import keras
import numpy as np

import kvideo
from kvideo.data import decode, synthetic
from kvideo.trainers import OptimizerConfig, RunConfig, ScheduleConfig

SECONDS = synthetic.NUM_FRAMES / synthetic.FPS
JITTER = (0.5, 2)
CODEC = {"crf": "18", "preset": "veryfast"}


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is trained and tested.

    Attributes:
        train, test: Videos a class.
        epochs: Of each training.
    """

    train: int = 30
    test: int = 30
    epochs: int = 16


QUICK = Size(train=2, test=1, epochs=1)

# Title -> fields of a run.
NETWORKS = {
    "bqn_nano, segments of 3": {"model": "bqn_nano"},
    "tsm_resnet_nano, dense, stride 3": {
        "model": "tsm_resnet_nano",
        "sampler": "dense",
        "frame_stride": 3,
    },
    "tsm_resnet_nano, dense, stride 1": {
        "model": "tsm_resnet_nano",
        "sampler": "dense",
        "frame_stride": 1,
    },
}
RATES = ("25", "12.5", "50", "variable")
READINGS = {"as they come": 0, "by time": None}


def instants(rate, rng):
    """Seconds of the frames of a video of two seconds, `(n,)`.

    "variable" has the rate of one of the others, drawn for 8 frames each.
    """
    if rate != "variable":
        return np.arange(0, SECONDS - 1e-9, 1 / float(rate))
    rates = rng.choice([12.5, 25, 50], 13).repeat(8)
    times = np.cumsum(np.r_[0, 1 / rates])
    return times[times < SECONDS - 1e-9]


def write_videos(folder, rate, number, seed):
    """Writes the data set at a rate; the same seed is the same movements."""
    for label, name in enumerate(synthetic.MOTION_CLASSES):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(number):
            path = folder / name / f"{index:03d}.mp4"
            if path.exists():
                continue
            key = np.random.SeedSequence((seed, label, index))
            times = instants(rate, np.random.default_rng(key.spawn(1)[0]))
            frames = synthetic.render_motion_video(name, key, times=times)
            decode.write_video(path, frames, options=CODEC, times=times)


def configuration(fields, jitter, seed, size, folder):
    """The `RunConfig` of a training."""
    return RunConfig(
        **fields,
        data=str(folder / "train"),
        validation_split=0.0,
        model_overrides={"weights": "motion"},
        horizontal_flip=False,
        stride_jitter=jitter,
        cache_dir=str(folder / "cache"),
        epochs=size.epochs,
        optimizer=OptimizerConfig("adamw", 5e-3, clip_norm=1.0),
        schedule=ScheduleConfig(warmup_epochs=size.epochs / 4),
        strategy="none",
        seed=seed,
        out=str(folder / "run"),
    )


def measure(fields, jitter, seed, size, folder):
    """Top-1 accuracy: reading -> rate -> share."""
    keras.backend.clear_session(free_memory=True)
    run = configuration(fields, jitter, seed, size, folder)
    kvideo.train(run, overwrite=True, verbose=0)
    network = kvideo.load(run.out)
    return {
        reading: {
            rate: kvideo.evaluate(
                network, folder / f"test-{rate}", fps=fps
            ).top1
            for rate in RATES
        }
        for reading, fps in READINGS.items()
    }


def table(found):
    """The means over seeds, in per cent, as lines of Markdown."""
    yield f"| network | stride varied | frames | {' | '.join(RATES)} |"
    yield "| --- " * (3 + len(RATES)) + "|"
    for (title, jitter), seeds in grouped(found).items():
        for reading in READINGS:
            cells = []
            for rate in RATES:
                shares = [100 * run[reading][rate] for run in seeds]
                each = ", ".join(f"{share:.0f}" for share in shares)
                cells.append(f"{np.mean(shares):.1f} ({each})")
            yield f"| {title} | {jitter} | {reading} | {' | '.join(cells)} |"


def grouped(found):
    """(title, jitter) -> the measurements of its seeds."""
    groups = {}
    for row in found:
        groups.setdefault((row["network"], row["jitter"]), []).append(
            row["top1"]
        )
    return groups


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--folder", default="data/frame_rates")
    parser.add_argument("--out", default="frame_rates.json")
    parser.add_argument(
        "--quick", action="store_true", help="a smoke run: nothing learned"
    )
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else Size()
    folder, out = pathlib.Path(arguments.folder), pathlib.Path(arguments.out)
    write_videos(folder / "train", "25", size.train, seed=0)
    for rate in RATES:
        write_videos(folder / f"test-{rate}", rate, size.test, seed=1)
    found = json.loads(out.read_text()) if out.exists() else []
    for seed, title, jitter in itertools.product(
        arguments.seeds, NETWORKS, (None, JITTER)
    ):
        words = "no" if jitter is None else "{:g} to {:g}".format(*jitter)
        key = {"network": title, "jitter": words, "seed": seed}
        if any(key.items() <= row.items() for row in found):
            continue
        top1 = measure(NETWORKS[title], jitter, seed, size, folder)
        found.append(key | {"top1": top1})
        out.write_text(json.dumps(found, indent=1))
        print(json.dumps(found[-1]), flush=True)
    print(*table(found), sep="\n")


if __name__ == "__main__":
    main()

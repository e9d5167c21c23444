"""Trains a table of variants on the motion data and writes it into the docs.

    python benchmarks/evidence.py bqn-defaults
    python benchmarks/evidence.py bqn-parts --seeds 0 1 2

Each run is one row of a table and one seed; its result is a small JSON file,
so an interrupted table goes on where it stopped, and two processes may share
one (give each its seeds). The page is written from all results there are. Runs
on any Keras backend: clips come from a decoded cache through NumPy.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import evidence_tables
import flow_clips
import keras
import numpy as np

import kvideo
from kvideo.data import decode, sampling, synthetic
from kvideo.data.spec import ClipSpec

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True)
class Protocol:
    """How every row of every table is trained.

    Attributes:
        train: Videos per class to train on.
        test: Videos per class to test on.
        size: Side of the cached frames.
        epochs, batch_size, learning_rate, weight_decay: AdamW with a cosine
            schedule; a tenth of the steps is linear warm-up.
        projection_epochs: What the strategy "separate" spends on the
            projection alone, before as many epochs as all rows have.
    """

    train: int = 60
    test: int = 40
    size: int = 64
    epochs: int = 14
    batch_size: int = 16
    learning_rate: float = 5e-3
    weight_decay: float = 0.02
    projection_epochs: int = 4


QUICK = Protocol(train=2, test=2, epochs=1, projection_epochs=1)


class CachedClips(keras.utils.PyDataset):
    """Batches of clips sampled from decoded videos.

    Args:
        videos: uint8 (N, frames, H, W, 3).
        labels: integers (N,).
        spec: `ClipSpec`.
        batch_size: clips in a batch.
        seed: None for testing; otherwise clips are drawn at random and in
            random order, the same for the same seed.
    """

    def __init__(self, videos, labels, spec, batch_size, seed=None):
        super().__init__()
        self.videos, self.labels, self.spec = videos, labels, spec
        self.batch_size = batch_size
        self.rng = None if seed is None else np.random.default_rng(seed)
        self.order = np.arange(len(videos))
        self.on_epoch_end()

    def __len__(self):
        return -(-len(self.videos) // self.batch_size)

    def on_epoch_end(self):
        if self.rng is not None:
            self.rng.shuffle(self.order)

    def __getitem__(self, index):
        start = index * self.batch_size
        chosen = self.order[start : start + self.batch_size]
        clips = [self._clip(self.videos[i]) for i in chosen]
        return np.stack(clips).astype("float32"), self.labels[chosen]

    def _clip(self, video):
        return video[sampling.sample(len(video), self.spec, self.rng)]


def decoded(level, protocol, cache):
    """{"train" | "test": (videos, labels)} from real files, cached."""
    counts = {"train": protocol.train, "test": protocol.test}
    name = cache_name(level, protocol)
    path = cache / f"{name}.npz"
    if not path.exists():
        folder = cache / name
        synthetic.write_motion_dataset(folder, counts, seed=0, level=level)
        arrays = {}
        for split in counts:
            videos, labels = _decode_split(folder / split, protocol.size)
            arrays[f"{split}_videos"] = videos
            arrays[f"{split}_labels"] = labels
        partial = path.with_suffix(f".{os.getpid()}.npz")
        np.savez(partial, **arrays)
        partial.replace(path)
    with np.load(path) as stored:
        return {
            split: (stored[f"{split}_videos"], stored[f"{split}_labels"])
            for split in counts
        }


def cache_name(level, protocol):
    return f"{level}-{protocol.train}-{protocol.test}-{protocol.size}"


def _decode_split(folder, size):
    videos, labels = [], []
    for label, name in enumerate(sorted(p.name for p in folder.iterdir())):
        for path in sorted((folder / name).glob("*.mp4")):
            frames = decode.read_frames(path, range(synthetic.NUM_FRAMES))
            frames = keras.ops.image.resize(
                frames.astype("float32"), (size, size), antialias=True
            )
            frames = keras.ops.convert_to_numpy(frames)
            videos.append(np.clip(np.rint(frames), 0, 255).astype("uint8"))
            labels.append(label)
    return np.stack(videos), np.array(labels)


def run(row, seed, data, protocol):
    """Train and test one row once. Returns a dict of what was measured."""
    keras.utils.set_random_seed(seed)
    model = build(row)
    spec = clip_spec(row, model, protocol.size)
    batch = protocol.batch_size
    train = CachedClips(*data["train"], spec, batch, seed)
    test = CachedClips(*data["test"], spec, batch)
    start = time.perf_counter()
    for trainer, epochs in phases(model, row.joint, protocol, len(train)):
        compile_model(trainer, protocol, epochs * len(train))
        history = trainer.fit(train, epochs=epochs, verbose=0).history
    seconds = time.perf_counter() - start
    tested = trainer.evaluate(test, verbose=0, return_dict=True)
    counted = kvideo.count(model)
    measured = {
        "top1": float(tested["accuracy"]),
        "train_top1": float(history["accuracy"][-1]),
        "seconds": seconds,
        "params": counted.trainable_params,
        "macs": counted.macs,
        "turned": turned(trainer, test),
    }
    if row.joint:
        measured["enopr"] = float(tested["projection_loss"])
        measured["alpha"] = float(np.mean(history["alpha"]))
    return measured


def turned(model, test):
    """Per cent of clips that get the partner's class when played backwards.

    Counted are those that are right when played forwards; a network that
    knows the direction of time turns all of them, one that does not, none.
    None when no clip is right.
    """
    names = synthetic.MOTION_CLASSES
    partner = np.array(
        [names.index(synthetic.MOTION_REVERSALS[name]) for name in names]
    )
    right, changed = 0, 0
    for clips, labels in test:
        forwards, backwards = (
            np.argmax(model.predict_on_batch(c), axis=-1)
            for c in (clips, clips[:, ::-1])
        )
        known = forwards == labels
        right += known.sum()
        changed += (known & (backwards == partner[labels])).sum()
    return float(100 * changed / right) if right else None


def build(row):
    """The network of a row, for the eight classes of the motion data."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(row.precision)
    try:
        if callable(row.model):
            return row.model(classes=8, **row.overrides)
        return kvideo.create_model(row.model, classes=8, **row.overrides)
    finally:
        keras.config.set_dtype_policy(before)


def clip_spec(row, model, size):
    """How the network's own row samples clips, less what ours changes."""
    fields = {}
    if not callable(row.model):
        info = kvideo.model_info(row.model)
        names = "sampler", "frames_per_segment", "frame_stride"
        fields = {name: getattr(info, name) for name in names}
    return ClipSpec(
        num_frames=model.input_shape[1],
        frame_size=(size, size),
        **{**fields, **row.sampling},
    )


def phases(model, joint, protocol, steps):
    """Pairs of what to fit and for how many epochs of so many steps.

    "separate" is two trainings, so that its classifier has the epochs and the
    learning rates of all others.
    """
    epochs, first = protocol.epochs, protocol.projection_epochs
    if not joint:
        return [(model, epochs)]
    # Needs TensorFlow; all else here runs on any backend.
    from kvideo.trainers import JointTraining

    if joint["strategy"] == "separate":
        parts = (first, first * steps), (epochs, 0)
        return [
            (JointTraining(model, **joint, projection_steps=n), length)
            for length, n in parts
        ]
    return [(JointTraining(model, **joint, total_steps=epochs * steps), epochs)]


def compile_model(model, protocol, steps):
    warmup = max(1, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, steps - warmup),
        warmup_target=protocol.learning_rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.AdamW(
        schedule, weight_decay=protocol.weight_decay
    )
    # XLA makes whole networks slower on a CPU.
    model.compile(
        optimizer,
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile="auto" if keras.backend.backend() == "jax" else False,
    )


def run_table(table, seeds, protocol, cache, out):
    """Run what has no result yet."""
    frames = decoded(table.level, protocol, cache)
    for seed in seeds:
        for row in table.rows:
            path = out / table.name / f"{row.slug}-{seed}.json"
            if path.exists():
                continue
            data = frames
            if row.flow:
                name = f"flow-{cache_name(table.level, protocol)}.npz"
                data = flow_clips.flow_of_all(frames, cache / name)
            result = run(row, seed, data, protocol)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(result))
            print(
                f"{table.name} | {row.label} | seed {seed} | top-1 "
                f"{result['top1']:.3f} | {result['seconds']:.0f} s",
                flush=True,
            )
            keras.backend.clear_session(free_memory=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("table", choices=sorted(evidence_tables.TABLES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--cache", default="data/evidence")
    parser.add_argument("--out", default="benchmarks/results")
    parser.add_argument("--docs", default=str(ROOT / "docs"))
    parser.add_argument(
        "--quick", action="store_true", help="a smoke run: nothing learned"
    )
    parser.add_argument(
        "--write-only", action="store_true", help="write the page, train none"
    )
    arguments = parser.parse_args()
    table = evidence_tables.TABLES[arguments.table]
    protocol = QUICK if arguments.quick else Protocol()
    cache, out = pathlib.Path(arguments.cache), pathlib.Path(arguments.out)
    cache.mkdir(parents=True, exist_ok=True)
    if not arguments.write_only:
        run_table(table, arguments.seeds, protocol, cache, out)
    evidence_tables.write_page(
        table, out, pathlib.Path(arguments.docs), protocol
    )


if __name__ == "__main__":
    main()

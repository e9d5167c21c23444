"""Trains networks on procedural clips: where `weights="motion"` comes from.

    python training/pretrain_motion.py bqn_nano --clips 100000

writes `<out>/<network>.weights.h5` and, beside it, a card with the command,
the seed, the time it took and the accuracy on clips that it has not seen.
Several networks that take the same clips learn side by side: each clip is then
rendered once.
"""

import argparse
import json
import os
import platform
import time
from pathlib import Path

import keras
import numpy as np

import kvideo
from kvideo.applications.motion_weights import FOLDER, write_weights
from kvideo.data.procedural import CLASSES, ProceduralClips, SceneConfig
from kvideo.trainers import Warmup
from kvideo.trainers.groups import patterns
from kvideo.trainers.muon import muon_for

# Far from the seeds of trainings.
FRESH_SEED = 10**6


def main():
    options = parsed()
    config = shared_config(options.networks)
    clips = procedural(options, config)
    epochs = options.clips // (options.steps_per_epoch * options.batch_size)
    learners = [Learner(name, options, epochs) for name in options.networks]
    taken = Taken()
    for epoch in range(epochs):
        taken.take(clips)
        clips.on_epoch_end()
        for learner in learners:
            learner.learn(taken, epoch)
    taken.take(
        ProceduralClips(100, batch_size=32, config=config, seed=FRESH_SEED)
    )
    for learner in learners:
        learner.write(options, taken)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="+", help="registry names")
    parser.add_argument("--clips", type=int, default=100_000)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps-per-epoch", type=int, default=125)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=FOLDER)
    return parser.parse_args()


def shared_config(networks):
    """The clips that all the networks take."""
    shapes = {kvideo.model_info(name).input_shape for name in networks}
    if len(shapes) > 1:
        raise SystemExit(f"These networks take different clips: {shapes}")
    frames, size = shapes.pop()[:2]
    return SceneConfig(num_frames=frames, size=size)


def procedural(options, config):
    return ProceduralClips(
        steps=options.steps_per_epoch,
        batch_size=options.batch_size,
        config=config,
        seed=options.seed,
    )


class Taken(keras.utils.PyDataset):
    """The batches of an epoch, rendered once, kept in 8 bits.

    One for all epochs: Keras keeps every data set that it was given.
    """

    def take(self, clips):
        self._batches = []
        batches = (clips[index] for index in range(len(clips)))
        self._batches = [(x.astype(np.uint8), y) for x, y in batches]

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, index):
        clips, labels = self._batches[index]
        return clips.astype("float32"), labels


class Learner:
    """A network, and the hours that its own steps took."""

    def __init__(self, name, options, epochs):
        keras.utils.set_random_seed(options.seed)
        self.name, self.seconds = name, 0.0
        self.model = kvideo.create_model(name, classes=len(CLASSES))
        steps = epochs * options.steps_per_epoch
        warmup = steps // 20
        rate = keras.optimizers.schedules.CosineDecay(
            options.learning_rate, steps - warmup
        )
        optimizer = muon_for(
            self.model,
            Warmup(rate, warmup),
            weight_decay=0.02,
            groups=patterns(self.model, "kernels"),
        )
        self.model.compile(
            optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"]
        )

    def learn(self, clips, epoch):
        began = time.perf_counter()
        logs = self.model.fit(
            clips, initial_epoch=epoch, epochs=epoch + 1, verbose=0
        ).history
        self.seconds += time.perf_counter() - began
        figures = " ".join(f"{k} {v[0]:.3f}" for k, v in logs.items())
        print(f"{self.name}: epoch {epoch + 1}, {figures}", flush=True)

    def write(self, options, fresh):
        logs = self.model.evaluate(fresh, verbose=0, return_dict=True)
        card = {
            "network": self.name,
            "classes": list(CLASSES),
            "command": "python training/pretrain_motion.py "
            f"{self.name} --clips {options.clips} "
            f"--learning-rate {options.learning_rate} --seed {options.seed}",
            "seed": options.seed,
            "clips": options.clips,
            "hours": round(self.seconds / 3600, 2),
            "machine": f"{os.cpu_count()} cores, {platform.machine()}",
            "accuracy_on_3200_fresh_clips": round(float(logs["accuracy"]), 4),
        }
        path = write_weights(self.model, options.out, card)
        print(json.dumps(card, indent=2))
        print(f"Wrote {path}", flush=True)


if __name__ == "__main__":
    main()

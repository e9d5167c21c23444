"""Trains a network on procedural clips: where `weights="motion"` comes from.

    python training/pretrain_motion.py bqn_nano --clips 100000

writes `<out>/<network>.weights.h5` and, beside it, a card with the command,
the seed, the time it took and the accuracy on clips that it has not seen.
"""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

import keras

import kvideo
from kvideo.applications.motion_weights import FOLDER, write_weights
from kvideo.data.procedural import ProceduralClips, SceneConfig
from kvideo.trainers import CoupledSGD, Warmup
from kvideo.trainers.groups import patterns

# Far from the seeds of trainings.
FRESH_SEED = 10**6


def main():
    options = parsed()
    keras.utils.set_random_seed(options.seed)
    frames, size = kvideo.model_info(options.network).input_shape[:2]
    config = SceneConfig(num_frames=frames, size=size)
    clips = ProceduralClips(
        steps=options.steps_per_epoch,
        batch_size=options.batch_size,
        config=config,
        seed=options.seed,
        workers=options.workers,
    )
    model = kvideo.create_model(options.network, classes=len(clips.class_names))
    epochs = options.clips // (options.steps_per_epoch * options.batch_size)
    compile_for(model, options, epochs * options.steps_per_epoch)
    began = time.perf_counter()
    model.fit(clips, epochs=epochs, shuffle=False, verbose=2)
    hours = (time.perf_counter() - began) / 3600
    accuracy = fresh_accuracy(model, config)
    write(model, options, clips.class_names, hours, accuracy)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", help="registry name")
    parser.add_argument("--clips", type=int, default=100_000)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps-per-epoch", type=int, default=250)
    parser.add_argument("--learning-rate", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=FOLDER)
    return parser.parse_args()


def compile_for(model, options, steps):
    warmup = steps // 20
    rate = keras.optimizers.schedules.CosineDecay(
        options.learning_rate, steps - warmup
    )
    optimizer = CoupledSGD(
        Warmup(rate, warmup),
        l2=1e-4,
        momentum=0.9,
        nesterov=True,
        groups=patterns(model, "kernels"),
    )
    model.compile(
        optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"]
    )


def fresh_accuracy(model, config, clips=3200):
    """Share of clips of other seeds that are named rightly."""
    fresh = ProceduralClips(
        steps=clips // 32, batch_size=32, config=config, seed=FRESH_SEED
    )
    return model.evaluate(fresh, verbose=0, return_dict=True)["accuracy"]


def write(model, options, class_names, hours, accuracy):
    card = {
        "network": options.network,
        "classes": list(class_names),
        "command": " ".join(["python", *sys.argv]),
        "seed": options.seed,
        "clips": options.clips,
        "hours": round(hours, 2),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "accuracy_on_3200_fresh_clips": round(float(accuracy), 4),
    }
    path = write_weights(model, options.out, card)
    print(json.dumps(card, indent=2))
    print(f"Wrote {path}")


if __name__ == "__main__":
    main()

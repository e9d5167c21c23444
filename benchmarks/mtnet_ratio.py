"""What MTNet's ratio r saves: operations, and time.

    python benchmarks/mtnet_ratio.py
    python benchmarks/mtnet_ratio.py --training --networks "r = 1" "r = 0.5"

One clip through MTNet-S, or a training step with it. All networks are in one
process, on one thread, and take turns; the figure is the fastest call in
processor time. docs/mtnet.md has a run of it.
"""

import argparse
import math
import time

import tensorflow as tf
from network_calls import keras_step
from workers import markdown, set_threads

import kvideo

CLIP = (16, 182, 182, 3)
# Name of a row -> arguments of `MTNet`.
NETWORKS = {
    "r = 1": {"ratio": 1},
    "r = 0.875": {"ratio": 0.875},
    "r = 0.75": {"ratio": 0.75},
    "r = 0.5": {"ratio": 0.5},
    "r = 0.875, average, symmetric": {
        "ratio": 0.875,
        "spatial_pool": "average",
        "temporal_pool": "symmetric",
    },
    "r = 0.875, no recursion": {"ratio": 0.875, "cell": None},
}


def build(arguments, variant, clip):
    return kvideo.applications.MTNet(
        variant=variant,
        input_shape=clip,
        include_preprocessing=False,
        classifier_activation=None,
        **arguments,
    )


def forward_call(model, x):
    forward = tf.function(model, autograph=False)
    return lambda: forward(x)


def training_call(model, x):
    step, labels = keras_step(model), tf.zeros(len(x), "int32")
    return lambda: step(x, labels)


def measure(models, rounds, make=forward_call):
    """Milliseconds of one clip, for each of `models` (a dict)."""
    clip = next(iter(models.values())).input_shape[1:]
    x = tf.random.stateless_normal((1, *clip), (0, 1))
    calls = {name: make(model, x) for name, model in models.items()}
    for call in calls.values():
        call()
    best = dict.fromkeys(calls, math.inf)
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            call()
            taken = 1e3 * (time.process_time() - start)
            best[name] = min(best[name], taken)
    return best


def table(macs, times):
    """Each row beside the first, as Markdown."""
    whole, longest = next(iter(macs.values())), next(iter(times.values()))
    rows = [
        [
            name,
            f"{macs[name] / 1e9:.2f}",
            f"{100 * (1 - macs[name] / whole):.0f} %",
            f"{times[name]:.0f}",
            f"{100 * (1 - times[name] / longest):.0f} %",
        ]
        for name in macs
    ]
    return markdown(["network", "GMAC", "saved", "ms", "saved"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--training", action="store_true")
    parser.add_argument(
        "--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS)
    )
    options = parser.parse_args()
    set_threads("tensorflow", 1)
    models = {
        name: build(NETWORKS[name], "s", CLIP) for name in options.networks
    }
    macs = {name: kvideo.count(m).macs for name, m in models.items()}
    make = training_call if options.training else forward_call
    print(table(macs, measure(models, options.rounds, make)))


if __name__ == "__main__":
    main()

"""Time CIDC's product of frames beside the paper's grouped convolution.

    python benchmarks/directional.py

Both run in one process, on one thread, taking turns; the figure is the fastest
of some calls in processor time. docs/cidc.md has a run of it.
"""

import argparse
import math
import time

import tensorflow as tf
from workers import markdown, set_threads

from kvideo.layers.directional_temporal_conv import mix_frames

# The last three stages of a ResNet-50 at 8x256x256, and a small batch.
CLIPS = (
    (1, 8, 32, 32, 512),
    (1, 8, 16, 16, 1024),
    (1, 8, 8, 8, 2048),
    (8, 12, 8, 8, 128),
)


def grouped(x, weights):
    """`mix_frames` as a 1x1 convolution of C groups, section 3.1."""
    _, frames, height, width, channels = x.shape
    steps = weights.shape[1]
    images = tf.transpose(x, (0, 2, 3, 4, 1))
    images = tf.reshape(images, (-1, height, width, channels * frames))
    kernel = tf.reshape(tf.transpose(weights, (2, 0, 1)), (1, 1, frames, -1))
    y = tf.nn.conv2d(images, kernel, 1, "VALID")
    y = tf.reshape(y, (-1, height, width, channels, steps))
    return tf.transpose(y, (0, 4, 1, 2, 3))


FORMS = {"product": mix_frames, "grouped": grouped}

COLUMNS = {
    f"{form}, {mode}": (form, mode)
    for mode in ("forward", "training")
    for form in FORMS
}


def calls(clip):
    """{(form, mode): function without arguments} for one shape."""
    x = tf.random.normal(clip)
    weights = tf.random.normal((clip[-1], clip[1], clip[1]))
    found = {}
    for name, form in FORMS.items():
        forward = tf.function(form, autograph=False)
        training = tf.function(_gradients(form), autograph=False)
        found[name, "forward"] = lambda f=forward: f(x, weights)
        found[name, "training"] = lambda f=training: f(x, weights)
    return found


def _gradients(form):
    def gradients(x, weights):
        with tf.GradientTape() as tape:
            tape.watch([x, weights])
            loss = tf.reduce_sum(tf.square(form(x, weights)))
        return tape.gradient(loss, [x, weights])

    return gradients


def measure(clip, rounds):
    """{(form, mode): milliseconds}."""
    candidates = calls(clip)
    best = dict.fromkeys(candidates, math.inf)
    for call in candidates.values():
        call()
    for _ in range(rounds):
        for key, call in candidates.items():
            start = time.process_time()
            call()
            taken = 1e3 * (time.process_time() - start)
            best[key] = min(best[key], taken)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    set_threads("tensorflow", 1)
    rows = []
    for clip in CLIPS:
        found = measure(clip, rounds)
        times = [f"{found[column]:.1f}" for column in COLUMNS.values()]
        rows.append(["x".join(map(str, clip)), *times])
    print(markdown(["clip (B, T, H, W, C)", *COLUMNS], rows))


if __name__ == "__main__":
    main()

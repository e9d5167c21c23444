"""SavedModels of kvideo in TensorFlow 2.15, beside TensorFlow of today.

2.15 is the last release that tensorflow-addons and tensorflow-io work with.
The script builds that environment (600 MB, once), exports networks with random
weights, runs each signature here and there on the same inputs, and prints the
largest difference of a probability. docs/migration.md has the result.

    python benchmarks/tensorflow_215.py --environment /tmp/tensorflow215

Needs a Python up to 3.11, the last one that TensorFlow 2.15 has wheels for.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PACKAGES = (
    "tensorflow==2.15.*",
    "tensorflow-addons==0.23.*",
    "tensorflow-io==0.36.*",
)
SEED = 0
CLASSES = 5

# Runs in either environment: argv holds the folder of the models, the inputs
# and the file for the outputs. Without kvideo and without Keras.
RUN = """
import json, pathlib, sys
import numpy as np
import tensorflow as tf
for name in sys.argv[3:]:
    __import__(name)
folder, found = pathlib.Path(sys.argv[1]), {}
for model in sorted(path.name for path in folder.iterdir() if path.is_dir()):
    loaded = tf.saved_model.load(str(folder / model))
    given = np.load(folder / f"{model}.npz")
    shape = given["uint8"].shape
    jpeg = [
        [tf.io.encode_jpeg(frame, quality=95).numpy() for frame in clip]
        for clip in given["uint8"]
    ]
    def example(images):
        value = tf.train.BytesList(value=images)
        feature = {"frames": tf.train.Feature(bytes_list=value)}
        features = tf.train.Features(feature=feature)
        return tf.train.Example(features=features).SerializeToString()
    inputs = {
        "serving_default": {"clips": given["clips"]},
        "serve_uint8": {"clips": given["uint8"]},
        "serve_jpeg": {"frames": jpeg},
        "serve_example": {"examples": [example(clip) for clip in jpeg]},
    }
    for signature, values in inputs.items():
        values = {k: tf.constant(v) for k, v in values.items()}
        key = f"{model} {signature}"
        try:
            outputs = loaded.signatures[signature](**values)
            found[key] = outputs["probabilities"].numpy().tolist()
        except Exception as error:
            found[key] = f"{type(error).__name__}: {error}"[:500]
    bad = [row[:-1] + [b"no image"] for row in jpeg]
    key = f"{model} bad image"
    try:
        loaded.signatures["serve_jpeg"](frames=tf.constant(bad))
        found[key] = "not noticed"
    except tf.errors.InvalidArgumentError as error:
        named = "clip] [0]" in str(error)
        found[key] = "the clip is named" if named else str(error)[:500]
found["version"] = tf.__version__
json.dump(found, open(sys.argv[2], "w"))
"""


def build(environment, python):
    """A virtual environment with 2.15; the Python in it."""
    inside = environment / "bin" / "python"
    if not inside.exists():
        subprocess.run([python, "-m", "venv", environment], check=True)
        install = [inside, "-m", "pip", "install", "--quiet", *PACKAGES]
        subprocess.run(install, check=True)
    return inside


def export(name, folder):
    """The SavedModel of a network, and inputs for it beside it."""
    import kvideo
    from kvideo.data import ClipSpec
    from kvideo.export import Card, export_saved_model

    model = kvideo.create_model(name, classes=CLASSES)
    frames, height, width = model.input_shape[1:4]
    rng = np.random.default_rng(SEED)
    shape = (2, frames, height + 8, width + 20, 3)
    raw = rng.integers(256, size=shape, dtype=np.uint8)
    raw[0] //= 4
    clips = raw[:, :, :height, :width].astype("float32")
    np.savez(folder / f"{name}.npz", clips=clips, uint8=raw)
    _sure_of_itself(model, clips)
    spec = ClipSpec(num_frames=frames, frame_size=(height, width))
    names = [f"class {number}" for number in range(CLASSES)]
    export_saved_model(model, folder / name, Card(name, names, spec.to_dict()))


def _sure_of_itself(model, clips):
    """Random networks say 1 / classes to everything, and then all agree."""
    dense = next(x for x in reversed(model.layers) if hasattr(x, "kernel"))
    rng = np.random.default_rng(SEED)
    size = tuple(dense.kernel.shape)
    dense.kernel.assign(rng.normal(0, 4 / size[0] ** 0.5, size))
    # Deep networks with random weights let little of a clip through.
    while np.ptp(model.predict_on_batch(clips)) < 0.3:
        dense.kernel.assign(2 * dense.kernel)


def run(python, folder, extra=()):
    """What the signatures return under one Python."""
    out = folder / "found.json"
    command = [python, "-c", RUN, folder, out, *extra]
    subprocess.run([*map(str, command)], check=True)
    return json.loads(out.read_text())


def compare(here, there):
    """Lines of the table: what was run, the spread here, the difference."""
    for name, wanted in here.items():
        found = there[name]
        if name == "version":
            yield f"TensorFlow {wanted} and {found}"
        elif isinstance(found, str) or isinstance(wanted, str):
            yield f"{name:45} here: {wanted}; there: {found}"
        else:
            wanted, found = np.array(wanted), np.array(found)
            spread = np.ptp(wanted)
            difference = np.abs(wanted - found).max()
            yield f"{name:45} spread {spread:.2f} difference {difference:.1e}"


def main():
    """Parses the arguments, runs both sides and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environment", type=Path, required=True)
    parser.add_argument("--python", default="python3.11")
    parser.add_argument("--models", nargs="+", default=["tsm_resnet_nano"])
    arguments = parser.parse_args()
    python = build(arguments.environment.absolute(), arguments.python)
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.models:
            export(name, Path(folder))
        here = run(sys.executable, Path(folder))
        packages = ("tensorflow_addons", "tensorflow_io")
        there = run(python, Path(folder), packages)
    for line in compare(here, there):
        print(line)


if __name__ == "__main__":
    main()

"""Networks of one frame after the other as files, and any of them at work.

A SavedModel or a `.tflite` file has one signature, `stream`: it takes
`frames` (B, S, H, W, 3), S = 1 or the three of a segment, and the states, and
returns `probabilities` (B, classes) and the next states by the same names, all
in float32. A stream begins with zeros. B is open in a SavedModel, and 1 in
TFLite.
"""

import tempfile
from pathlib import Path

import numpy as np

import kvideo
from kvideo.export.checks import check_network
from kvideo.export.checksums import check_files
from kvideo.export.metadata import append_to_tflite, read_card
from kvideo.export.precision import in_float32
from kvideo.export.preflight import require_convertible
from kvideo.export.scores import checked_scores
from kvideo.export.staging import staged_artefact
from kvideo.ops import lowering
from kvideo.quiet import quiet

SIGNATURE = "stream"
FRAMES, SCORES, PROBABILITIES = "frames", "scores", "probabilities"


def export_stream(network, path, card, last=None, overwrite=False):
    """Writes a clip network as a network of one frame after the other.

    Args:
        network: An online clip network that ends in probabilities, as for
            `kvideo.stream`.
        path: A `.tflite` file (built-in operations only), or else the
            directory of a SavedModel.
        card: `kvideo.export.Card` of the network.
        last: See `kvideo.stream`.
        overwrite: Replace what stands at `path`.

    Returns:
        The path.

    Raises:
        FileExistsError: `path` exists and `overwrite` is false.
        ValueError: An unfit network or card, or one that does not stream or,
            for TFLite, does not convert; the message names the layers.
    """
    check_network(network, card)
    mobile = Path(path).suffix == ".tflite"
    if mobile:
        require_convertible(network, "tflite")
    # Its states then are, too.
    step = kvideo.stream(in_float32(network), last)
    with staged_artefact(path, card, overwrite) as draft:
        if mobile:
            _write_tflite(step, draft, card)
        else:
            _save(_module(step, "train", batch_size=None), draft)
    return path


def load_stream(path, num_threads=1):
    """What `export_stream` wrote, ready to run.

    Args:
        path: A `.tflite` file or the directory of a SavedModel.
        num_threads: Threads of a `.tflite` file.

    Returns:
        A `FrameStream`.

    Raises:
        FileNotFoundError: Nothing is there.
        ValueError: It is damaged, or of another kind.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"Nothing is at '{path}'.")
    card = read_card(path)
    if card is not None:
        check_files(path, card)
    load = _load_tflite if path.suffix == ".tflite" else _load_saved_model
    try:
        run, shapes = load(path, num_threads)
    except Exception as error:  # each runtime has errors of its own
        raise ValueError(
            f"'{path}' is no stream of `export_stream`, or is damaged. "
            f"{type(error).__name__}: {error}"
        ) from error
    return FrameStream(run, shapes, card)


def keras_stream(network, card, last=None):
    """The `FrameStream` of an online clip network, as it is.

    Args:
        network: As for `kvideo.stream`.
        card: Its `kvideo.export.Card`, or None.
        last: See `kvideo.stream`.
    """
    step = kvideo.stream(in_float32(network), last)

    def run(inputs):
        found = step.predict_on_batch(inputs)
        return found | {PROBABILITIES: found.pop(SCORES)}

    shapes = {x.name: tuple(x.shape[1:]) for x in step.inputs}
    return FrameStream(run, shapes, card)


class FrameStream:
    """A network and what it remembers of one video.

    Args:
        run: Function from a dictionary, the frames and the states, to the
            probabilities and the next states.
        shapes: Name -> shape of each input without B.
        card: The network's `Card`, or None.

    Attributes:
        frame_shape: (S, H, W, 3), what `push` takes.
        states: Name -> array (1, ...).
    """

    def __init__(self, run, shapes, card):
        self.run, self.card = run, card
        self.frame_shape = tuple(shapes[FRAMES])
        self._shapes = {k: v for k, v in shapes.items() if k != FRAMES}
        self.reset()

    def reset(self):
        """Forgets the frames: what comes next is another video."""
        self.states = {
            name: np.zeros((1, *shape), "float32")
            for name, shape in self._shapes.items()
        }

    def push(self, frames):
        """The probabilities (classes,) after these frames.

        Args:
            frames: `frame_shape`, in [0, 255]; one frame may be (H, W, 3).

        Raises:
            ValueError: Frames of another shape, or not finite, or a network
                that answers with NaN or other classes than its card has. The
                stream stays as it was.
        """
        frames = np.asarray(frames, "float32")
        if frames.ndim == 3:
            frames = frames[None]
        if frames.shape != self.frame_shape:
            raise ValueError(
                f"Expected frames of shape {self.frame_shape}, frames, "
                f"height, width, RGB. Received: {frames.shape}"
            )
        if not np.isfinite(frames).all():
            raise ValueError(
                "Frames must hold finite numbers in [0, 255]. Received: NaN "
                "or infinity"
            )
        found = self.run({FRAMES: frames[None], **self.states})
        scores = checked_scores(
            found.pop(PROBABILITIES), "the stream", self.card
        )
        self.states = found
        return scores[0]


def predict_frames(step, timed_frames, spec, every=None):
    """Yields (seconds, probabilities) of a video, a step at a time.

    A step takes one frame, or the S frames of a segment in a row. Where the
    card's clips are read at a rate (`target_fps`), or the frames come at
    another one than those of the training (`frame_rate`), they are taken by
    time, as of a file.

    Args:
        step: A `FrameStream`.
        timed_frames: Iterable of seconds and uint8 `(h, w, 3)` arrays.
        spec: The `kvideo.data.ClipSpec` of the card.
        every: Frames from the start of one step to that of the next, at
            least S. Default: S times the stride of the dense sampler; other
            samplers' depends on the length of a video, so 1 is a guess.

    Raises:
        ValueError: `every` below S.
    """
    from kvideo.data.pace import at_rate
    from kvideo.data.sliding import prepare_frame

    length = step.frame_shape[0]
    every = length * spec.frame_stride if every is None else every
    if every < length:
        raise ValueError(
            f"A step takes {length} frames in a row, so `every` is at least "
            f"{length}. Received: every={every}"
        )
    chunk = []
    for number, (seconds, frame) in enumerate(at_rate(timed_frames, spec)):
        if number % every < length:
            chunk.append(prepare_frame(frame, spec))
        if len(chunk) == length:
            yield seconds, step.push(np.stack(chunk))
            chunk = []


def _module(step, form, batch_size):
    """A `tf.Module` whose `stream` is the step, ready to save."""
    import tensorflow as tf

    def run(**inputs):
        # Inside the function, because TensorFlow decides when it traces.
        with lowering(form):
            found = dict(step(inputs, training=False))
        scores = tf.cast(found.pop(SCORES), tf.float32)
        return found | {PROBABILITIES: scores}

    signature = {
        x.name: tf.TensorSpec((batch_size, *x.shape[1:]), x.dtype, x.name)
        for x in step.inputs
    }
    module = tf.Module()
    # A SavedModel holds the variables that it finds as attributes.
    module.weights = [variable.value for variable in step.variables]
    function = tf.function(run, autograph=False)
    module.stream = function.get_concrete_function(**signature)
    return module


def _save(module, path):
    import tensorflow as tf

    signatures = {SIGNATURE: module.stream}
    tf.saved_model.save(module, str(path), signatures=signatures)


def _write_tflite(step, path, card):
    import tensorflow as tf

    module = _module(step, "mobile", batch_size=1)
    with tempfile.TemporaryDirectory() as folder:
        _save(module, folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=[SIGNATURE]
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        Path(path).write_bytes(converter.convert())
    append_to_tflite(path, card)
    # A conversion can succeed and its result not load.
    run, shapes = _load_tflite(path, 1)
    FrameStream(run, shapes, card).push(np.zeros(shapes[FRAMES]))


def _load_saved_model(path, threads):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    serve = loaded.signatures[SIGNATURE]
    # The signature does not own the variables, `loaded` does: keep it alive.
    serve.owner = loaded

    def run(inputs):
        inputs = {name: tf.constant(x) for name, x in inputs.items()}
        return {name: x.numpy() for name, x in serve(**inputs).items()}

    specs = serve.structured_input_signature[1]
    return run, {name: tuple(x.shape[1:]) for name, x in specs.items()}


def _load_tflite(path, threads):
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        interpreter = Interpreter(str(path), num_threads=threads)
        interpreter.allocate_tensors()  # which says what it runs on
        serve = interpreter.get_signature_runner(SIGNATURE)

    def run(inputs):
        return dict(serve(**inputs))

    details = serve.get_input_details()
    return run, {
        name: tuple(int(n) for n in x["shape"][1:])
        for name, x in details.items()
    }

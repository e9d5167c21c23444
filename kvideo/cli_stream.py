"""`kvideo predict --stream`: a file or a camera, each frame seen once."""

import contextlib
import time

from kvideo import console
from kvideo.cli_paths import network_file, read_card

CAMERA = "camera"


def run(artefact, source, every, last, fps=None):
    """Prints the most probable class whenever it becomes another one.

    Args:
        artefact: Run folder, `.keras` file of a network that shifts, or what
            `kvideo.export.export_stream` wrote.
        source: A video file, `"camera"`, or `"camera:NAME"`.
        every: Frames from one step to the next; None: as in training.
        last: See `kvideo.stream`; None: as many steps as a clip has frames.
        fps: See `kvideo.data.ClipSpec.read_at`.
    """
    from kvideo.data import ClipSpec
    from kvideo.export import predict_frames

    card = read_card(artefact)
    spec = ClipSpec.from_dict(card.clip_spec).read_at(fps)
    step = _load(network_file(artefact), card, spec, last)
    shown, steps, began = None, 0, time.process_time()
    for seconds, probabilities in predict_frames(
        step, _frames(source), spec, every
    ):
        steps += 1
        best = int(probabilities.argmax())
        if best != shown:
            shown = best
            line = f"{seconds:8.2f} s  {card.class_names[best]}"
            line += f"  {probabilities[best]:.2f}"
            console.OUT.print(line)
    spent = 1000 * (time.process_time() - began)
    console.OUT.print(
        f"{steps} steps, {spent / max(steps, 1):.1f} ms of processor time "
        "each, decoding included",
    )


def _load(path, card, spec, last):
    """The `FrameStream` of a network, made online where it is not."""
    from kvideo.export import keras_stream, load_stream

    if path.suffix == ".keras":
        last = spec.num_frames if last is None else last
        return keras_stream(_online(path), card, last)
    if last is not None:
        raise ValueError(
            "An exported stream says itself how many frames it averages; "
            f"--last is for a .keras file. Received: {path}"
        )
    return load_stream(path)


def _online(path):
    import kvideo
    from kvideo.export.loaders import load_network
    from kvideo.layers import TemporalShift

    network = load_network(path)
    shifts = [x for x in network.layers if isinstance(x, TemporalShift)]
    if all(shift.online for shift in shifts):
        return network
    console.OUT.print(
        "The network was trained with channels from the next frame, which a "
        "stream does not have: they stay those of this frame, and accuracy "
        "may be lower. Train it with online_shift=True.",
    )
    return kvideo.to_online(network)


def _frames(source):
    """(seconds, frame) of a file or a camera, as they come."""
    from kvideo.data.decode import live

    kind, _, name = source.partition(":")
    if kind == CAMERA:
        return _until_interrupted(live.iterate_camera(name or "0"))
    return live.iterate_timed_frames(source)


def _until_interrupted(frames):
    """Ctrl-C is the end of a camera."""
    with contextlib.suppress(KeyboardInterrupt):
        yield from frames

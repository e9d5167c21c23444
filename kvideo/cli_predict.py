"""`kvideo predict`: the action in videos, along a long one, or as it comes."""

from pathlib import Path
from typing import Annotated

import typer

from kvideo import cli_stream, cli_timeline, console
from kvideo.cli_paths import FpsOption, read_card
from kvideo.cli_readable import each_readable


def predict(
    artefact: Annotated[Path, typer.Argument(help="Artefact or run folder.")],
    videos: Annotated[
        list[Path] | None, typer.Argument(help="Video files.")
    ] = None,
    top: Annotated[int, typer.Option(help="Classes to name.")] = 3,
    fps: FpsOption = None,
    server: Annotated[
        str | None,
        typer.Option(
            help="Ask TensorFlow Serving: http://HOST:8501 or "
            "grpc://HOST:8500. The artefact, or its card.json alone, says "
            "how clips are made."
        ),
    ] = None,
    timeline: Annotated[
        bool, typer.Option("--timeline", help="When does what happen?")
    ] = False,
    window: Annotated[
        float, typer.Option(help="Timeline: seconds of each clip.")
    ] = 2.0,
    hop: Annotated[
        float, typer.Option(help="Timeline: seconds between clips.")
    ] = 0.5,
    threshold: Annotated[
        float,
        typer.Option(help="Timeline: probability at which an action starts."),
    ] = 0.5,
    release: Annotated[
        float | None,
        typer.Option(
            help="Timeline: probability below which it ends; default: 0.8 of "
            "--threshold."
        ),
    ] = None,
    min_length: Annotated[
        float,
        typer.Option(help="Timeline: seconds; shorter actions are dropped."),
    ] = 0.0,
    out: Annotated[
        Path, typer.Option(help="Timeline: folder to write.")
    ] = Path("timeline"),
    stream: Annotated[
        str | None,
        typer.Option(
            help="Frame by frame: a video file, camera, or camera:1; of a "
            "network that shifts (TSM)."
        ),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            help="Stream: take each n-th frame; default: as in training."
        ),
    ] = None,
    last: Annotated[
        int | None,
        typer.Option(
            help="Stream: frames to average; default: those of a clip."
        ),
    ] = None,
):
    """Name the action in video files.

    Files that cannot be read are listed at the end, and the status is 1.
    Videos of another frame rate than those of the training are read by time.

    With --timeline, where in each video which action starts and ends. With
    --stream, each frame is seen once, as it comes; a line is printed when the
    action changes. With --server, the frames of the clips go to a server.

    Example: kvideo predict runs/demo/export/model.tflite video.mp4 --top 3
    kvideo predict runs/motion match.mp4 --timeline --window 2 --hop 0.5
    kvideo predict runs/motion --stream camera
    kvideo predict model.card.json video.mp4 --server http://localhost:8501
    """
    if bool(videos) == bool(stream) or (timeline and stream):
        raise ValueError(
            "Give video files, or --stream with one file or `camera`; "
            "--timeline goes with video files."
        )
    if server is not None:
        if timeline or stream:
            raise ValueError(
                "A server is asked about whole videos: --server goes without "
                "--timeline and --stream."
            )
        _ask(server, artefact, videos, top, fps)
        return
    console.start_backend()
    if stream:
        cli_stream.run(artefact, stream, every, last, fps)
    elif timeline:
        smoothing = (threshold, release, min_length)
        cli_timeline.run(artefact, videos, window, hop, smoothing, out, fps)
    else:
        _whole(artefact, videos, top, fps)


def _whole(artefact, videos, top, fps):
    from kvideo.export import load_artefact, predict_video

    network = load_artefact(artefact)

    def answer(video):
        found = predict_video(network, str(video), top, fps)
        console.OUT.print(console.prediction_table(video, found))

    each_readable(videos, answer)


def _ask(server, artefact, videos, top, fps):
    """`_whole` by a server: needs no TensorFlow here over REST."""
    from kvideo.export.serving import Client, ServerError

    client = Client(server, read_card(artefact), fps=fps)

    def answer(video):
        found = client.predict(video, top)
        console.OUT.print(console.prediction_table(video, found))

    try:
        each_readable(videos, answer)
    except ServerError as error:
        console.print_error(error)
        raise typer.Exit(1) from error

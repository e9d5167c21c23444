"""Commands on several videos: an answer for each that can be read."""

import typer

from kvideo import console


def each_readable(videos, answer):
    """Calls a function for each video; lists at the end what it could not read.

    Args:
        videos: list of paths.
        answer: function (path), which prints its answer.

    Raises:
        VideoDecodeError: there is a single video, and it cannot be read.
        typer.Exit: some of several could not be read; the status is 1.
    """
    from kvideo.data.decode import VideoDecodeError

    if len(videos) == 1:
        answer(videos[0])
        return
    broken = []
    for video in videos:
        try:
            answer(video)
        except VideoDecodeError as error:
            broken.append(error)
    for error in broken:
        console.print_error(error)
    if broken:
        raise typer.Exit(1)

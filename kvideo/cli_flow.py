"""`kvideo flow`: the optical flow of a folder of videos, before training."""

from pathlib import Path
from typing import Annotated

import typer

from kvideo import console
from kvideo.terminal import track


def flow(
    directory: Annotated[Path, typer.Argument(help="Folder of videos.")],
    to: Annotated[Path, typer.Option(help="Folder to write.")],
    workers: Annotated[int, typer.Option(help="Processes.")] = 1,
    frame_size: Annotated[
        tuple[int, int] | None,
        typer.Option(
            help="Height and width that frames are resized to first, such as "
            "256 340; default: as they are."
        ),
    ] = None,
):
    """Write the TV-L1 optical flow of each video as JPEG images.

    DIRECTORY/jump/1.mp4 becomes TO/jump/1/flow_x_00001.jpg and so on. Run it
    again to go on where it stopped.

    Example: kvideo flow data/motion/train --to data/flow/train --workers 2
    """
    from kvideo.data import write_flow_dataset

    sentence = f"Finished videos stay in '{to}'; the same command goes on."
    with console.interruptible(sentence):
        written, kept = write_flow_dataset(
            directory,
            to,
            frame_size,
            workers,
            track=lambda videos: track(videos, "Flow", console.OUT),
        )
    console.OUT.print(f"Wrote {written} folders in {to}, {kept} were there.")

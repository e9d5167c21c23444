"""The flow of a whole folder of videos, written once before training."""

import concurrent.futures
import multiprocessing
import pathlib

from kvideo.data import flow_files
from kvideo.data.decode import VideoDecodeError
from kvideo.data.listing import list_videos


def write_flow_dataset(directory, to, frame_size=None, workers=1, track=iter):
    """Writes a folder of flow images for each video file below a directory.

    `DIRECTORY/jump/1.mp4` becomes `TO/jump/1/flow_x_00001.jpg` and so on.
    What is there already is left as it is, so a run that was interrupted goes
    on where it stopped, with whatever size it had.

    Args:
        directory: folder with the video files.
        to: folder to write.
        frame_size: (height, width) to which frames are resized first; the
            papers take (256, 340). `None` leaves them as they are.
        workers: processes. A script that asks for more than one needs the
            `if __name__ == "__main__"` of `multiprocessing`.
        track: function that takes the list of videos and returns it or a
            like iterator, such as `rich.progress.track`.

    Returns:
        (number of folders written, number of folders that were there).

    Raises:
        FileNotFoundError: no such directory.
        ValueError: no video in it, videos whose folders collide, or, when all
            others are done, videos that cannot be read.
    """
    if workers < 1:
        raise ValueError(f"`workers` should be at least 1. Received: {workers}")
    tasks = _tasks(pathlib.Path(directory), pathlib.Path(to), frame_size)
    missing = [task for task in tasks if not task[1].exists()]
    results = _results(missing, workers)
    reasons = [next(results) for _ in track(missing)]
    broken = [str(reason) for reason in reasons if reason is not None]
    if broken:
        more = [f"and {len(broken) - 10} more"] * (len(broken) > 10)
        raise ValueError(
            f"No flow for {len(broken)} of {len(tasks)} videos; the others "
            f"are in '{to}'. " + "\n".join(broken[:10] + more)
        )
    return len(missing), len(tasks) - len(missing)


def _tasks(directory, to, frame_size):
    """List of (video, folder, size)."""
    folders = {}
    for path in list_videos(directory, labels=None).file_paths:
        folder = to / pathlib.Path(path).relative_to(directory).with_suffix("")
        # A folder's own videos come before those of the folders in it.
        taken = [f for f in (folder, *folder.parents) if f in folders]
        if taken:
            raise ValueError(
                "A video's folder of flow is named as the video, without its "
                "suffix, and can hold nothing else. Received: "
                f"'{folders[taken[0]]}' and '{path}'"
            )
        folders[folder] = path
    return [(video, folder, frame_size) for folder, video in folders.items()]


def _results(tasks, workers):
    if workers == 1:
        yield from map(_attempt, tasks)
        return
    # Forked processes inherit the locks of TensorFlow's threads.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, context) as pool:
        yield from pool.map(_attempt, tasks)


def _attempt(task):
    """Why a video has no flow; None if it has."""
    try:
        flow_files.write_flow(*task)
    except VideoDecodeError as error:
        return str(error)

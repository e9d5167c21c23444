"""`kvideo predict --timeline`: what happens when in videos of any length."""

from rich.table import Table

from kvideo import console, terminal
from kvideo.cli_paths import read_card
from kvideo.cli_readable import each_readable


def run(artefact, videos, window, hop, smoothing, out, fps=None):
    """Writes and prints the timelines of videos.

    Args:
        artefact: Artefact or run folder.
        videos: List of paths.
        window, hop: Seconds, of `kvideo.data.sliding_windows`.
        smoothing: threshold, release and min_length of a `Hysteresis`.
        out: Folder.
        fps: See `kvideo.data.ClipSpec.read_at`.
    """
    from kvideo.data import ClipSpec
    from kvideo.data.sliding import check_sliding
    from kvideo.evaluation import Hysteresis
    from kvideo.export import load_artefact

    _check_stems(videos)
    card = read_card(artefact)
    spec = ClipSpec.from_dict(card.clip_spec).read_at(fps)
    check_sliding(spec, window, hop)
    Hysteresis(card.class_names, *smoothing)  # refuses before it loads
    network = load_artefact(artefact)
    kept = f"The files of finished videos are in '{out}'; give the others."

    def answer(video):
        finder = Hysteresis(card.class_names, *smoothing)
        about = {"video": str(video), "model": card.model}
        with console.interruptible(kept):
            segments = _timeline(
                network, spec, video, window, hop, finder, out, about
            )
        console.OUT.print(segments_table(video, segments))
        console.OUT.print(
            f"Saved {out / video.stem}.scores.csv, .json and .vtt",
        )

    each_readable(videos, answer)


def _check_stems(videos):
    stems = [video.stem for video in videos]
    repeated = sorted({stem for stem in stems if stems.count(stem) > 1})
    if repeated:
        raise ValueError(
            "The files of a timeline have the name of their video, so names "
            f"must differ. Received: {', '.join(repeated)} more than once"
        )


def _timeline(network, spec, video, window, hop, finder, out, about):
    """Writes the files of one video; returns its segments."""
    from kvideo.data import sliding_windows
    from kvideo.data.decode import live
    from kvideo.evaluation import score_windows, write_timeline

    expected = live.expected_duration(video)
    windows = sliding_windows(video, spec, window, hop)
    scored = score_windows(network.predict, windows, network.batch_size)
    with terminal.progress(console.OUT, transient=True) as progress:
        task = progress.add_task(terminal.visible(video.name), total=expected)

        def shown():
            for start, end, scores in scored:
                progress.update(task, completed=end)
                yield start, end, scores

        return write_timeline(
            out, video.stem, shown(), finder, window, hop, about
        )


def segments_table(video, segments):
    """Table of `kvideo.evaluation.ActionSegment`s."""
    table = Table("Start", "End", "Class", "Probability", title=str(video))
    for segment in segments:
        table.add_row(
            f"{segment.start:.2f} s",
            f"{segment.end:.2f} s",
            segment.class_name,
            f"{segment.mean:.2f}",
        )
    return table

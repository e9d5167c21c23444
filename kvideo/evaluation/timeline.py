"""Scores along a long video, and where in it each action starts and ends.

Windows overlap, so each stands for the `hop` seconds in its middle; the first
one also for what comes before, the last one for what comes after.

Segments are smoothed by hysteresis, class by class: one opens where the
probability reaches `threshold` and closes where it falls below `release`, so
that a score that trembles around one number does not cut an action into
pieces. Segments shorter than `min_length` are dropped.
"""

import contextlib
import csv
import dataclasses
import json
from pathlib import Path

import numpy as np

from kvideo.files import make_parent, replacing, write_atomically

# Of `threshold`, where nobody gives a `release`.
RELEASE = 0.8


@dataclasses.dataclass(frozen=True)
class ActionSegment:
    """An action in a video.

    Attributes:
        class_name: Its name.
        start, end: Seconds after the first frame.
        mean, peak: Of its class' probability in the windows of the segment.
    """

    class_name: str
    start: float
    end: float
    mean: float
    peak: float


class Hysteresis:
    """Finds segments in scores that come one after the other.

    Keeps the segments and what is open, not the scores.

    Args:
        class_names: Names, in the order of the scores.
        threshold: Probability at which a segment opens, above 0, at most 1.
        release: Probability below which it closes, above 0 and at most
            `threshold`; default: 0.8 of it.
        min_length: Seconds; shorter segments are dropped.

    Raises:
        ValueError: If a number is out of its range.
    """

    def __init__(
        self, class_names, threshold=0.5, release=None, min_length=0.0
    ):
        release = RELEASE * threshold if release is None else release
        if not 0 < release <= threshold <= 1:
            raise ValueError(
                "Expected 0 < release <= threshold <= 1, all probabilities. "
                f"Received: threshold={threshold}, release={release}"
            )
        if not 0 <= min_length < float("inf"):
            raise ValueError(
                "`min_length` is in seconds, 0 or more. Received: "
                f"min_length={min_length}"
            )
        self.class_names = tuple(class_names)
        self.threshold, self.release = threshold, release
        self.min_length = min_length
        self._open = {}  # class number -> (start, scores' sum, number, peak)
        self._found = []

    def add(self, time, probabilities):
        """Takes the scores from `time` on.

        Args:
            time: Seconds, more than before.
            probabilities: (classes,).
        """
        for number, score in enumerate(np.asarray(probabilities).tolist()):
            if score < self.release:
                self._close(number, time)
            elif number in self._open or score >= self.threshold:
                start, total, count, peak = self._open.get(
                    number, (time, 0.0, 0, 0.0)
                )
                self._open[number] = (
                    *(start, total + score, count + 1),
                    max(peak, score),
                )

    def finish(self, end):
        """Closes what is open; returns the segments in order of their start.

        Args:
            end: Seconds, where the video ends.
        """
        for number in sorted(self._open):
            self._close(number, end)
        return sorted(self._found, key=lambda found: (found.start, found.end))

    def _close(self, number, time):
        if number not in self._open:
            return
        start, total, count, peak = self._open.pop(number)
        # Sums of hops are off by rounding.
        if time - start >= self.min_length - 1e-6:
            name = self.class_names[number]
            segment = ActionSegment(name, start, time, total / count, peak)
            self._found.append(segment)


def score_windows(predict, windows, batch_size=8):
    """Yields (start, end, probabilities (classes,)) of each window.

    Args:
        predict: Function from clips (B, T, H, W, 3) to (B, classes).
        windows: Iterable of objects with `start`, `end` and `clip`
            (`kvideo.data.sliding_windows`).
        batch_size: Clips that are predicted, and kept, at once.

    Raises:
        ValueError: If a score is not a finite number.
    """
    for batch in _batches(windows, batch_size):
        scores = np.asarray(predict(np.stack([w.clip for w in batch])))
        for window, row in zip(batch, scores, strict=True):
            if not np.isfinite(row).all():
                raise ValueError(
                    "The network gives scores that are no numbers, at "
                    f"{window.start:.2f} s of the video. Its weights or the "
                    f"file are damaged. Received: {row}"
                )
            yield window.start, window.end, row


def write_timeline(out, stem, scored, finder, window, hop, about):
    """Writes a video's scores and segments; returns the segments.

    - `<stem>.scores.csv`: a line for each window, its start and end in
      seconds and a column for each class, written as they come;
    - `<stem>.json`: `about`, how it was made, and the segments;
    - `<stem>.vtt`: the segments as WebVTT subtitles, for video players.

    The files appear when all is done.

    Args:
        out: Folder; made where there is none.
        stem: Name of the files.
        scored: What `score_windows` yields, at least one.
        finder: A new `Hysteresis`.
        window, hop: Seconds, of the windows that were scored.
        about: Dictionary for JSON, what else there is to say.

    Raises:
        ValueError: If the folder cannot be written to.
    """
    with _table(Path(out), f"{stem}.scores.csv") as table:
        table.writerow(["start", "end", *finder.class_names])
        for start, end, scores in scored:
            row = [f"{start:.3f}", f"{end:.3f}"]
            table.writerow(row + [f"{score:.6g}" for score in scores])
            finder.add(start and start + (window - hop) / 2, scores)
        segments = finder.finish(end)
        record = {
            **about,
            **{"duration": end, "window": window, "hop": hop},
            **{"threshold": finder.threshold, "release": finder.release},
            "min_length": finder.min_length,
            "segments": [dataclasses.asdict(segment) for segment in segments],
        }
        text = json.dumps(record, indent=2) + "\n"
        write_atomically(Path(out) / f"{stem}.json", text.encode())
        text = to_webvtt(segments)
        write_atomically(Path(out) / f"{stem}.vtt", text.encode())
    return segments


def to_webvtt(segments):
    """Segments, in order of their start, as the text of a WebVTT file.

    Source: W3C, "WebVTT: The Web Video Text Tracks Format".
    """
    cues = [
        f"{_clock(segment.start)} --> {_clock(segment.end)}\n"
        f"{_cue_text(segment.class_name)} ({segment.mean:.2f})\n"
        for segment in segments
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _clock(seconds):
    """`3723.5` as "01:02:03.500"."""
    minutes, milliseconds = divmod(round(1000 * seconds), 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"


def _cue_text(name):
    """A class name without what WebVTT takes for marks."""
    marks = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": " ", "\r": " "}
    return name.translate(str.maketrans(marks))


def _batches(items, size):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


@contextlib.contextmanager
def _table(folder, name):
    """A CSV writer, line by line, of a file that appears at the end."""
    with (
        replacing(make_parent(folder / name)) as draft,
        open(draft, "w", newline="", encoding="utf-8") as file,
    ):
        yield csv.writer(file, lineterminator="\n")

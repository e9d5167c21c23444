"""What the header of a file promises, to tell that its end was cut off."""

import dataclasses

import av


@dataclasses.dataclass(frozen=True)
class Promise:
    """Pictures of the video track and seconds to its end, 0 if not said."""

    pictures: int
    seconds: float

    def missing(self, pictures, seconds):
        """The share, in [0, 1], that a file with so much does not hold."""
        if self.pictures:
            return max(0.0, 1 - pictures / self.pictures)
        if self.seconds:
            return max(0.0, 1 - float(seconds) / self.seconds)
        return 0.0


def of(container, stream):
    """The `Promise` of an open file.

    mp4, mov and AVI say how many pictures there are. Matroska says when a
    track ends, or else when the file ends, which is the end of its video only
    where there is no sound. Other containers promise nothing: what FFmpeg
    calls their duration is an estimate from what is there.
    """
    if not container.format.name.startswith("matroska"):
        return Promise(stream.frames, 0.0)
    seconds = _seconds(stream.metadata.get("DURATION", ""))
    if not seconds and not container.streams.audio:
        seconds = (container.duration or 0) / av.time_base
    return Promise(0, seconds)


def _seconds(text):
    """ ""00:01:02.5" as 62.5; 0 for anything else."""
    try:
        hours, minutes, seconds = map(float, text.split(":"))
    except ValueError:
        return 0.0
    return 3600 * hours + 60 * minutes + seconds

"""The frame rate of a run: how fast its clips are, whatever reads videos."""

import dataclasses
from pathlib import Path

from kvideo.data import FrameRates
from kvideo.trainers import provenance


def timed_spec(spec, config, listing, resumed, verbose=True):
    """The `ClipSpec` of a run with the frame rate of its training videos.

    Says so where videos differ in it.

    Args:
        spec: A `ClipSpec`, which counts frames.
        config: The `RunConfig`. One that follows a paper (`protocol`) counts
            the frames of each video as papers do.
        listing: The `Listing` of the training videos.
        resumed: Whether epochs are done: then the rate is that which the run
            began with.
        verbose: Whether to print.
    """
    if config.fps is not None:
        return spec.read_at(config.fps)
    if not keeps_rate(spec, config):
        return spec
    kept = provenance.kept_clip_spec(Path(config.out)) if resumed else None
    if kept is not None:
        # A run that is older than this field counts frames to its end.
        return dataclasses.replace(spec, frame_rate=kept.get("frame_rate"))
    rates = FrameRates.of(listing, spec.modality)
    spec = dataclasses.replace(spec, frame_rate=rates.usual)
    if verbose and rates.sentence(spec):
        print(rates.sentence(spec))
    return spec


def keeps_rate(spec, config):
    """Whether a run takes the usual rate of its videos, as nobody says.

    Args:
        spec, config: See `timed_spec`.
    """
    counts = config.fps is not None or config.protocol is not None
    return not counts and spec.modality != "flow"

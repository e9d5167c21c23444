"""The page of an evaluated network: `kvideo report`."""

import dataclasses
from pathlib import Path

import numpy as np

from kvideo.evaluation import scorecard, sections
from kvideo.evaluation.report import (
    Picture,
    Report,
    Section,
    Table,
    percent,
)
from kvideo.visualize.film_strip import clip_to_uint8, film_strip, in_colours
from kvideo.visualize.gradcam import gradcam
from kvideo.visualize.heat import overlay

# Film strips of more clips would take the page above 3 MB.
STRIPS = 6
HEAT = (
    "Below each strip, where the network looked: the redder, the more a place "
    "speaks for the class that it gave (Grad-CAM)."
)
CURVES = (
    "After each epoch of training, with the validation videos of the run, one "
    "clip of each."
)


@dataclasses.dataclass(frozen=True)
class Measured:
    """What a page is made of.

    Attributes:
        title: Heading, such as the network's name.
        subtitle: A sentence below it: which artefact, which data.
        command: What makes the page again.
        views: `Evaluation` of the views of all videos.
        videos: That of the videos, by the protocol.
        macs: Multiply-accumulates of one view, or None.
        temporal: Pairs of `scorecard.temporal_section`; empty: not measured.
        history: Rows of the training log, or empty.
        clips: The clips (T, H, W, C) of the first `STRIPS` of
            `videos.hardest()`; empty: no strips.
        model: The Keras network for Grad-CAM, or None.
        settings: Heading to what it was made with, name to value.
    """

    title: str
    subtitle: str
    command: str
    views: object
    videos: object
    macs: float | None = None
    temporal: tuple = ()
    history: tuple = ()
    clips: tuple = ()
    model: object = None
    settings: dict = dataclasses.field(default_factory=dict)


def run_report(measured):
    """The `Report` of a `Measured`; `write_report` makes a file of it."""
    videos = measured.videos
    page = [scorecard.figures_section(measured.views, videos, measured.macs)]
    if measured.temporal:
        page.append(scorecard.temporal_section(measured.temporal))
    if measured.history:
        page.append(sections.training_section(measured.history, CURVES))
    page += [
        sections.confusion_section(videos),
        scorecard.class_section(videos),
        worst_section(videos, measured.clips, measured.model),
    ]
    if len(measured.views.labels) > len(videos.labels):
        page.append(scorecard.views_section(measured.views))
    if measured.settings:
        page.append(_configuration(measured.settings))
    return Report(
        title=measured.title,
        subtitle=measured.subtitle,
        command=measured.command,
        headlines=_headlines(videos),
        sections=tuple(page),
    )


def _headlines(videos):
    low, high = (100 * share for share in videos.top1_interval)
    figures = [
        (percent(videos.top1), f"top-1, {low:.1f} - {high:.1f} at 95 %"),
        (percent(videos.top5), "top-5"),
        (percent(videos.mean_class_accuracy), "mean class accuracy"),
        (percent(videos.calibration_error), "calibration error"),
        (f"{len(videos.labels):,}", "videos"),
    ]
    return tuple(pair for pair in figures if pair[0] != "-")


def _configuration(settings):
    tables = [
        Table(
            ("Name", "Value"),
            tuple((name, str(value)) for name, value in fields.items()),
            heading,
        )
        for heading, fields in settings.items()
        if fields
    ]
    return Section("Configuration", tables=tuple(tables))


def worst_section(videos, clips=(), model=None):
    """The hardest clips as film strips, with Grad-CAM where there can be one.

    Args:
        videos: An `Evaluation`.
        clips: Clips (T, H, W, C) of the first of `videos.hardest()`, in
            [0, 255].
        model: A functional Keras classifier of such clips, or None.

    Returns:
        A `Section`: the table of `hardest_section`, and a strip of each clip.
    """
    section = scorecard.hardest_section(videos)
    heats, text = _heats(model, clips)
    pictures = []
    for i, clip, heat in zip(videos.hardest(), clips, heats, strict=False):
        name = videos.class_names[videos.labels[i]]
        taken = videos.class_names[videos.predictions[i]]
        caption = f"{name}, taken for {taken}"
        if videos.paths:
            caption = f"{Path(videos.paths[i]).name}: {caption}"
        pictures.append(Picture(_strip(clip, heat), caption))
    return dataclasses.replace(section, text=text, pictures=tuple(pictures))


def _heats(model, clips):
    """Heat of each clip or None, and a text that says which."""
    nothing = [None] * len(clips)
    if model is None or not len(clips):
        return nothing, ""
    try:
        return [gradcam(model, clip) for clip in clips], HEAT
    except ValueError as error:
        # Another backend, no feature maps: the strips are worth it alone.
        return nothing, f"Without Grad-CAM: {error}"


def _strip(clip, heat):
    last = len(clip) - 1
    number = min(sections.PHONE_FRAMES, len(clip))
    frames = np.linspace(0, last, number).astype(int)
    shown = in_colours(clip)
    rows = [clip_to_uint8(shown)[frames]]
    if heat is not None:
        rows.append(overlay(shown, heat)[frames])
    return film_strip(rows)

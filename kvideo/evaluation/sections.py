"""Sections that the report of a run is made of."""

from pathlib import Path

import numpy as np

from kvideo.evaluation.report import Picture, Section, Table, percent
from kvideo.visualize.busy_quiet import busy_quiet_strips
from kvideo.visualize.confusion import confusion_figure
from kvideo.visualize.curves import curves_figure
from kvideo.visualize.film_strip import clip_to_uint8, film_strip
from kvideo.visualize.gradcam import gradcam
from kvideo.visualize.heat import overlay

# Up to so many pixels, a strip shrunk to a phone's width can still be read.
PHONE = 480
# Frames of a clip that fit into it.
PHONE_FRAMES = 4


def accuracy_section(rows):
    """How good, and does it use time?

    Args:
        rows: Triples (network, what its clips were like, `Evaluation`).
    """
    chance = 1 / len(rows[0][2].class_names)
    table = Table(
        ("Network", "Clips", "Top-1", "Mean class accuracy"),
        tuple(
            (network, clips, percent(e.top1), percent(e.mean_class_accuracy))
            for network, clips, e in rows
        ),
    )
    text = (
        f"{len(rows[0][2].labels)} held-out clips of "
        f"{len(rows[0][2].class_names)} classes, so guessing gives "
        f"{percent(chance)}. A network that recognises motion loses its "
        "accuracy when the order of the frames is destroyed, or when one "
        "frame is shown all the time."
    )
    return Section("Accuracy, and where it comes from", text, (table,))


def confusion_section(evaluation):
    """Which classes are taken for which?"""
    figure = confusion_figure(evaluation.confusion, evaluation.class_names)
    caption = (
        "Clips by true and predicted class. The shade is the share of the row."
    )
    return Section("Confusion matrix", pictures=(Picture(figure, caption),))


def training_section(rows, caption=None):
    """Loss and accuracy over the epochs.

    Args:
        rows: One dictionary for each epoch, as `TrainingResult.history`.
        caption: Words below the curves; None: that the last network is the
            one that is evaluated, as of `kvideo demo`.
    """
    names = ("loss", "val_loss", "accuracy", "val_accuracy")
    history = {n: [row[n] for row in rows] for n in names if n in rows[0]}
    caption = caption or (
        "After each epoch. What is evaluated is the network after the last "
        "one; the held-out clips chose nothing."
    )
    picture = Picture(curves_figure(history), caption)
    return Section("Training", pictures=(picture,))


def artefact_section(results):
    """What was exported, and does it say the same as the network?

    Args:
        results: `kvideo.export.ExportResult`s.
    """
    rows = [
        (
            result.format,
            Path(result.path).name,
            f"{result.size_bytes / 1e6:.2f} MB",
            f"{result.max_abs_difference:.1e}",
            percent(result.top1_agreement),
        )
        for result in results
    ]
    columns = ("Format", "File", "Size", "Largest difference", "Same top-1")
    text = (
        "Each artefact was loaded in a fresh Python process; the difference "
        "in probability is to the Keras network on the same clips."
    )
    return Section("Artefacts", text, (Table(columns, tuple(rows)),))


def prediction_section(video, predictions):
    """One video file by each artefact.

    Args:
        video: Path of the file.
        predictions: Artefact name to list of (class name, probability).
    """
    width = max(len(top) for top in predictions.values())
    rows = [
        (name, *(f"{label} {percent(p)}" for label, p in top))
        for name, top in predictions.items()
    ]
    ranks = tuple(f"{i + 1}." for i in range(width))
    table = Table(("Artefact", *ranks), tuple(rows))
    return Section("One video, by each artefact", str(video), (table,))


def busy_quiet_section(model, clips, titles):
    """A film strip of each clip beside its Busy and Quiet parts."""
    pictures = [
        Picture(strip, title, wide=strip.shape[1] > PHONE)
        for strip, title in zip(
            busy_quiet_strips(model, clips), titles, strict=True
        )
    ]
    text = (
        "The motion band-pass lets through what changes from frame to frame "
        "at edges: the Busy part, with mid-grey for zero. The Quiet part is "
        "the rest, at a lower resolution (at less contrast where Busy, which "
        "it is the complement of, outweighs the picture). Of the clip, the "
        "middle frame of each segment of three is shown."
    )
    return Section("Busy and Quiet", text, pictures=tuple(pictures))


def gradcam_section(model, clips, titles, layer=None):
    """A film strip of each clip, and of the places that made its class.

    Args:
        model: A functional classifier of clips.
        clips: float32 (B, T, H, W, 3) in [0, 255].
        titles: One for each clip.
        layer: As of `kvideo.visualize.gradcam`.
    """
    pictures = []
    for clip, title in zip(clips, titles, strict=True):
        last = len(clip) - 1
        frames = np.linspace(0, last, min(PHONE_FRAMES, len(clip))).astype(int)
        heated = overlay(clip, gradcam(model, clip, layer=layer))
        rows = [clip_to_uint8(clip)[frames], heated[frames]]
        pictures.append(Picture(film_strip(rows), title))
    text = (
        "The redder, the more a place speaks for the class that the network "
        "gives the clip (Grad-CAM). A place is as large as a cell of the "
        f"feature map ({layer or 'the last one'}), whose heat was drawn out "
        "smoothly."
    )
    return Section("Where it looks", text, pictures=tuple(pictures))


def configuration_section(fields):
    """The values that the run was made with."""
    rows = tuple((name, str(value)) for name, value in fields.items())
    return Section("Configuration", tables=(Table(("Name", "Value"), rows),))

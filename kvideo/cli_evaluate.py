"""`kvideo evaluate`: a network on videos, or two evaluations side by side."""

from pathlib import Path
from typing import Annotated

import typer

from kvideo import console
from kvideo.cli_paths import read_card


def evaluate(
    model: Annotated[Path, typer.Argument(help="Artefact or run folder.")],
    data: Annotated[
        str,
        typer.Argument(
            help="Folder of class folders, list, or data set; as for train."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for scores and figures.")
    ] = None,
    batch_size: Annotated[int, typer.Option()] = 8,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare",
            help="Both arguments are score files (evaluation.npz) of the "
            "same videos: print what the second gains over the first.",
        ),
    ] = False,
    pair: Annotated[
        list[str] | None,
        typer.Option(help="With --compare: two classes, A,B. Repeatable."),
    ] = None,
):
    """Measure a network on videos that it has not seen.

    Example: kvideo evaluate runs/motion/best.keras data/motion/test
    kvideo evaluate runs/ucf/best.keras "ucf101:data/UCF-101?subset=test"
    kvideo evaluate --compare i3d.npz cidc.npz --pair move_left,move_right
    """
    if compare:
        _compare(model, data, pair or ())
        return
    if pair:
        raise ValueError("--pair belongs to --compare, which is not given.")
    _measure(model, data, out, batch_size)


def _measure(model, data, out, batch_size):
    card = read_card(model)
    console.start_backend()
    from kvideo.data import ClipSpec, open_listing, video_dataset
    from kvideo.evaluate import evaluate as measure
    from kvideo.export import load_artefact

    artefact = load_artefact(model)
    spec = ClipSpec.from_dict(card.clip_spec)
    dataset = video_dataset(
        open_listing(data, spec.modality, list(card.class_names)),
        clip_spec=spec,
        batch_size=batch_size,
        training=False,
        shuffle=False,
    )
    evaluation = measure(artefact, dataset)
    console.OUT.print(console.evaluation_table(evaluation))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        evaluation.save(out / "evaluation.npz")
        console.OUT.print(f"Saved {out / 'evaluation.npz'}")


def _compare(before, after, pairs):
    console.start_backend()
    from kvideo.evaluate import Evaluation, compare, print_section

    section = compare(
        Evaluation.load(before),
        Evaluation.load(after),
        [_pair(text) for text in pairs],
    )
    console.OUT.print(section.text)
    print_section(section, console.OUT)


def _pair(text):
    names = tuple(name.strip() for name in text.split(","))
    if len(names) != 2 or not all(names):
        raise ValueError(
            "Expected two class names with a comma between them. Received: "
            f"--pair {text!r}"
        )
    return names

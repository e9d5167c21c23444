"""`kvideo ensemble`: several networks as one, from their score files."""

from pathlib import Path
from typing import Annotated

import typer

from kvideo import console


def ensemble(
    scores: Annotated[
        list[Path],
        typer.Argument(help="Score files (evaluation.npz) of one data set."),
    ],
    weights: Annotated[
        str | None,
        typer.Option(help="A number for each, such as 1,1.5; default: alike."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Score file (.npz) of the ensemble.")
    ] = None,
):
    """Average the probabilities of networks on the same videos.

    Each file counts by the protocol that it was measured with: first its
    views are averaged, then the networks.

    Example: kvideo ensemble rgb/evaluation.npz flow/evaluation.npz
    --weights 1,1.5 --out both.npz
    """
    shares = None if weights is None else _numbers(weights)
    console.start_backend()
    from kvideo.evaluation import (
        Evaluation,
        Section,
        Table,
        average_scores,
        by_protocol,
        print_section,
        scorecard,
    )

    each = [by_protocol(Evaluation.load(path)) for path in scores]
    fused = average_scores(*each, weights=shares)
    rows = [
        scorecard.figures_row(name, evaluation)
        for name, evaluation in zip(
            [*map(str, scores), "ensemble"], [*each, fused], strict=True
        )
    ]
    table = Table(("Scores", *scorecard.FIGURES[1:]), tuple(rows))
    print_section(Section("Ensemble", tables=(table,)), console.OUT)
    if out is not None:
        console.OUT.print(f"Saved {fused.save(out)}")


def _numbers(text):
    try:
        return [float(word) for word in text.split(",")]
    except ValueError as error:
        raise ValueError(
            "Expected numbers with commas between them. Received: "
            f"--weights {text!r}"
        ) from error

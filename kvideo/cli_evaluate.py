"""`kvideo evaluate` and `kvideo report`: a network on videos."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from kvideo import console
from kvideo.cli_paths import FpsOption, read_card

NOTHING = "Nothing was written; the same command measures anew."

Network = Annotated[Path, typer.Argument(help="Artefact or run folder.")]
Videos = Annotated[
    str,
    typer.Argument(
        help="Folder of class folders, list, or data set; as for train."
    ),
]
ViewsOption = Annotated[
    str | None,
    typer.Option(help="Clips x crops of each video, such as 10x3."),
]
ProtocolOption = Annotated[
    str | None,
    typer.Option(help="How a paper tests; docs/sampling.md lists them."),
]
AverageOption = Annotated[
    str | None,
    typer.Option(
        help="softmax: mean of probabilities; logits: of logits; none."
    ),
]


def evaluate(
    model: Network,
    data: Videos,
    views: ViewsOption = None,
    protocol: ProtocolOption = None,
    average: AverageOption = None,
    fps: FpsOption = None,
    temporal: Annotated[
        bool,
        typer.Option(
            "--temporal",
            help="Does it use time? Also with frames shuffled, reversed, "
            "frozen, and at other rates: six passes in all.",
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for scores and tables.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="HTML page to write, all in one file.")
    ] = None,
    store_protocol: Annotated[
        bool,
        typer.Option(
            "--store-protocol",
            help="Keep the protocol and what it gave in the network's card: "
            "later evaluations without flags repeat it.",
        ),
    ] = False,
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
    --views 10x3 --average logits --temporal --out runs/ucf/test
    kvideo evaluate runs/ssv1 data/ssv1 --protocol bqn_somethingv1
    kvideo evaluate --compare i3d.npz cidc.npz --pair move_left,move_right
    """
    if compare:
        _compare(model, data, pair or ())
        return
    if pair:
        raise ValueError("--pair belongs to --compare, which is not given.")
    card = read_card(model)
    console.start_backend()
    from kvideo import cli_results as results
    from kvideo.evaluation import by_protocol
    from kvideo.evaluation.job import Job, choose_protocol
    from kvideo.evaluation.report import check_installed
    from kvideo.export import load_artefact

    # What would fail at the end should fail at the beginning.
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    if report is not None:
        check_installed()
    chosen = choose_protocol(card.protocol, protocol, views, average, fps)
    job = Job.of(load_artefact(model), data, card, chosen, batch_size)
    for note in filter(None, (job.note, job.rates_note())):
        console.OUT.print(note)
    with console.interruptible(NOTHING):
        found = job.measure()
    videos, macs = by_protocol(found), job.macs()
    results.show(found, videos, macs)
    rows = job.temporal(videos) if temporal else ()
    if rows:
        results.show_temporal(rows)
    if out is not None:
        results.write_files(out, found, videos)
    if store_protocol:
        results.remember(model, card, chosen, videos)
    if report is not None:
        command = shlex.join(["kvideo", *sys.argv[1:]])
        results.write_page(
            report, model, data, command, job, found, videos, macs, rows
        )


def report(
    model: Network,
    data: Videos,
    out: Annotated[Path, typer.Option(help="HTML page.")] = Path("report.html"),
    views: ViewsOption = None,
    protocol: ProtocolOption = None,
    average: AverageOption = None,
    fps: FpsOption = None,
    batch_size: Annotated[int, typer.Option()] = 8,
):
    """Write a page about a run: `evaluate --temporal --report`.

    Example: kvideo report runs/motion data/motion/test --out motion.html
    """
    evaluate(
        model,
        data,
        views=views,
        protocol=protocol,
        average=average,
        fps=fps,
        temporal=True,
        report=out,
        batch_size=batch_size,
    )


def _compare(before, after, pairs):
    console.start_backend()
    from kvideo.evaluation import (
        Evaluation,
        by_protocol,
        compare,
        print_section,
    )

    section = compare(
        by_protocol(Evaluation.load(before)),
        by_protocol(Evaluation.load(after)),
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

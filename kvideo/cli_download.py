"""`kvideo download`: weights that others published."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kvideo import console


def download(
    name: Annotated[
        str | None, typer.Argument(help="Name; without one, all are listed.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="The published file, if it is here already."),
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(help="Digest of the published file.")
    ] = None,
    unverified: Annotated[
        bool,
        typer.Option(
            "--unverified", help="Take a file without a known digest."
        ),
    ] = False,
):
    """Fetch and convert published weights, once.

    Then `weights="NAME"` builds a network with them.

    Example: kvideo download gluon_i3d_resnet50
    """
    console.start_backend()
    import kvideo
    from kvideo.export.card import Card

    if name is None:
        console.OUT.print(_table(kvideo.applications.weights_table.releases()))
        return
    path = kvideo.download_weights(name, checkpoint, sha256, unverified)
    card = path.with_name(f"{name}.card.json")
    console.OUT.print(console.card_table(Card.load(card)))
    console.OUT.print(f'{path} is ready: weights="{name}".')


def _table(releases):
    table = Table(
        *("Name", "Network", "Classes", "Top-1", "Views", "Checksum"),
        box=console.SIMPLE,
    )
    for name, row in releases.items():
        accuracy = "" if row.top1 is None else f"{row.top1:g}"
        how = "by hand" if row.by_hand else "yes" if row.digest else "no"
        cells = (row.model, str(row.classes), accuracy, row.views, how)
        table.add_row(name, *cells)
    return table

"""`kvideo convert`: weights of PyTorch's and Caffe2's networks."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kvideo import console


def convert(
    checkpoint: Annotated[
        Path | None,
        typer.Argument(help=".pth, .pt, .pyth, .tar, .safetensors or .pkl."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help=".weights.h5 file to write.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Network; default: the first that fits.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Layout; default: recognised.")
    ] = None,
    class_names: Annotated[
        str | None,
        typer.Option(help="List of kvideo (kinetics400, ...) or a file."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the clip of the proof.")] = 0,
    kinds: Annotated[
        bool, typer.Option("--kinds", help="List the layouts, convert nothing.")
    ] = False,
):
    """Turn a checkpoint into weights, with a proof.

    Nothing is written unless the network gives the logits of a PyTorch
    network with the checkpoint's names. The card beside the weights says by
    how much they differ, on which clip, and the checkpoint's checksum.

    Example: kvideo convert X3D_M.pyth --to x3d_m.weights.h5
    """
    if not kinds and (checkpoint is None or to is None):
        raise ValueError(
            "Give a checkpoint and --to MODEL.weights.h5, or --kinds."
        )
    console.start_backend()
    import kvideo
    from kvideo.convert import convert_checkpoint, list_kinds

    if kinds:
        console.OUT.print(_table(list_kinds()))
        return
    names = None
    if class_names is not None:
        names = kvideo.data.class_names(class_names)
    card = convert_checkpoint(checkpoint, to, kind, model, names, seed)
    console.OUT.print(console.card_table(card))
    console.OUT.print(f"Wrote {to}.")


def _table(kinds):
    table = Table("Kind", "Source", "Networks", box=console.SIMPLE)
    for kind in kinds.values():
        models = dict.fromkeys(row.model for row in kind.rows)
        table.add_row(kind.name, kind.source, ", ".join(models))
    return table

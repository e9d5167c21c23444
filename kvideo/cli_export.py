"""`kvideo export`: a network as files that run without kvideo."""

from pathlib import Path
from typing import Annotated

import typer

from kvideo import console
from kvideo.cli_paths import network_file, read_card

CALIBRATION_CLIPS = 64


def export(
    model: Annotated[Path, typer.Argument(help=".keras file or run folder.")],
    to: Annotated[
        str,
        typer.Option(
            help="saved_model, serving, tflite, onnx, with commas between."
        ),
    ] = "saved_model,tflite",
    quantize: Annotated[
        str | None,
        typer.Option(help="Form of the .tflite: float16, dynamic or int8."),
    ] = None,
    calibrate: Annotated[
        Path | None,
        typer.Option(help="Folder of videos that int8 takes its scales from."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of videos to compare on; default: rendered ones."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path(
        "saved_models"
    ),
    overwrite: Annotated[
        bool, typer.Option(help="Replace what is there.")
    ] = False,
):
    """Export a network, and compare each artefact in a fresh process.

    Says first what each format cannot take and what is done about it. An
    artefact that disagrees with the network is removed; exit status 1.

    Example: kvideo export runs/motion --to tflite,onnx --data data/motion/test
    kvideo export runs/motion --to tflite --quantize int8 --calibrate data/train
    """
    formats = _formats(to, quantize, calibrate)
    card = read_card(model)
    console.start_backend()
    from kvideo.export import (
        ArtefactError,
        check_layers,
        comparison_clips,
        export_all,
        folder_clips,
    )
    from kvideo.export.preflight import target_of

    network = _load(network_file(model))
    found = check_layers(network, [target_of(name) for name in formats])
    if found:
        console.OUT.print(console.preflight_table(found))
    clips, words = comparison_clips(network, card, data)
    calibration = calibrate and list(
        folder_clips(calibrate, card, CALIBRATION_CLIPS)
    )
    kept = (
        f"Artefacts that were finished are in '{out}', no other; export the "
        "rest, or all of them again with --overwrite."
    )
    try:
        with console.interruptible(kept):
            results = export_all(
                network, card, out, formats, clips, overwrite, calibration
            )
    except ArtefactError as error:
        console.print_error(error)
        raise typer.Exit(1) from error
    console.OUT.print(console.export_table(results, words))
    for result in results:
        if result.ops:
            console.OUT.print(console.ops_line(result))


def _formats(to, quantize, calibrate):
    """The keys of `kvideo.export.verify.FORMATS` that the options mean."""
    names = [name.strip() for name in to.split(",")]
    if calibrate and quantize != "int8":
        raise ValueError("--calibrate belongs to --quantize int8.")
    if quantize is None:
        return names
    if "tflite" not in names:
        raise ValueError(
            f"--quantize is about .tflite files. Received: --to {to}"
        )
    return [f"tflite_{quantize}" if n == "tflite" else n for n in names]


def _load(path):
    """The `keras.Model` of a file."""
    from kvideo.export.loaders import load_network

    if path.suffix != ".keras":
        raise ValueError(
            f"Only a .keras file or a run folder can be exported. Received: "
            f"{path}"
        )
    return load_network(path)

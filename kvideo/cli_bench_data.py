"""`kvideo bench-data`: where the time of a data set goes."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kvideo import console


def bench_data(
    directory: Annotated[Path, typer.Argument(help="Folder of videos.")],
    model: Annotated[
        str | None,
        typer.Option(help="Registry name of a network to feed; its clips."),
    ] = None,
    num_frames: Annotated[
        int, typer.Option(help="Frames of a clip, without --model.")
    ] = 8,
    frame_size: Annotated[
        tuple[int, int],
        typer.Option(help="Height and width of a clip, without --model."),
    ] = (224, 224),
    clips: Annotated[int, typer.Option(help="Files to read at most.")] = 32,
    batch_size: Annotated[int, typer.Option()] = 8,
    num_parallel_calls: Annotated[
        int | None,
        typer.Option(help="Files read at a time; default: one for each core."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of a table.")
    ] = False,
):
    """Time decoding, transforms, transfer and the feeding of a network.

    Names the bottleneck and the settings that would help. Run it while
    nothing else keeps the machine busy.

    Example: kvideo bench-data data/sports --model bqn_nano
    """
    console.start_backend()
    from kvideo.data import ClipSpec
    from kvideo.data.measure import measure_rates

    if model is None:
        spec, network = ClipSpec(num_frames, frame_size), None
    else:
        spec, network = _network(model)
    rates = measure_rates(
        directory, spec, network, clips, batch_size, num_parallel_calls
    )
    if as_json:
        print(json.dumps(rates.to_dict(), indent=2))
        return
    console.OUT.print(rates_table(rates))
    console.OUT.print(f"Bottleneck: {rates.bottleneck}.")
    for sentence in rates.advice():
        console.OUT.print(f"- {sentence}")


def _network(name):
    """The clips of a registry network, and the network ready to train."""
    import kvideo
    from kvideo.trainers.fit import clip_spec

    network = kvideo.create_model(name)
    network.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    return clip_spec(name), network


def rates_table(rates):
    """Table of a `kvideo.data.rates.DataRates`."""
    table = Table(
        "Stage",
        "ms a clip",
        "Clips/s",
        title=f"{rates.clips} files, {rates.width:.0f}x{rates.height:.0f}, "
        f"{rates.num_frames:.0f} frames, a key frame in "
        f"{rates.key_frame_spacing:.0f}",
    )
    one_thread = {
        "decode": rates.decode,
        "transform": rates.transform,
        "transfer": rates.transfer,
        "decode from a JPEG cache": rates.cached,
        "store in a JPEG cache, once": rates.store,
    }
    for name, milliseconds in one_thread.items():
        if milliseconds is not None:
            _add_row(table, name, milliseconds, 1000 / milliseconds)
    table.add_section()
    calls = rates.num_parallel_calls
    whole = {
        f"data set, {calls} files at a time": rates.dataset,
        "training steps of the network": rates.model,
        "network fed by the data set": rates.together,
    }
    for name, rate in whole.items():
        if rate is not None:
            _add_row(table, name, 1000 / rate, rate)
    return table


def _add_row(table, name, milliseconds, rate):
    table.add_row(name, f"{milliseconds:.1f}", f"{rate:.1f}")

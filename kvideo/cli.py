"""The `kvideo` command. Each command imports what it needs when it runs."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from kvideo import (
    cli_bench_data,
    cli_convert,
    cli_doctor,
    cli_download,
    cli_ensemble,
    cli_evaluate,
    cli_export,
    cli_flow,
    cli_predict,
    cli_prepare,
    cli_train,
    cli_visualize,
    console,
)
from kvideo.cli_paths import network_file, read_card
from kvideo.terminal import track

app = typer.Typer(
    cls=console.FriendlyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Video action recognition in Keras.",
)
app.add_typer(cli_visualize.app, name="visualize")


@app.callback()
def _main(
    debug: Annotated[
        bool, typer.Option(help="Show the traceback of an error.")
    ] = False,
):
    pass


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Output folder.")] = "runs/demo",
    data: Annotated[Path, typer.Option(help="Video folder.")] = "data/motion",
    quick: Annotated[
        bool, typer.Option(help="Every step, but little data.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of data and training.")] = 0,
):
    """Write videos, train, evaluate, export, predict, report.

    Example: kvideo demo --quick --out /tmp/demo --data /tmp/motion
    """
    console.start_backend()
    from kvideo.demo import run

    run(out=out, data=data, quick=quick, seed=seed, console=console.OUT)


@app.command()
def models(
    pattern: Annotated[str, typer.Argument(help="Shell pattern.")] = "*",
    count: Annotated[
        bool,
        typer.Option(
            "--count", help="Build each, and add parameters and MACs."
        ),
    ] = False,
):
    """List the networks, their clips and papers.

    Example: kvideo models "bqn*" --count
    """
    console.start_backend()
    import kvideo
    from kvideo.applications.shapes_only import shapes_only

    names = kvideo.list_models(pattern)
    if not names:
        raise ValueError(
            "No network has such a name; `kvideo models` lists all. "
            f"Received: pattern={pattern!r}"
        )
    infos = [kvideo.model_info(name) for name in names]
    counts = None
    if count:
        with shapes_only():
            counts = [
                kvideo.count(kvideo.create_model(name))
                for name in track(
                    names, "Building", console.OUT, transient=True
                )
            ]
    console.OUT.print(console.models_table(infos, counts))


@app.command()
def info(
    name: Annotated[str, typer.Argument(help="Network, family or artefact.")],
    classes: Annotated[int, typer.Option(help="Number of classes.")] = 400,
    input_shape: Annotated[
        str | None,
        typer.Option(help="Clip T,H,W; default: the network's."),
    ] = None,
    layers: Annotated[
        bool, typer.Option("--layers", help="A row for each layer.")
    ] = False,
    bench: Annotated[
        bool, typer.Option("--bench", help="Time forward passes.")
    ] = False,
    runs: Annotated[int, typer.Option(help="Timed passes.")] = 10,
    dtype: Annotated[
        str, typer.Option(help="Keras' dtype policy, e.g. mixed_bfloat16.")
    ] = "float32",
):
    """Show a network's steps, shapes and costs, or an artefact's card.

    MACs are multiply-accumulates for one clip; Hooks the count of published
    tables that came from hooks on PyTorch modules (docs of kvideo.count).

    Example: kvideo info bqn --input-shape 24,224,224 --bench
    """
    if Path(name).exists():
        console.start_backend()
        from kvideo.export.checksums import check_files

        card = read_card(name)
        check_files(network_file(name), card)
        console.OUT.print(console.card_table(card))
        return
    options = {"classes": classes}
    if input_shape is not None:
        options["input_shape"] = (*_integers(input_shape, 3), 3)
    console.start_backend()
    import kvideo
    from kvideo.applications.shapes_only import shapes_only

    with nullcontext() if bench else shapes_only():
        model = _with_dtype(dtype, lambda: kvideo.create_model(name, **options))
        counts = [kvideo.count(model, mode) for mode in ("macs", "hooks")]
    table = console.layers_table if layers else console.steps_table
    console.OUT.print(table(model.name, *counts))
    console.OUT.print(console.totals(*counts))
    if bench:
        _bench(model, runs, dtype)


def _bench(model, runs, dtype):
    """Times the network as it trains and, folded, as it is meant to serve."""
    import kvideo
    from kvideo.evaluation import bench

    clip = bench.random_clip(model.input_shape[1:])
    half = dtype.removeprefix("mixed_") if dtype != "float32" else None
    folded = kvideo.fold_batch_norm(model, dtype=half)
    for form, network in (("as built", model), ("folded", folded)):
        seconds = bench.time_forward(network, clip, runs)
        console.OUT.print(
            console.bench_line(form, seconds, dtype, bench.available_cores())
        )


def _with_dtype(dtype, build):
    """What `build` returns under a dtype policy."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        return build()
    finally:
        keras.config.set_dtype_policy(before)


def _integers(text, number):
    """`"8,64,64"` as integers."""
    words = text.split(",")
    if len(words) != number or not all(
        word.strip().isdigit() for word in words
    ):
        raise ValueError(
            f"Expected {number} integers with commas between them, T,H,W. "
            f"Received: {text!r}"
        )
    return tuple(int(word) for word in words)


app.command()(cli_bench_data.bench_data)
app.command()(cli_convert.convert)
app.command()(cli_doctor.doctor)
app.command()(cli_download.download)
app.command()(cli_flow.flow)
app.command()(cli_prepare.prepare)
app.command()(cli_train.train)
app.command()(cli_evaluate.evaluate)
app.command()(cli_evaluate.report)
app.command()(cli_ensemble.ensemble)
app.command()(cli_predict.predict)
app.command()(cli_export.export)

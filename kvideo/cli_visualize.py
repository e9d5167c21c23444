"""`kvideo visualize`: pictures of what a network does with a video."""

from pathlib import Path
from typing import Annotated

import typer

from kvideo import console

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Draw what a network does with a video.",
)


@app.callback()
def _main():
    pass


@app.command()
def pathways(
    model: Annotated[
        str, typer.Argument(help="Registry name, .keras file or run folder.")
    ],
    video: Annotated[Path, typer.Argument(help="Video file.")],
    out: Annotated[Path, typer.Option(help="PNG file to write.")] = Path(
        "pathways.png"
    ),
):
    """Draw the contribution of each pathway of a BTSNet over time.

    Example: kvideo visualize pathways runs/btsnet video.mp4
    """
    console.start_backend()
    from kvideo.data import load_clip
    from kvideo.visualize import pathways_figure

    network, spec = _network(model)
    title = f"{network.name}: {video.name}"
    _write(pathways_figure(network, load_clip(video, spec), title), out)


def _network(name):
    """A Keras network and the `ClipSpec` of what it takes."""
    import keras

    import kvideo
    import kvideo.layers  # the file names our classes
    from kvideo.data import ClipSpec
    from kvideo.export import Card, card_path
    from kvideo.trainers.fit import clip_spec

    path = Path(name)
    if not path.exists() and path.suffix != ".keras":
        console.OUT.print(f"{name}: random weights, as nothing was trained.")
        return kvideo.create_model(name), clip_spec(name)
    in_folder = path / "model.keras"
    path = in_folder if in_folder.exists() else path
    if path.suffix != ".keras":
        raise ValueError(
            "A picture of the inside needs a registry name, a .keras file or "
            f"a run folder. Received: '{path}'"
        )
    spec = Card.load(card_path(path)).clip_spec
    network = keras.saving.load_model(path, compile=False)
    return network, ClipSpec.from_dict(spec)


def _write(picture, out):
    from kvideo.evaluate.files import write_atomically
    from kvideo.visualize import to_png

    console.OUT.print(f"Saved {write_atomically(out, to_png(picture))}")

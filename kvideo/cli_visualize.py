"""`kvideo visualize`: pictures of what a network does with a video."""

from pathlib import Path
from typing import Annotated

import typer

from kvideo import console
from kvideo.cli_paths import network_file, read_card

# More frames than these do not fit side by side into a picture.
MOST_FRAMES = 10
# Frames of a GIF are made larger until they are as high.
GIF_HEIGHT = 192

# What every command takes.
Model = Annotated[
    str, typer.Argument(help="Registry name, .keras file or run folder.")
]
Video = Annotated[Path, typer.Argument(help="Video file.")]
Png = Annotated[Path, typer.Option(help="PNG file to write.")]
PngOrGif = Annotated[Path, typer.Option(help="PNG or GIF to write.")]

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
    model: Model,
    video: Video,
    out: Png = Path("pathways.png"),
):
    """Draw the contribution of each pathway of a BTSNet over time.

    Example: kvideo visualize pathways runs/btsnet video.mp4
    """
    console.start_backend()
    from kvideo.visualize import pathways_figure, to_png

    network, clip, _ = _network_and_clip(model, video)
    title = f"{network.name}: {video.name}"
    figure = pathways_figure(network, clip, title)
    _write(to_png(figure), out)


@app.command()
def attention(
    model: Model,
    video: Video,
    at: Annotated[
        list[str] | None,
        typer.Option(
            help="Reference: frame,row,column of the clip; may be repeated. "
            "Default: its middle."
        ),
    ] = None,
    layer: Annotated[
        str | None, typer.Option(help="Default: the last one of attention.")
    ] = None,
    out: PngOrGif = Path("attention.png"),
):
    """Draw what a position of a video looks at.

    Example: kvideo visualize attention runs/rnl video.mp4 --at 0,20,40
    --at 4,32,32 --layer res3_block1_rnl
    """
    _check_suffix(out)
    positions = [_position(text) for text in at or ()]
    console.start_backend()
    from kvideo.visualize import (
        attention_layers,
        attention_map,
        attention_overlay,
        clip_to_uint8,
    )

    network, clip, _ = _network_and_clip(model, video)
    positions = positions or [tuple(size // 2 for size in clip.shape[:3])]
    rows, titles = [clip_to_uint8(clip)], [video.name]
    for position in positions:
        weights = attention_map(network, clip, position, layer)
        rows.append(attention_overlay(network, clip, position, layer))
        frame, row, column = position
        titles.append(
            f"{layer or attention_layers(network)[-1]} from frame {frame}, "
            f"row {row}, column {column}: largest weight "
            f"{weights.max() / weights.mean():.1f} times the mean"
        )
    _write_frames(rows, titles, {frame for frame, _, _ in positions}, out)


@app.command()
def gradcam(
    model: Model,
    video: Video,
    class_: Annotated[
        str | None,
        typer.Option(
            "--class", help="Name or number. Default: the most probable one."
        ),
    ] = None,
    layer: Annotated[
        str | None, typer.Option(help="Default: the last feature maps.")
    ] = None,
    out: PngOrGif = Path("gradcam.png"),
):
    """Draw which places of a video speak for a class.

    Example: kvideo visualize gradcam runs/bqn video.mp4 --class clap
    """
    _check_suffix(out)
    console.start_backend()
    import keras

    from kvideo.visualize import clip_to_uint8, overlay
    from kvideo.visualize import gradcam as class_map

    network, clip, names = _network_and_clip(model, video)
    index = None if class_ is None else _class_index(class_, names)
    heat = class_map(network, clip, index, layer)
    scores = keras.ops.convert_to_numpy(network(clip[None]))[0]
    index = int(scores.argmax()) if index is None else index
    name = names[index] if names else f"class {index}"
    rows = [clip_to_uint8(clip), overlay(clip, heat)]
    titles = [video.name, f"{network.name}: {name}, score {scores[index]:.3f}"]
    _write_frames(rows, titles, (), out)


@app.command()
def representations(
    model: Model,
    video: Video,
    out: Png = Path("representations.png"),
):
    """Draw the images that a DAN or a TeSNet makes of a video's frames.

    Example: kvideo visualize representations runs/dan video.mp4
    """
    console.start_backend()
    from kvideo.visualize import (
        representation_images,
        representation_strip,
        to_png,
    )

    network, clip, _ = _network_and_clip(model, video)
    images = representation_images(network, clip)
    _write(to_png(representation_strip(clip, images)), out)


@app.command()
def frames(
    model: Model,
    video: Video,
    out: Png = Path("frames.png"),
):
    """Draw which frames of a video an MTNet keeps; the others are faded.

    Example: kvideo visualize frames runs/mtnet video.mp4
    """
    console.start_backend()
    from kvideo.visualize import kept_frames_strip, to_png

    network, clip, _ = _network_and_clip(model, video)
    _write(to_png(kept_frames_strip(network, clip)), out)


@app.command()
def excitation(
    model: Model,
    video: Video,
    groups: Annotated[
        int, typer.Option(min=1, help="Most groups of channels.")
    ] = 8,
    out: Png = Path("excitation.png"),
):
    """Draw when the squeeze and recursion of an MTNet excites which channels.

    Example: kvideo visualize excitation runs/mtnet video.mp4
    """
    console.start_backend()
    from kvideo.visualize import excitation_figure, to_png

    network, clip, _ = _network_and_clip(model, video)
    title = f"{network.name}: {video.name}"
    _write(to_png(excitation_figure(network, clip, title, groups)), out)


@app.command()
def activation(
    model: Model,
    video: Video,
    out: Png = Path("activation.png"),
):
    """Draw where the backbone and the CIDC of a network are active.

    Example: kvideo visualize activation runs/cidc video.mp4
    """
    console.start_backend()
    from kvideo.visualize import activation_overlay, film_strip, to_png

    network, clip, _ = _network_and_clip(model, video)
    parts = activation_overlay(network, clip)
    titles = [
        f"{network.name}, {name}: frames {', '.join(map(str, frames))}"
        for name, (frames, _) in parts.items()
    ]
    rows = [pictures for _, pictures in parts.values()]
    _write(to_png(film_strip(rows, titles)), out)


@app.command()
def kernels(
    model: Model,
    layer: Annotated[
        str | None, typer.Option(help="Default: the last directional one.")
    ] = None,
    out: Png = Path("kernels.png"),
):
    """Draw what the steps of a directional convolution take of each frame.

    Example: kvideo visualize kernels runs/cidc
    """
    console.start_backend()
    from kvideo.visualize import kernels_figure, to_png

    network, _, _ = _network(model)
    _write(to_png(kernels_figure(network, layer)), out)


def _position(text):
    """`"4,32,32"` as (4, 32, 32)."""
    try:
        frame, row, column = (int(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(
            "`--at` takes frame,row,column, such as 4,32,32. Received: "
            f"{text!r}"
        ) from error
    return frame, row, column


def _class_index(text, names):
    """The number of a class, given by its name or the number itself."""
    if names and text in names:
        return names.index(text)
    if text.isdecimal():
        return int(text)
    known = f" Known: {', '.join(names)}." if names else ""
    raise ValueError(
        "`--class` takes the name or the number of a class. Received: "
        f"{text!r}.{known}"
    )


def _network_and_clip(model, video):
    """A Keras network, a video's clip as it takes it, its classes or None."""
    from kvideo.data import load_clip

    network, spec, names = _network(model)
    return network, load_clip(video, spec), names


def _network(name):
    """A Keras network, the `ClipSpec` of what it takes, its classes.

    The names of the classes are None where nothing was trained.
    """
    import kvideo
    from kvideo.data import ClipSpec
    from kvideo.export.loaders import load_network
    from kvideo.trainers.fit import clip_spec

    path = Path(name)
    if not path.exists() and path.suffix != ".keras":
        console.OUT.print(f"{name}: random weights, as nothing was trained.")
        return kvideo.create_model(name), clip_spec(name), None
    path = network_file(path)
    if path.suffix != ".keras":
        raise ValueError(
            "A picture of the inside needs a registry name, a .keras file or "
            f"a run folder. Received: '{path}'"
        )
    card = read_card(path)
    network = load_network(path)
    spec = ClipSpec.from_dict(card.clip_spec)
    return network, spec, tuple(card.class_names)


def _check_suffix(out):
    if out.suffix.lower() not in (".png", ".gif"):
        raise ValueError(f"`--out` must end in .png or .gif. Received: '{out}'")


def _write_frames(rows, titles, shown, out):
    """Clips of one size as a PNG, one below the other, or as a GIF.

    Args:
        rows: List of uint8 clips (T, H, W, 3).
        titles: One for each.
        shown: Numbers of frames that must not be left out of a PNG.
        out: Path.
    """
    import numpy as np

    from kvideo.visualize import film_strip, to_gif, to_png

    for title in titles[1:]:
        console.OUT.print(title)
    if out.suffix.lower() == ".gif":
        clip = np.concatenate(rows, axis=2)
        times = -(-GIF_HEIGHT // clip.shape[1])
        _write(to_gif(clip.repeat(times, axis=1).repeat(times, axis=2)), out)
        return
    total = len(rows[0])
    even = np.linspace(0, total - 1, min(total, MOST_FRAMES)).astype(int)
    frames = sorted({*even.tolist(), *shown})
    _write(to_png(film_strip([row[frames] for row in rows], titles)), out)


def _write(content, out):
    from kvideo.files import write_atomically

    console.OUT.print(f"Saved {write_atomically(out, content)}")

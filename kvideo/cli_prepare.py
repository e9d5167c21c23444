"""`kvideo prepare`: a collection of videos as TFRecord shards."""

import shlex
from typing import Annotated

import typer

from kvideo import console
from kvideo.terminal import track


def prepare(
    source: Annotated[
        str, typer.Argument(help="Folder with a subfolder for each class.")
    ],
    to: Annotated[str, typer.Option(help="Folder to write.")],
    encode: Annotated[
        str,
        typer.Option(help="jpeg: each frame; video: the files as they are."),
    ] = "jpeg",
    short_side: Annotated[
        int | None,
        typer.Option(
            help="Pixels to which the shorter side of larger JPEG frames is "
            "reduced; default: as they are."
        ),
    ] = None,
    quality: Annotated[int, typer.Option(help="Of JPEG, 1 to 100.")] = 95,
    videos_per_shard: Annotated[int, typer.Option(help="At most.")] = 64,
    workers: Annotated[
        int, typer.Option(help="Threads; each writes a shard.")
    ] = 1,
    overwrite: Annotated[
        bool, typer.Option(help="Replace the shards of another run.")
    ] = False,
    beam: Annotated[
        str | None,
        typer.Option(
            help="Run as an Apache Beam pipeline with these options, such as "
            '"--runner=DataflowRunner --project=..."; "" is this machine.'
        ),
    ] = None,
):
    """Write videos as TFRecord shards with a manifest, to train from.

    Run it again to go on where it stopped. Both folders may be paths such as
    gs://bucket/videos.

    Example: kvideo prepare data/train --to shards/train --short-side 256
    """
    console.start_backend()
    from kvideo.data.shards import beam as pipeline
    from kvideo.data.shards.write import write_shards

    settings = {
        "encode": encode,
        "short_side": short_side,
        "quality": quality,
        "videos_per_shard": videos_per_shard,
        "overwrite": overwrite,
    }
    kept = f"Finished shards stay in '{to}'; the same command goes on there."
    with console.interruptible(kept):
        if beam is not None:
            settings["options"] = shlex.split(beam)
            manifest = pipeline.write_shards_with_beam(source, to, **settings)
        else:
            manifest = write_shards(
                source,
                to,
                workers=workers,
                track=lambda shards: track(shards, "Shards", console.OUT),
                **settings,
            )
    _report(manifest, to)


def _report(manifest, to):
    size = sum(shard["bytes"] for shard in manifest["shards"])
    console.OUT.print(
        f"{manifest['videos']} videos in {len(manifest['shards'])} shards "
        f"({size / 1e6:.1f} MB) in {to}."
    )
    broken = manifest["broken"]
    if broken:
        console.OUT.print(
            f"Left out {len(broken)} videos that cannot be read; all are in "
            f"{to}/manifest.json:"
        )
        for row in broken[:10]:
            console.OUT.print(f"  {row['path']}: {row['reason']}")

"""What the commands accept as a network: an artefact or a run folder.

And at which rate they read videos for it.
"""

from pathlib import Path
from typing import Annotated

import typer

FpsOption = Annotated[
    float | None,
    typer.Option(
        help="Frames a second that videos are read at, by time; 0: their "
        "frames as they are; default: by time where their rate is not that of "
        "the training."
    ),
]


def network_file(path):
    """A run folder means its last network."""
    in_folder = Path(path) / "model.keras"
    return in_folder if in_folder.exists() else Path(path)


def read_card(path):
    """The card beside an artefact or inside it, or of a run's last network."""
    from kvideo.export import Card, card_path
    from kvideo.export import read_card as read

    path = network_file(path)
    if not path.exists():
        raise FileNotFoundError(
            f"Nothing is at '{path}'. Give a .keras, .tflite or .onnx "
            "file, a SavedModel folder or a run folder."
        )
    # The error of a missing card names the place where it should be.
    return read(path) or Card.load(card_path(path))

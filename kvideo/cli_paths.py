"""What the commands accept as a network: an artefact or a run folder."""

from pathlib import Path


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

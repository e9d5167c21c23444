"""What the commands accept as a network: an artefact or a run folder."""

from pathlib import Path


def network_file(path):
    """A run folder means its last network."""
    in_folder = Path(path) / "model.keras"
    return in_folder if in_folder.exists() else Path(path)


def read_card(path):
    """The card beside an artefact, or beside a run's last network."""
    from kvideo.export import Card, card_path

    path = network_file(path)
    if not path.exists():
        raise FileNotFoundError(
            f"Nothing is at '{path}'. Give a .keras or .tflite file, a "
            "SavedModel folder or a run folder."
        )
    return Card.load(card_path(path))

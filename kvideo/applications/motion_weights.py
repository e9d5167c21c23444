"""`weights="motion"`: networks that have learnt to see motion, in the package.

They were trained on procedural clips (`kvideo.data.procedural`) by
`training/pretrain_motion.py`, and have seen no natural video. Kernels are kept
in 16 bits, vectors in 32: the statistics of a normalisation may be too large.
"""

import hashlib
import json
from pathlib import Path

import h5py
import numpy as np

FOLDER = Path(__file__).parent / "motion"


def networks():
    """Registry names of the networks that have such weights, sorted."""
    return sorted(path.name[: -len(".json")] for path in FOLDER.glob("*.json"))


def motion_card(name):
    """What is known of the weights of a network, a dictionary.

    Its entries: `network`, `classes`, `command`, `seed`, `clips`, `hours`,
    `machine`, `accuracy_on_3200_fresh_clips`, `sha256`.

    Raises:
        ValueError: There are none; the message names those that have some.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        raise ValueError(
            f"weights='motion' is there for {', '.join(networks())}, by these "
            "names: leave `name` out, take one of them, or give other "
            f"weights. Received: a network named {name!r}"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def motion_file(name):
    """The `.weights.h5` file of a network, whole.

    Raises:
        ValueError: There is none, or it is damaged.
    """
    card, path = motion_card(name), FOLDER / f"{name}.weights.h5"
    if not path.is_file() or _sha256(path) != card["sha256"]:
        raise ValueError(
            f"The motion weights '{path}' are damaged: their checksum is not "
            "that of their card. Install kvideo anew."
        )
    return path


def write_weights(model, folder, card):
    """Writes `<network>.weights.h5` and `<network>.json`.

    Args:
        model: The trained network.
        folder: Where to, a `Path`; made if missing.
        card: See `motion_card`, without the checksum.

    Returns:
        The path of the weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{card['network']}.weights.h5"
    model.save_weights(path, overwrite=True)
    _halve(path)
    text = json.dumps(card | {"sha256": _sha256(path)}, indent=2) + "\n"
    path.with_name(f"{card['network']}.json").write_text(text, encoding="utf-8")
    return path


def _halve(path):
    """Rewrites a weight file small: no optimizer, kernels in 16 bits."""
    whole = path.with_name(f"{path.name}.whole")
    path.rename(whole)
    # The newest layout of HDF5 takes a quarter less room for small arrays.
    with (
        h5py.File(whole) as source,
        h5py.File(path, "w", libver="latest") as target,
    ):

        def copy(name, item):
            if name.partition("/")[0] == "optimizer":
                return
            if isinstance(item, h5py.Group):
                group = target.require_group(name)
                group.attrs.update(item.attrs)
                return
            value = item[()]
            if np.ndim(value) > 1:
                value = value.astype(np.float16)
            target.create_dataset(name, data=value)

        target.attrs.update(source.attrs)
        source.visititems(copy)
    whole.unlink()


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()

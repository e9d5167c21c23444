"""Names of the classes of data sets, in the order of their labels.

| file | source | order |
|---|---|---|
| `kinetics400.txt` | Kay et al., arXiv:1705.06950 | alphabetical |
| `kinetics600.txt` | Carreira et al., arXiv:1808.01340 | alphabetical |
| `kinetics700.txt` | Carreira et al., arXiv:1907.06987 | alphabetical |
| `ucf101.txt` | Soomro et al., CRCV-TR-12-01 | of its `classInd.txt` |
| `hmdb51.txt` | Kuehne et al., ICCV 2011 | alphabetical |
| `motion.txt` | `kvideo.data.procedural.CLASSES` | by level |

Where the lists were read and how they were checked, and why those of
Something-Something are not here, is in docs/weights.md.
"""

import json
import re
from importlib import resources
from pathlib import Path

from kvideo.data.texts import read_text

NAMES = (
    "hmdb51",
    "kinetics400",
    "kinetics600",
    "kinetics700",
    "motion",
    "ucf101",
)
# We found no licence that lets others list these.
FROM_YOUR_COPY = {
    "something_v1": "something-something-v1-labels.csv",
    "something_v2": "something-something-v2-labels.json",
}


def class_names(source):
    """The names of a data set's classes, in the order of the labels.

    Args:
        source: `"hmdb51"`, `"kinetics400"`, `"kinetics600"`,
            `"kinetics700"`, `"motion"` (of `weights="motion"`), `"ucf101"`,
            or the path of a file: lines of names (`.txt`, `.csv`), or of
            numbers and names as in UCF101's `classInd.txt`; a `.json`
            dictionary from names to numbers, or a network's card.

    Returns:
        A list of names.

    Raises:
        ValueError: If there is no such list or file, or it is of another
            form.
    """
    if source in NAMES:
        text = resources.files(__name__).joinpath(f"{source}.txt")
        return text.read_text("utf-8").splitlines()
    if source in FROM_YOUR_COPY:
        raise ValueError(
            f"The class names of {source!r} are not in this package, as no "
            "licence that allows it was found. Give the path of "
            f"{FROM_YOUR_COPY[source]} in your copy of the data."
        )
    path = Path(source)
    if not path.is_file():
        raise ValueError(
            f"Expected one of {', '.join(NAMES)}, or the path of a file of "
            f"class names. Received: {str(source)!r}."
        )
    text = read_text(path)
    return _from_json(text, path) if path.suffix == ".json" else _lines(text)


def _lines(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [re.fullmatch(r"(\d+) (.+)", line) for line in lines]
    if not all(numbered):
        return lines
    pairs = sorted((int(pair[1]), pair[2]) for pair in numbered)
    return [name for _, name in pairs]


def _from_json(text, path):
    try:
        found = json.loads(text)
        if "class_names" in found:
            return list(found["class_names"])
        return sorted(found, key=lambda name: int(found[name]))
    except (ValueError, TypeError) as error:
        raise ValueError(
            "Expected a JSON dictionary from class names to numbers, or a "
            f"card. Received: {path}: {error}"
        ) from error

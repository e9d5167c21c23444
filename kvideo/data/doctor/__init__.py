"""One pass over a collection of videos: what is wrong with it.

- `splits`: the listings of the collection, by the name of their split;
- `examine`: one file: can it be read, how long is it, what does it look like;
- `isolated`: calls in processes that may crash or hang;
- `hashes`: 64-bit perceptual hashes, and which are near;
- `copies`: equal files and videos that look alike;
- `findings`: the kinds of findings, and the rules that lead to them;
- `diagnosis`: all of it; `pictures`: the suspects, small.
"""

from kvideo.lazy import lazy

_HOMES = {
    "Diagnosis": "diagnosis",
    "Finding": "findings",
    "Limits": "findings",
    "diagnose": "diagnosis",
    "open_splits": "splits",
    "thumbnails": "pictures",
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOMES)

"""The files of a run, which are there whole or not at all."""

import functools

from kvideo import files

# The folder of a run is locked.
replacing = functools.partial(
    files.replacing, then="go on with the run (`resume`)", alone=True
)

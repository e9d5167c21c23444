"""What training minimises, as pure functions: no layers, no weights."""

from kvideo.objectives.mgda import gramian, min_norm_weights
from kvideo.objectives.scale_schedule import scale_schedule

__all__ = ["gramian", "min_norm_weights", "scale_schedule"]

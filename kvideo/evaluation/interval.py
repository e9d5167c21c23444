"""How sure is an accuracy that was measured on a few clips?

E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
Inference", Journal of the American Statistical Association 22, 1927. Unlike
accuracy plus or minus two standard errors it stays in [0, 1], and has a width
where all clips are right.
"""

import math
import statistics


def wilson_interval(right, clips, level=0.95):
    """The accuracies that would give such a count often enough.

    Args:
        right: How many clips were predicted right.
        clips: How many there are, at least 1. They must be independent:
            count videos, not views of them.
        level: Share of such intervals that hold the true accuracy.

    Returns:
        (low, high), floats in [0, 1].

    Raises:
        ValueError: Numbers that do not fit.
    """
    if not (clips >= 1 and 0 <= right <= clips and 0 < level < 1):
        raise ValueError(
            "An interval needs 0 <= right <= clips, clips >= 1 and 0 < level "
            f"< 1. Received: right={right}, clips={clips}, level={level}"
        )
    z = statistics.NormalDist().inv_cdf((1 + level) / 2)
    share, spread = right / clips, z * z / clips
    middle = share + spread / 2
    width = z * math.sqrt((share * (1 - share) + spread / 4) / clips)
    scale = 1 + spread
    # Rounding may leave -1e-17 where nothing is right.
    return max(0.0, (middle - width) / scale), min(
        1.0, (middle + width) / scale
    )

"""Argument checks that several clip transforms share."""

from kvideo.layers.checks import (
    check_count,
    check_number,
    is_count,
    numbers_of,
)


def check_rate(rate):
    """Raise a ValueError unless `rate` is a share in [0, 1]."""
    check_number("rate", rate, 0, 1)


def check_size(height, width):
    """Raise a ValueError unless both are positive integers."""
    check_count("height", height)
    check_count("width", width)


def check_short_side(short_side, height, width):
    """Raise a ValueError unless a crop fits into frames of that side."""
    if not is_count(short_side, max(height, width)):
        raise ValueError(
            "`short_side` must be a number of pixels that holds the crop, at "
            f"least {max(height, width)}. Received: short_side={short_side!r}."
        )


def check_area(scale, ratio):
    """Raise a ValueError unless boxes can have such areas and ratios."""
    scale, ratio = numbers_of("scale", scale), numbers_of("ratio", ratio)
    if not 0 < scale[0] <= scale[1] <= 1:
        raise ValueError(
            "`scale` must be two rising numbers in (0, 1]. Received: "
            f"scale={scale}."
        )
    if not 0 < ratio[0] <= ratio[1]:
        raise ValueError(
            "`ratio` must be two rising positive numbers. Received: "
            f"ratio={ratio}."
        )


def check_value_range(value_range):
    """Raise a ValueError unless it is two rising numbers."""
    value_range = numbers_of("value_range", value_range)
    if not value_range[0] < value_range[1]:
        raise ValueError(
            "`value_range` must be two rising numbers. Received: "
            f"value_range={value_range}."
        )

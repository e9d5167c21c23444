"""Argument checks that several clip transforms share."""


def check_rate(rate):
    """Raise a ValueError unless `rate` is a share in [0, 1]."""
    if not 0 <= rate <= 1:
        raise ValueError(f"`rate` must be in [0, 1]. Received: rate={rate}.")


def check_size(height, width):
    """Raise a ValueError unless both are positive integers."""
    for name, value in (("height", height), ("width", width)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(
                f"`{name}` must be a positive integer. Received: "
                f"{name}={value!r}."
            )


def check_short_side(short_side, height, width):
    """Raise a ValueError unless a crop fits into frames of that side."""
    if not isinstance(short_side, int) or short_side < max(height, width):
        raise ValueError(
            "`short_side` must be a number of pixels that holds the crop, at "
            f"least {max(height, width)}. Received: short_side={short_side!r}."
        )


def check_area(scale, ratio):
    """Raise a ValueError unless boxes can have such areas and ratios."""
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
    if not value_range[0] < value_range[1]:
        raise ValueError(
            "`value_range` must be two rising numbers. Received: "
            f"value_range={value_range}."
        )

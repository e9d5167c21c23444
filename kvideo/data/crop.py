"""Which box training cuts out of each video: a kind, and its numbers."""

import dataclasses

from kvideo.data import transforms

# Kind -> (function, what it calls our numbers, their defaults).
KINDS = {
    "scales": (
        transforms.random_box,
        {"scales": ("scales", (1.0, 0.875, 0.75))},
    ),
    "multi_scale": (
        transforms.multi_scale_box,
        {"scales": ("scales", (1.0, 0.875, 0.75, 0.66))},
    ),
    "random_resized": (
        transforms.random_resized_box,
        {"area": ("scale", (0.25, 1.0)), "ratio": ("ratio", (3 / 4, 4 / 3))},
    ),
    "short_side": (
        transforms.short_side_box,
        {"short_sides": ("short_sides", (256, 320))},
    ),
}


@dataclasses.dataclass(frozen=True)
class ClipCrop:
    """The random box of training clips; testing cuts from the centre.

    | kind | the box | numbers | who |
    |---|---|---|---|
    | `"scales"` | one of the scales, anywhere | `scales` | |
    | `"multi_scale"` | two neighbouring scales, 13 places | `scales` | TSN |
    | `"random_resized"` | area, ratio and place | `area`, `ratio` | BTSNet |
    | `"short_side"` | from a random size | `short_sides` | SlowFast, CIDC |

    A number that is None is the kind's own: those of `KINDS`.

    Attributes:
        kind: one of `KINDS`.
        scales: sides of the box as shares of the largest one, each above 0
            and up to 1.
        area: smallest and largest area as shares of the frame's, above 0 and
            up to 1.
        ratio: smallest and largest width through height, above 0.
        short_sides: smallest and largest shorter side in pixels that the
            video is resized to before `frame_size` is cut from it.

    Raises:
        ValueError: an unknown kind, a number out of its range, or one that
            the kind does not have.
    """

    kind: str = "scales"
    scales: tuple | None = None
    area: tuple | None = None
    ratio: tuple | None = None
    short_sides: tuple | None = None

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(
                f"`crop.kind` should be one of {', '.join(KINDS)}. "
                f"Received: {self.kind!r}"
            )
        for name, (fits, expected) in _RULES.items():
            value = getattr(self, name)
            if value is None:
                continue
            if name not in KINDS[self.kind][1]:
                raise ValueError(
                    f"A crop {self.kind!r} has no `{name}`. It has: "
                    f"{', '.join(KINDS[self.kind][1])}. "
                    f"Received: crop.{name}={value!r}"
                )
            if not (_is_row(value) and fits(value)):
                raise ValueError(
                    f"`crop.{name}` should be {expected}. "
                    f"Received: crop.{name}={value!r}"
                )
            object.__setattr__(self, name, tuple(value))

    @classmethod
    def of(cls, crop):
        """The `ClipCrop` of one, of a kind's name, or of a dictionary."""
        if isinstance(crop, str):
            return cls(crop)
        if isinstance(crop, dict):
            known = [field.name for field in dataclasses.fields(cls)]
            unknown = sorted(set(crop) - set(known))
            if unknown:
                raise ValueError(
                    f"A crop has the entries {', '.join(known)}. "
                    f"Received: unknown {unknown}"
                )
            return cls(**crop)
        if not isinstance(crop, cls):
            raise ValueError(
                "`crop` should be a ClipCrop, the name of a kind or a "
                f"dictionary. Received: crop={crop!r}"
            )
        return crop

    def box(self, video_size, spec, rng):
        """A box (top, left, height, width) in pixels of the video.

        Args:
            video_size: (height, width) of the video in pixels.
            spec: a `ClipSpec`.
            rng: `numpy.random.Generator`.
        """
        draw, numbers = KINDS[self.kind]
        options = {
            theirs: getattr(self, ours) or default
            for ours, (theirs, default) in numbers.items()
        }
        return draw(video_size, spec, rng, **options)

    def check_fits(self, spec):
        """Raises a `ValueError` where videos get smaller than their clips."""
        if self.kind != "short_side":
            return
        sides = self.short_sides or KINDS["short_side"][1]["short_sides"][1]
        if sides[0] < max(spec.frame_size):
            raise ValueError(
                "`crop.short_sides` should not be below the frame size "
                f"{tuple(spec.frame_size)}. "
                f"Received: crop.short_sides={sides}"
            )


def _is_row(value):
    return isinstance(value, list | tuple) and all(
        isinstance(x, int | float) and not isinstance(x, bool) for x in value
    )


def _is_range(value):
    return len(value) == 2 and 0 < value[0] <= value[1] < float("inf")


_RULES = {
    "scales": (
        lambda x: len(x) > 0 and all(0 < scale <= 1 for scale in x),
        "numbers above 0 and up to 1",
    ),
    "area": (
        lambda x: _is_range(x) and x[1] <= 1,
        "the smallest and the largest, above 0 and up to 1",
    ),
    "ratio": (_is_range, "the smallest and the largest, above 0"),
    "short_sides": (
        lambda x: _is_range(x) and all(isinstance(side, int) for side in x),
        "the smallest and the largest, whole numbers above 0",
    ),
}

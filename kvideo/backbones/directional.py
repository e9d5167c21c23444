"""The multi-scale CIDC network: what stands on the stages of a backbone.

Paper: X. Li, B. Shuai, J. Tighe, "Directional Temporal Modeling for Action
Recognition", ECCV 2020, section 3.2. One branch of CIDC units for each stage;
after each unit, the finer branches are added to the coarser ones.

Decisions, where the paper is silent (its Fig. 3 is not legible):
- A unit is the directional convolution, a 1x1x1 convolution without bias,
  batch normalisation and ReLU.
- Only the coarsest branch is read at the end, so the finer ones have one unit
  less: nothing would follow their last.
- A link is average pooling over space, a 1x1x1 convolution and batch
  normalisation.
- Attention goes from each stage to the one before it, from the backbone's own
  maps.
"""

import keras

from kvideo.layers import (
    AttentionPropagation,
    AveragePool3D,
    BatchNorm,
    Conv3D,
    DirectionalTemporalConv,
)


def multi_scale(maps, units=2, frames=None, attention=True, **options):
    """F_CIDC from the feature maps of several stages.

    Args:
        maps: Dict from the number of a stage to its map (B, T, H, W, C), in
            order: finest first. T may differ.
        units: CIDC units of the coarsest branch; the others have one less.
        frames: Time steps between the units; default: those of the coarsest
            map.
        attention: Whether a finer map is weighted by the activation of the
            next coarser one (Eq. 3).
        **options: Of `DirectionalTemporalConv`.

    Returns:
        Feature map of the coarsest map's shape.
    Raises:
        ValueError: If the finer branches would have no unit.
    """
    if not isinstance(units, int) or units < (2 if len(maps) > 1 else 1):
        raise ValueError(
            "`units` must be an integer, 2 at least with several stages (the "
            "finer branches have one less) and 1 with one. Received: "
            f"units={units!r} for stages {tuple(maps)}."
        )
    length = list(maps.values())[-1].shape[1]
    branches = _attend(maps) if attention else dict(maps)
    for number in range(1, units):
        branches = {
            stage: unit(
                x, f"cidc{stage}_unit{number}", frames or length, **options
            )
            for stage, x in branches.items()
        }
        # After their last unit, the finer branches go to the coarsest alone.
        targets = branches if number < units - 1 else [list(branches)[-1]]
        branches = _link(branches, targets, number)
    stage, x = branches.popitem()
    return unit(x, f"cidc{stage}_unit{units}", length, **options)


def unit(x, name, frames, **options):
    """A CIDC unit: (B, T, H, W, C) to (B, frames, H, W, C)."""
    x = DirectionalTemporalConv(frames, name=f"{name}_directional", **options)(
        x
    )
    return keras.layers.ReLU(name=f"{name}_relu")(_mix(x, x.shape[-1], name))


def _mix(x, channels, name):
    x = Conv3D(channels, 1, name=f"{name}_conv")(x)
    return BatchNorm(name=f"{name}_bn")(x)


def _attend(maps):
    """Each map weighted by the one after it; the last as it is."""
    stages, features = list(maps), list(maps.values())
    attended = {
        stage: AttentionPropagation(name=f"cidc{stage}_attention")(pair)
        for stage, *pair in zip(
            stages, features[:-1], features[1:], strict=False
        )
    }
    return {**attended, stages[-1]: features[-1]}


def _link(branches, targets, number):
    """Some of the branches, each plus all finer ones."""
    linked = {}
    for stage in targets:
        x = branches[stage]
        finer = [
            _reduce(branches[source], x, f"cidc{stage}_link{source}{number}")
            for source in branches
            if source < stage
        ]
        name = f"cidc{stage}_link{number}_add"
        linked[stage] = keras.layers.Add(name=name)([x, *finer]) if finer else x
    return linked


def _reduce(fine, coarse, name):
    """A finer map at the size and width of a coarser one."""
    sizes = zip(fine.shape[2:4], coarse.shape[2:4], strict=True)
    pool, padding = zip(*(_window(*size) for size in sizes), strict=True)
    x = AveragePool3D(
        (1, *pool),
        padding=(0, *padding),
        count_padding=False,
        name=f"{name}_pool",
    )(fine)
    return _mix(x, coarse.shape[-1], name)


def _window(fine, coarse):
    """Window and padding that take `fine` positions to `coarse`."""
    if None in (fine, coarse):
        raise ValueError(
            "The CIDC network needs to know H and W of its feature maps: "
            "give `input_shape` in full."
        )
    window = -(-fine // coarse)
    padding = 0 if fine // window == coarse else window // 2
    if (fine + 2 * padding - window) // window + 1 != coarse:
        raise ValueError(
            f"No average pooling takes {fine} positions to {coarse}: each "
            "stage should halve the one before, or have its size."
        )
    return window, padding

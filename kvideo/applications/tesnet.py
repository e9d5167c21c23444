"""TeSNet, the temporal squeeze network.

Paper: G. Huang, A. G. Bors, "Learning Spatio-Temporal Representations with
Temporal Squeeze Pooling", ICASSP 2020; sections 3.2 and 3.3 of Huang's
thesis. Temporal squeeze pooling turns the K frames of a clip into a few, at
one or two depths of an image network; the logits of the frames that are left
are averaged.

Decisions, where the thesis is silent:
- "Block A" and "Block B" of Table 3.2 mean before the first of their blocks;
  `block_b_index` moves the second layer behind some of Block B. The thesis
  has the cost of No. 5 at "around 70 %" of No. 1: it is 57 % before Block B,
  90 % after it, and 70 % behind 8 of its 20 blocks.
- Pixels are normalised before they are squeezed.
"""

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register
from kvideo.backbones import Step, inception_resnet_v2, insert, walk
from kvideo.layers import TemporalSqueezePooling
from kvideo.layers.checks import check_choice

REFERENCE = "Huang and Bors, Temporal Squeeze Pooling, ICASSP 2020"


VARIANTS = {
    "inception_resnet_v2": plumbing.NetworkSpec(
        "inception_resnet_v2",
        (10, 299, 299, 3),
        sampler="dense",
        imagenet="InceptionResNetV2",
    ),
    "nano": plumbing.NetworkSpec(
        "inception_resnet_v2_nano",
        (8, 75, 75, 3),
        dropout=0.2,
        sampler="dense",
        frame_stride=3,
        imagenet="nano",
    ),
}


# Table 3.2: where the layers stand and how many frames they leave of ten.
PLACEMENTS = {
    1: (("input", 3),),
    2: (("input", 1),),
    3: (("conv2d_1a", 3), ("conv2d_4a", 1)),
    4: (("conv2d_1a", 3), ("block_a", 1)),
    5: (("conv2d_1a", 3), ("block_b", 1)),
}


def TeSNet(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="inception_resnet_v2",
    placement=1,
    squeezed_frames=None,
    block_b_index=0,
    beta=10.0,
    keras_layout=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("tesnet", VARIANTS, variant)
    source = imagenet.pick_source(weights, row.imagenet, keras_layout)
    spec = inception_resnet_v2.SPECS[row.backbone]
    places = _places(spec, placement, squeezed_frames, block_b_index)
    steps = squeeze_between(inception_resnet_v2.steps(spec), places, beta)
    clips = plumbing.obtain_input(input_shape, input_tensor, row.input_shape)
    x = plumbing.normalize(
        clips, source.normalization or "inception", include_preprocessing
    )
    x = walk(steps, x)
    rate = row.dropout if dropout is None else dropout
    x = plumbing.top(
        x,
        lambda x: plumbing.classify_frames(x, rate, classes, 0.001),
        include_top,
        pooling,
        classes,
        classifier_activation,
    )
    name = name or f"tesnet_{variant}"
    return imagenet.functional(clips, x, name, weights, source)


def _places(spec, placement, squeezed_frames, block_b_index):
    """List of (name of the step before, squeezed frames)."""
    check_choice("placement", placement, PLACEMENTS)
    blocks = spec.blocks[1]
    if block_b_index not in range(blocks + 1):
        raise ValueError(
            f"`block_b_index` must be from 0 to {blocks}, the number of "
            "blocks in front of the squeezing layer. Received: "
            f"{block_b_index=}."
        )
    before = {
        "block_a": "mixed_5b",
        "block_b": f"block17_{block_b_index}" if block_b_index else "mixed_6a",
    }
    names, frames = zip(*PLACEMENTS[placement], strict=True)
    if squeezed_frames is not None:
        frames = squeezed_frames
        frames = (frames,) if isinstance(frames, int) else tuple(frames)
    if len(frames) != len(names):
        raise ValueError(
            f"Placement {placement} has squeezing layers at "
            f"{' and '.join(names)}: give as many numbers of squeezed frames. "
            f"Received: {squeezed_frames=}."
        )
    return list(zip([before.get(n, n) for n in names], frames, strict=True))


def squeeze_between(steps, places, beta=10.0):
    """A copy of a list of steps, with squeezing layers in between.

    Args:
        steps: List of `Step`, of any backbone.
        places: List of (name of the step before, squeezed frames); "input"
            stands before the first step.
        beta: Weight of each projection loss.

    Returns:
        List of `Step`; the new ones are `squeeze1`, `squeeze2`, ...
    """
    for index, (place, frames) in enumerate(places, start=1):
        make = _maker(f"squeeze{index}", frames, beta, place == "input")
        if place == "input":
            steps = [make(steps[0]), *steps]
        else:
            steps = insert(steps, (place,), make)
    return steps


def _maker(name, frames, beta, takes_pixels):
    # Half precision would round pixels before they are projected.
    dtype = "float32" if takes_pixels else None

    def squeeze(x):
        return TemporalSqueezePooling(
            frames, beta=beta, name=f"{name}_pool", dtype=dtype
        )(x)

    return lambda step: Step(name, step.stage, squeeze, residual=False)


TeSNet.__doc__ = f"""Temporal squeeze network: K frames become a few images.

    The thesis takes K = 10 or 16 consecutive frames with placement 1, and 64
    with `placement=5, squeezed_frames=(16, 4)`. K must be known and stays
    that of the network.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        placement: Row of Table 3.2, where the frames are squeezed: 1 and 2 at
            the input, 3 to 5 after Conv2d_1a and after Conv2d_4a, before
            Block A or before Block B.
        squeezed_frames: How many frames each of the layers leaves, an integer
            or one for each; default: the table's.
        block_b_index: For placement 5, how many of the blocks of Block B
            stand before the second layer.
        beta: Weight of the projection losses, which `fit` adds to the loss.
{imagenet.DOC}
    Returns:
        A functional `keras.Model`.
    Raises:
        ValueError: If a layer does not get more frames than it leaves, or a
            placement is unknown.
    Reference: {REFERENCE}
    """

register("tesnet", TeSNet, VARIANTS, "inception_resnet_v2", REFERENCE)

"""BTSNet, the blockwise temporal-spatial pathway network.

Paper: S. Hong, M.-K. Choi, "Blockwise Temporal-Spatial Pathway Network", ICIP
2021. A ResNeXt-3D whose middle convolutions are TSP blocks in res2 to res4
("We do not use the TSP block for the last layer").

Decisions, where the paper is silent:
- The stem has 128 channels, as in the released code: with 64 no size of
  Table 1 comes out, with 128 all six do, for 101 classes.
- Convolutions start He-normal over their outputs, as in the ResNeXt code that
  the authors started from; theirs leaves PyTorch's defaults.
- There is no dropout, as in the released code.
"""

from dataclasses import replace

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register, registry_name
from kvideo.backbones import resnet, walk
from kvideo.layers import TemporalSpatialPathway

REFERENCE = (
    "Hong and Choi, Blockwise Temporal-Spatial Pathway Network, ICIP 2021"
)
BLOCKS = {
    "26": (2, 2, 2, 2),
    "50": (3, 4, 6, 3),
    "101": (3, 4, 23, 3),
}
LAST_STAGE = 5


def _row(depth, cardinality):
    """Four channels a group in res2, twice as many at each later stage."""
    return plumbing.NetworkSpec(
        replace(
            resnet.SPECS["resnext3d50_c32"],
            blocks=BLOCKS[depth],
            stem_width=128,
            width=4 * cardinality,
            expansion=256 // (4 * cardinality),
            groups=cardinality,
        ),
        (30, 112, 112, 3),
        dropout=0.0,
        sampler="dense",
        imagenet="resnext",
    )


VARIANTS = {
    f"{depth}_c{cardinality}": _row(depth, cardinality)
    for depth in BLOCKS
    for cardinality in (16, 32)
} | {
    "nano": plumbing.NetworkSpec(
        resnet.SPECS["resnext3d_nano"],
        (8, 64, 64, 3),
        dropout=0.0,
        sampler="dense",
        frame_stride=3,
        imagenet="nano",
    )
}


def BTSNet(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="26_c32",
    pathways=None,
    dilations="O2",
    fuse="TC",
    legacy_inplace_sum=False,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("btsnet", VARIANTS, variant)
    imagenet.pick_source(weights, row.imagenet)
    clips = plumbing.obtain_input(input_shape, input_tensor, row.input_shape)
    _check_size(clips.shape, row.backbone)
    middle = pathway_middle(
        row.backbone,
        pathways=pathways,
        dilations=dilations,
        fuse=fuse,
        legacy_inplace_sum=legacy_inplace_sum,
    )
    x = plumbing.normalize(clips, "btsnet", include_preprocessing)
    x = walk(resnet.steps(row.backbone, middle=middle), x)
    rate = row.dropout if dropout is None else dropout
    x = plumbing.top(
        x,
        lambda x: plumbing.classify_clip(x, rate, classes, 0.01),
        include_top,
        pooling,
        classes,
        classifier_activation,
    )
    name = name or registry_name("btsnet", variant, glue_number=True)
    return plumbing.functional(clips, x, name, weights)


def pathway_middle(spec, **options):
    """A `middle` for `resnet.steps`: TSP blocks in all stages but the last.

    Args:
        spec: The `ResNetSpec` of the backbone.
        **options: Of `kvideo.layers.TemporalSpatialPathway`.
    """
    plain = resnet.plain_middle(spec)

    def middle(x, name, width, strides, stage):
        if stage == LAST_STAGE:
            return plain(x, name, width, strides, stage)
        return TemporalSpatialPathway(
            width,
            groups=spec.groups,
            strides=strides,
            name=f"{name}_tsp",
            **options,
        )(x)

    return middle


def _check_size(shape, spec):
    """Refuse a clip that is used up before the last stride."""
    pool = spec.stem_pool_strides if spec.stem_pool else (1, 1, 1)
    for axis, (name, length) in enumerate(
        zip(("frames", "rows", "columns"), shape[1:4], strict=True)
    ):
        stages = spec.temporal_strides if axis == 0 else (1, 2, 2, 2)
        total = spec.stem_strides[axis] * pool[axis]
        for stride in stages:
            total *= stride
        if length is not None and length <= total // 2:
            raise ValueError(
                f"The strides of this network multiply to {total} over "
                f"{name}, so a clip needs at least {total // 2 + 1}. "
                f"Received: clip shape={tuple(shape[1:])}. Give a longer or "
                "larger clip."
            )


BTSNet.__doc__ = f"""BTSNet: at each time step a choice of receptive fields.
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        pathways: Number M of pathways; None: 4, or as many as `dilations`
            lists.
        dilations: `"O1"`, `"O2"` or a list of (T, H, W) dilations, see
            `kvideo.layers.TemporalSpatialPathway`.
        fuse: `"TC"`: weights for each time step and channel; `"C"`: for each
            channel.
        legacy_inplace_sum: As the released code, see the layer.

    Returns:
        A functional `keras.Model`. The weights of its pathways:
        `kvideo.visualize.pathway_weights`.
    Raises:
        ValueError: For a row, shape or option that does not exist, M that
            the option does not define, and a clip too short or too small for
            the strides.
    Reference: {REFERENCE}
    """

register("btsnet", BTSNet, VARIANTS, "26_c32", REFERENCE, glue_number=True)

"""RNLNet: attention over space and time in a ResNet with temporal shift.

Paper: G. Huang, A. G. Bors, "Region-based Non-local Operation for Video
Classification", ICPR 2020; chapter 4 of Huang's thesis, Table 4.1. Attention
blocks stand behind residual blocks of res3 and res4 of TSM's ResNet. The
thesis' best network, which it calls RNL TSM, has five chains of channel
attention (SE) and region-based non-local operation (RNL); the others that it
compares with are a word away, and rows of `rnl_presets.PRESETS`.

Decisions, where thesis, code and tables differ:
- Regions are 3x7x7 in res3 and 3x3x3 in res4, as in the code; the text has
  3x7x7 everywhere, with which the sizes of Table 4.6 do not come out.
- The published sizes with RNL count a dense kernel and its mask where there
  is a depthwise one: 35.48 M for what is 28.13 M (docs/paper-figures.md).
- The places in ResNet-101 were not released; they are those of ResNet-50.
"""

from dataclasses import dataclass
from functools import partial

from kvideo.applications import imagenet, plumbing
from kvideo.applications.registry import register, unknown_name
from kvideo.applications.resnet import ResNetNetworkSpec, backbone_spec
from kvideo.backbones import follow, insert, non_local, resnet, walk
from kvideo.layers import (
    CBAM3D,
    ChannelGate,
    ConvPyramidAttention,
    GlobalContext,
    NonLocal,
    RegionNonLocal,
    VideoSqueezeExcite,
)

REFERENCE = "Huang and Bors, Region-based Non-local Operation, ICPR 2020"


@dataclass(frozen=True)
class RNLSpec(ResNetNetworkSpec):
    """A row of the table.

    Attributes:
        places: Default of the argument.
    """

    places: int | tuple = 5


VARIANTS = {
    "tsm_resnet50": RNLSpec("tsm_resnet50", imagenet="ResNet50"),
    "tsm_resnet101": RNLSpec("tsm_resnet101", imagenet="ResNet101"),
    "nano": RNLSpec(
        "tsm_resnet_nano",
        input_shape=(8, 64, 64, 3),
        dropout=0.2,
        sampler="dense",
        frame_stride=3,
        imagenet="nano",
        places=("res3_block1", "res4_block1"),
    ),
}

OPERATORS = {
    "nl": partial(NonLocal, **non_local.options("tsm")),
    "rnl": RegionNonLocal,
    "cpa": ConvPyramidAttention,
    "se": VideoSqueezeExcite,
    "cbam": CBAM3D,
    "gc": GlobalContext,
    "gate": ChannelGate,
}
# Last part of a layer's name, where it is not the operator's; this one is
# that of `TSM(non_local=5)`, so that the weights go from one to the other.
PARTS = {"nl": "nonlocal"}
# Regions of RNL in res2 to res5; the thesis has blocks in res3 and res4.
KERNEL_SIZES = {2: (3, 7, 7), 3: (3, 7, 7), 4: (3, 3, 3), 5: (3, 3, 3)}


def RNLNet(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=400,
    classifier_activation="softmax",
    variant="tsm_resnet50",
    attention="se+rnl",
    places=None,
    kernel_sizes=None,
    attention_options=None,
    stride_on=None,
    keras_layout=None,
    include_preprocessing=True,
    dropout=None,
    name=None,
):
    row = plumbing.pick_variant("rnl", VARIANTS, variant)
    source = imagenet.pick_source(weights, row.imagenet, keras_layout)
    spec = backbone_spec(row, source, stride_on=stride_on)
    plan = _plan(attention, places, row, spec)
    make = _maker(plan, kernel_sizes, attention_options)
    clips = plumbing.obtain_input(input_shape, input_tensor, row.input_shape)
    normalization = source.normalization or row.normalization
    x = plumbing.normalize(clips, normalization, include_preprocessing)
    x = walk(insert(resnet.steps(spec), list(plan), make), x)
    rate = row.dropout if dropout is None else dropout
    x = plumbing.top(
        x,
        lambda x: plumbing.classify_frames(
            x, rate, classes, row.classifier_stddev
        ),
        include_top,
        pooling,
        classes,
        classifier_activation,
    )
    name = name or f"rnl_{variant}"
    return imagenet.functional(clips, x, name, weights, source)


def _plan(attention, places, row, spec):
    """Dict from the step to the names of the operators behind it."""
    if isinstance(attention, dict):
        if places is not None:
            raise ValueError(
                "`attention` as a dictionary says its places itself. "
                f"Received: places={places!r} as well."
            )
        chains = attention
    elif attention is None:
        chains = {}
    else:
        places = row.places if places is None else places
        steps = non_local.places(places, "tsm", spec.blocks, "places")
        chains = dict.fromkeys(steps, attention)
    return {step: _operators(chain) for step, chain in chains.items()}


def _operators(chain):
    """`"se+rnl"` as ["se", "rnl"]."""
    names = str(chain).split("+")
    for name in names:
        if name not in OPERATORS:
            message = unknown_name("attention", name, OPERATORS)
            raise ValueError(
                f"{message} Several go one after the other: 'se+rnl'. "
                f"Received: attention={chain!r}."
            )
    if len(set(names)) < len(names):
        raise ValueError(
            "An attention stands once in a place. Received: "
            f"attention={chain!r}."
        )
    return names


def _maker(plan, kernel_sizes, options):
    """Function from a step to the step of its operators, for `insert`."""
    options = {name: dict(given) for name, given in (options or {}).items()}
    unused = set(options) - {name for names in plan.values() for name in names}
    if unused:
        raise ValueError(
            "`attention_options` are for operators that the network has. "
            f"Received: options of {', '.join(sorted(unused))}, but attention "
            f"{ {step: '+'.join(names) for step, names in plan.items()} }."
        )

    def make(step):
        operators = {}
        for name in plan[step.name]:
            given = options.get(name, {})
            if name == "rnl":
                size = _kernel_size(kernel_sizes, step)
                given = {"kernel_size": size, **given}
            part = PARTS.get(name, name)
            operators[part] = partial(OPERATORS[name], **given)
        return follow(step, operators)

    return make


def _kernel_size(kernel_sizes, step):
    """The region of RNL behind a step."""
    if kernel_sizes is None:
        return KERNEL_SIZES[step.stage]
    if not isinstance(kernel_sizes, dict):
        return kernel_sizes
    if step.stage not in kernel_sizes:
        raise ValueError(
            f"`kernel_sizes` needs a size for stage {step.stage}, where "
            f"{step.name} is. Received: kernel_sizes={kernel_sizes}."
        )
    return kernel_sizes[step.stage]


RNLNet.__doc__ = f"""A ResNet with temporal shift and attention in res3, res4.

    Any number of frames; the thesis has 8 and 16, and averages the scores of
    both (`kvideo.evaluation.average_scores`). Blocks start as the identity
    except "cbam" and, by a factor that is nearly 1, "cpa".
{plumbing.DOC}        variant: One of {", ".join(VARIANTS)}.
        attention: {", ".join(f'`"{n}"`' for n in OPERATORS)}, several joined
            by `+` in their order, None for plain TSM, or a dictionary from
            names of steps to such: `{{"res3_block1": "gate+rnl"}}`.
        places: Number of blocks in res3 and res4: 0, 1, 5 or 10 (10 with
            ResNet-50 alone), or names of the steps that one follows.
            Default: 5; nano: one in each stage.
        kernel_sizes: Regions of RNL: an odd integer or three, (T, H, W), or
            a dictionary of them by stage. Default: {KERNEL_SIZES}.
        attention_options: Arguments of the layers that differ from their
            defaults, by operator: `{{"rnl": {{"mode": "cosine"}}}}`.
{imagenet.RESNET_DOC}
    Returns:
        A functional `keras.Model`.
    Raises:
        ValueError: For a row, a place or an attention that does not exist;
            the message names those that do.
    Reference: {REFERENCE}
    """

register("rnl", RNLNet, VARIANTS, "tsm_resnet50", REFERENCE)

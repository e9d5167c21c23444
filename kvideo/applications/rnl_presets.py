"""The rows of the thesis' tables of attention, as arguments of `RNLNet`.

    RNLNet(**PRESETS["4.4"]["1 cosine"])

Source: G. Huang, thesis, 2022, Tables 4.2 to 4.8; in each table the name of a
row is that which is printed. Rows of 400 classes are Kinetics', of 174 those
of Something-Something V1. An ensemble is the average of two rows
(`kvideo.evaluation.average_scores`): RNL TSM_En of Table 4.8 has
`"R50, 8 frames"` and `"R50, 16 frames"`, RNL TSM_En (R101 + R50) has
`"R101, 8 frames"` and `"R50, 16 frames"`.
"""

KERNELS = (
    (1, 1, 1),
    (3, 1, 1),
    (7, 1, 1),
    (1, 3, 3),
    (1, 7, 7),
    (1, 9, 9),
    (3, 3, 3),
    (3, 5, 5),
    (3, 7, 7),
    (3, 9, 9),
    (7, 7, 7),
    (7, 9, 9),
)
PYRAMIDS = (
    ((1, 1, 1),),
    ((3, 3, 3),),
    ((3, 7, 7),),
    ((3, 9, 9),),
    ((3, 3, 3), (3, 7, 7)),
    ((1, 1, 1), (3, 3, 3), (3, 7, 7)),
    ((1, 1, 1), (3, 3, 3), (3, 7, 7), (3, 9, 9)),
)


def _size(kernel):
    return "x".join(map(str, kernel))


def _rnl(places, **options):
    return {
        "attention": "rnl",
        "places": places,
        "attention_options": {"rnl": options},
    }


def _chain(variant, frames, classes):
    return {
        "variant": f"tsm_{variant}",
        "attention": "se+rnl",
        "input_shape": (frames, 224, 224, 3),
        "classes": classes,
    }


PRESETS = {
    "4.2": {_size(k): _rnl(1, kernel_size=k) for k in KERNELS},
    "4.3": {
        "channel-wise conv": _rnl(1),
        "average pooling": _rnl(1, region="average"),
        "max pooling": _rnl(1, region="max"),
    },
    "4.4": {
        f"{places} {row}": _rnl(places, mode=mode)
        for places in (1, 5)
        for row, mode in (
            ("dot-product", "dot"),
            ("Gaussian", "gaussian"),
            ("cosine", "cosine"),
        )
    },
    "4.5": {
        "w/o CPA": {"attention": None},
        **{
            " + ".join(map(_size, pyramid)): {
                "attention": "cpa",
                "attention_options": {"cpa": {"pyramid": pyramid}},
            }
            for pyramid in PYRAMIDS
        },
    },
    "4.6": {
        "baseline": {"attention": None},
        "+ 5 SE": {"attention": "se"},
        "+ 5 CBAM": {"attention": "cbam"},
        "+ 5 GC": {"attention": "gc"},
        "+ 5 NL": {"attention": "nl"},
        "+ 5 CPA": {"attention": "cpa"},
        "+ 5 [SE+CPA]": {"attention": "se+cpa"},
        "+ 5 RNL": {"attention": "rnl"},
        "+ 5 [SE+RNL]": {"attention": "se+rnl"},
    },
    "4.7": {f"{n} frames": _chain("resnet50", n, classes=400) for n in (8, 16)},
    "4.8": {
        "R50, 8 frames": _chain("resnet50", 8, classes=174),
        "R50, 16 frames": _chain("resnet50", 16, classes=174),
        "R101, 8 frames": _chain("resnet101", 8, classes=174),
    },
    # The authors' code: one gate of another kind, in front of the first RNL.
    "released": {
        "8 frames": {
            "attention": {
                "res3_block1": "gate+rnl",
                "res3_block3": "rnl",
                "res4_block1": "rnl",
                "res4_block3": "rnl",
                "res4_block5": "rnl",
            },
        },
    },
}

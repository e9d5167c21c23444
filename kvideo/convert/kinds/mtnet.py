"""The released MTNet (Squeeze-and-Recursion-Temporal-Gates), r = 7/8.

Gates of the GRUs stand in our layer in PyTorch's order: reset, update, new.
"""

from kvideo.convert.kind import Kind, Row
from kvideo.convert.twins.mtnet import MTNet

BLOCKS = {"s": (2, 2, 5, 3), "m": (3, 4, 6, 3), "l": (3, 4, 23, 3)}
BLOCK = r"layer(?P<layer>\d)\.(?P<index>\d+)\."
OURS = "res{stage}_block{block}_"
CONVS = {
    "conv1_1": "conv1",
    "conv1_2": "conv2",
    "conv2": "conv3",
    "conv3": "conv4",
    "downsample": "projection",
}
GRU = {
    "weight_ih": "input_kernel",
    "bias_ih": "input_bias",
    "weight_hh": "state_kernel",
    "bias_hh": "state_bias",
}
# Of the channels as the code has them. It reads images by OpenCV and leaves
# them BGR, so the first mean, meant for red, is taken off blue.
MEAN = 124 / 255, 117 / 255, 104 / 255
STD = (1 / (255 * 0.0167),) * 3


def _convolutions():
    for theirs, ours in CONVS.items():
        there = rf"{BLOCK}{theirs}\."
        yield there + "conv_(?P<s>short|long)", OURS + ours + "{s}"
        yield there + "conv_short2long", OURS + ours + "lateral"
        yield there + "norm_(?P<s>short|long)", OURS + ours + "{s}bn"


KINDS = (
    Kind(
        name="mtnet",
        source="alexandrosstergiou/Squeeze-and-Recursion-Temporal-Gates",
        twin=MTNet,
        rows=tuple(
            Row(
                f"mtnet_released_{size}",
                {"blocks": blocks},
                {"normalization": "mtnet_bgr"},
            )
            for size, blocks in BLOCKS.items()
        ),
        rules=(
            (r"stem\.0", "stem_conv"),
            (r"stem\.1", "stem_bn"),
            *_convolutions(),
            (BLOCK + r"sr_(?P<s>short|long)\.op", OURS + "{s}_recursion"),
            ("fc", "logits"),
        ),
        suffixes={
            f"{theirs}_l{layer}": (f"{ours}_{layer}",)
            for theirs, ours in GRU.items()
            for layer in (0, 1)
        },
        classifier="fc.weight",
        normalization=(MEAN, STD),
        channels="bgr",
        special={r"stem\.0\.weight": lambda kernel: kernel[:, ::-1]},
        holds="at every size of clips; where two frames are about as "
        "redundant, rounding decides which one is kept, and logits may differ "
        "by some per cent",
        # Even sizes in all stages of both streams.
        clip=(16, 128, 128),
    ),
)

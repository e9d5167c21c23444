"""What is known of one kind of checkpoint."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """One network that a kind of checkpoint may be of.

    Attributes:
        model: Registry name of our network.
        twin: Arguments of the kind's twin.
        overrides: Arguments of our network besides `classes`.
        clip: (T, H, W) of the clip of the proof; None: the kind's.
        rules: Rules that this network has before those of the kind.
        special: What this network has besides the kind's `special`.
    """

    model: str
    twin: dict = field(default_factory=dict)
    overrides: dict = field(default_factory=dict)
    clip: tuple | None = None
    rules: tuple = ()
    special: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """One layout of names.

    Attributes:
        name: What `--kind` takes.
        source: Whose checkpoints have it.
        twin: Class of the PyTorch network with these names. It is called
            with a row's `twin`, `frames` and `classes`; its forward pass
            takes normalised clips (B, 3, T, H, W) and returns logits.
        rows: The networks, the likelier first where names and shapes are
            the same.
        rules: Pairs of a regular expression over a module's path, and our
            layer; see `assignment.py`.
        classifier: Key of the classifier's kernel, which tells the classes.
        normalization: (mean, standard deviation) that the source's clips
            have been normalised with, in the order of its channels.
        channels: Order of the channels of the source's clips, `"rgb"` or
            `"bgr"`; ours are RGB, so the first kernel is turned round.
        holds: What the certificate says about where it holds.
        clip: (T, H, W) of the clip of the proof.
        suffixes: Names of tensors, as `assignment.SUFFIXES`, besides those.
        special: Dict from a regular expression over keys to the function
            that turns such a tensor into one of PyTorch's usual layout.
        unused: Regular expressions over keys of tensors that hold nothing
            of the network.
        copies: Pairs of a regular expression over keys and the key of which
            such a tensor must be a copy.
    """

    name: str
    source: str
    twin: Callable
    rows: tuple
    rules: tuple
    classifier: str
    normalization: tuple
    clip: tuple
    suffixes: dict = field(default_factory=dict)
    special: dict = field(default_factory=dict)
    unused: tuple = ()
    copies: tuple = ()
    channels: str = "rgb"
    holds: str = "at every size of clips"


# Of the head of facebookresearch/SlowFast's networks, and pytorchvideo's.
WINDOWS = (
    "at crops of the size of training; larger ones the source classifies in "
    "windows of that size, whose probabilities it averages"
)
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
KINETICS = (0.45,) * 3, (0.225,) * 3

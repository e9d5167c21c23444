"""`convert_checkpoint`: from a file to a file, with a certificate."""

import hashlib
from pathlib import Path

import kvideo
from kvideo.convert.assignment import assign
from kvideo.convert.checkpoint import read_checkpoint
from kvideo.convert.proof import TOLERANCE, prove
from kvideo.convert.recognition import recognize
from kvideo.export.card import Card
from kvideo.staging import staged

SUFFIX = ".weights.h5"


def convert_checkpoint(
    checkpoint, to, kind=None, model=None, class_names=None, seed=0
):
    """Write a checkpoint's weights for the network of ours that it is of.

    Nothing is written unless every tensor has its place and the network
    gives the same logits as a PyTorch network with the checkpoint's names.

    Args:
        checkpoint: See `read_checkpoint`.
        to: The `.weights.h5` file to write; its card stands beside it, as
            `.card.json`. The certificate is its `recipe` (what was
            converted), `metrics` (by how much logits differ) and `protocol`
            (on which clip).
        kind: Name of the layout; default: recognised.
        model: Registry name of our network; default: the first that fits.
            `c2d_resnet50` with and without pooling, for instance, have the
            same tensors.
        class_names: In the order of the classifier; default: their numbers.
        seed: Of the random clip on which logits are compared.

    Returns:
        The `kvideo.export.Card`.
    Raises:
        FileNotFoundError: If there is no checkpoint.
        ImportError: Without PyTorch.
        ValueError: If the checkpoint cannot be read, is of no known network,
            or fails the proof, and for a wrong number of class names.
    """
    to = Path(to)
    if not to.name.endswith(SUFFIX):
        raise ValueError(
            f"`to` must end in {SUFFIX}, which Keras asks for. Received: "
            f"to='{to}'."
        )
    tensors = read_checkpoint(checkpoint)
    match = recognize(tensors, kind, model)
    names = class_names_of(class_names, match.classes)
    network = build(match)
    left_out = assign(network, tensors, match)
    proof = prove(network, match, tensors, seed)
    origin = {
        "name": "converted",
        "kind": match.kind.name,
        "source": match.kind.source,
        "source_file": Path(checkpoint).name,
        "source_sha256": sha256(checkpoint),
        "tensors": len(tensors),
        "tensors_left_out": _count(left_out),
    }
    return write(network, match, names, origin, proof, to)


def build(match):
    """Our network of a `Match`, which ends in logits."""
    return kvideo.create_model(
        match.row.model,
        classes=match.classes,
        input_shape=(*match.clip, 3),
        classifier_activation=None,
        **match.row.overrides,
    )


def class_names_of(class_names, classes):
    """The names, or numbers instead; a ValueError if they are not as many."""
    if class_names is None:
        return [str(number) for number in range(classes)]
    if len(class_names) != classes:
        raise ValueError(
            f"The checkpoint has {classes} classes. Received: "
            f"{len(class_names)} class names."
        )
    return class_names


def sha256(path):
    """Hexadecimal digits of a file's SHA-256."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _count(left_out):
    """Tensors without a place, counted by reason."""
    reasons = list(left_out.values())
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}


def write(network, match, names, origin, proof, to):
    """Both files; they appear whole or not at all."""
    with staged(to, overwrite=True) as part:
        network.save_weights(part)
        card = Card(
            model=match.row.model,
            class_names=names,
            clip_spec=_clip_spec(match.row.model),
            overrides=match.row.overrides,
            metrics={
                "largest_logit_difference": proof.largest_difference,
                "relative_logit_difference": proof.relative_difference,
            },
            recipe=origin,
            protocol={
                "compared_with": "PyTorch",
                "clip_seed": proof.clip_seed,
                "clip_shape": proof.clip_shape,
                "tolerance": TOLERANCE,
                "holds": match.kind.holds,
            },
            checksums={to.name: sha256(part)},
        )
        card.save(part.with_name(to.name.removesuffix(SUFFIX) + ".card.json"))
    return card


def _clip_spec(model):
    """How the network's clips are made, as far as the registry says."""
    info = kvideo.model_info(model)
    frames, *size, _ = info.input_shape
    return {
        "num_frames": frames,
        "frame_size": size,
        "sampler": info.sampler,
        "frames_per_segment": info.frames_per_segment,
        "frame_stride": info.frame_stride,
    }

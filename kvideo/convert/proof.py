"""The proof: PyTorch and Keras give the same logits on the same clip."""

import re
from dataclasses import dataclass

import keras
import numpy as np

from kvideo.convert.assignment import COUNTER
from kvideo.convert.checkpoint import require_torch

# Largest difference of logits, over the largest of their magnitudes.
TOLERANCE = 1e-4
# Pixels of the second clip are squares of this side.
SQUARE = 8


@dataclass(frozen=True)
class Proof:
    """What was compared.

    Attributes:
        clip_seed: Of `numpy.random.default_rng`, which drew the pixels.
        clip_shape: (B, T, H, W, C).
        largest_difference: Of any two logits.
        largest_logit: Largest magnitude of PyTorch's logits.
    """

    clip_seed: int
    clip_shape: tuple
    largest_difference: float
    largest_logit: float

    @property
    def relative_difference(self):
        return self.largest_difference / self.largest_logit


def prove(network, match, tensors, seed=0):
    """Compare the logits of both networks.

    Args:
        network: Our network with the weights, which returns logits.
        match: A `Match`.
        tensors: Those of the checkpoint.
        seed: Of the clips' random pixels.

    Returns:
        A `Proof`.
    Raises:
        ValueError: If the logits differ by more than `TOLERANCE`, or are
            not finite.
    """
    pixels = random_clips(match.clip, seed)
    theirs = twin_logits(match, tensors, pixels)
    ours = keras.ops.convert_to_numpy(network(pixels, training=False))
    proof = Proof(
        clip_seed=seed,
        clip_shape=pixels.shape,
        largest_difference=float(np.abs(ours - theirs).max()),
        largest_logit=float(np.abs(theirs).max()),
    )
    # Written so that a difference that is not a number fails, too.
    if not proof.largest_difference <= TOLERANCE * proof.largest_logit:
        raise ValueError(
            f"The logits of {network.name} and of the PyTorch network differ "
            f"by up to {proof.largest_difference:.3g}; the largest logit is "
            f"{proof.largest_logit:.3g} and {TOLERANCE:g} of it are allowed. "
            "Nothing was written."
        )
    return proof


def random_clips(clip, seed):
    """Two clips (2, T, H, W, 3) in [0, 255]: fine noise, and coarse."""
    generator = np.random.default_rng(seed)
    frames, height, width = clip
    fine = generator.uniform(0, 255, (*clip, 3))
    grid = (frames, -(-height // SQUARE), -(-width // SQUARE), 3)
    coarse = generator.uniform(0, 255, grid)
    coarse = coarse.repeat(SQUARE, 1).repeat(SQUARE, 2)
    clips = np.stack([fine, coarse[:, :height, :width]])
    return clips.astype("float32")


def twin_logits(match, tensors, pixels):
    """Logits (B, classes) of the PyTorch network for (B, T, H, W, 3)."""
    torch = require_torch()
    twin = match.make_twin().eval()
    state = {
        key: torch.from_numpy(value)
        for key, value in tensors.items()
        if not re.fullmatch(COUNTER, key)
    }
    counters = {
        key: value
        for key, value in twin.state_dict().items()
        if re.fullmatch(COUNTER, key)
    }
    twin.load_state_dict(state | counters)
    mean, std = np.array(match.kind.normalization)
    if match.kind.channels == "bgr":
        pixels = pixels[..., ::-1]
    clips = torch.from_numpy(((pixels / 255 - mean) / std).astype("float32"))
    with torch.no_grad():
        return twin(clips.movedim(-1, 1)).numpy()

"""Names of all networks: `family_variant`, in lower case."""

import difflib
import fnmatch
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from kvideo.applications import own_networks

_MODELS = {}
_DEFAULTS = {}


@dataclass(frozen=True)
class ModelInfo:
    """What the registry knows of a network.

    Attributes:
        name: Registry name, e.g. `"bqn_tsm_resnet50"`.
        family: `"bqn"`.
        variant: `"tsm_resnet50"`.
        builder: The function in `kvideo.applications`.
        input_shape: Default clip, (T, H, W, 3).
        frames_per_segment: Consecutive frames that are sampled together.
        sampler: How clips are drawn, see `kvideo.data.ClipSpec`.
        frame_stride: Distance of neighbouring frames, for dense sampling.
        reference: The paper.
        imagenet: Network of `keras.applications` for `weights="imagenet"`,
            or why there is none: a key of `image_networks.WITHOUT`, or None.
    """

    name: str
    family: str
    variant: str
    builder: Callable
    input_shape: tuple
    frames_per_segment: int = 1
    sampler: str = "segment"
    frame_stride: int = 1
    reference: str = ""
    imagenet: str | None = None


def register(
    family,
    builder,
    variants,
    default,
    reference,
    frames_per_segment=1,
    glue_number=False,
    overwrite=False,
):
    """Enter all rows of a family's table, a package's own or yours.

    `kvideo.create_model`, `kvideo train` and all else then know the networks
    by name.

    Args:
        family: Name of the family, in lower case.
        builder: Function that takes `variant=`.
        variants: Dict of rows: objects with an `input_shape`, a `sampler`
            and a `frame_stride`, such as dataclasses.
        default: The variant that the family's name alone means.
        reference: The paper.
        frames_per_segment: Of `ModelInfo`, unless a row has its own.
        glue_number: Whether a variant that begins with its depth stands
            behind the family without underscore: `"resnext3d50_c32"`.
        overwrite: Replace networks that have these names.

    Raises:
        ValueError: A name is taken, or `default` is no variant.
    """
    _load()
    names = [registry_name(family, v, glue_number) for v in variants]
    taken = [name for name in names if name in _MODELS]
    if taken and not overwrite:
        raise ValueError(
            f"There is a network {taken[0]!r} already. Choose another family "
            f"or variant, or pass overwrite=True. Received: family={family!r}"
        )
    default = registry_name(family, default, glue_number)
    if default not in (*_MODELS, *names):
        raise ValueError(
            "`default` must be one of the variants. Received: "
            f"default -> {default!r}, variants={list(variants)}"
        )
    for name, (variant, row) in zip(names, variants.items(), strict=True):
        _MODELS[name] = ModelInfo(
            name=name,
            family=family,
            variant=variant,
            builder=builder,
            input_shape=row.input_shape,
            frames_per_segment=getattr(
                row, "frames_per_segment", frames_per_segment
            ),
            sampler=row.sampler,
            frame_stride=row.frame_stride,
            reference=reference,
            imagenet=getattr(row, "imagenet", None),
        )
    _DEFAULTS[family] = default


def registry_name(family, variant, glue_number=False):
    """`family_variant`; see `register`."""
    glued = glue_number and variant[0].isdigit()
    return f"{family}{'' if glued else '_'}{variant}"


def list_models(pattern="*"):
    """Sorted names that match a shell pattern, e.g. `"bqn*"`."""
    _load()
    return sorted(fnmatch.filter(_MODELS, pattern))


def model_info(name):
    """The `ModelInfo` of a name; a family's name means its default.

    Args:
        name: A name of `list_models()`, a family, or `"my_module:build"`, a
            function that takes `classes` and returns a `keras.Model`.

    Raises:
        ValueError: If no network has the name; the message has the nearest.
    """
    if own_networks.is_own(name):
        return _own_info(name)
    _load()
    name = _DEFAULTS.get(name, name)
    if name not in _MODELS:
        raise ValueError(
            unknown_name("network", name, _MODELS)
            + " `kvideo.list_models()` lists them."
        )
    return _MODELS[name]


def create_model(name, **overrides):
    """Build a network by its registry name.

    Args:
        name: As in `model_info`.
        **overrides: Arguments of the builder: `classes`, `weights`,
            `input_shape`, `dropout`, ...

    Returns:
        A functional `keras.Model`.
    """
    info = model_info(name)
    return info.builder(variant=info.variant, **overrides)


def info_of(model):
    """The `ModelInfo` of a built model, of one's own or not.

    How its clips are drawn follows from the first registry network in it;
    without one, they are frames of equal parts of a video.
    """
    _load()
    shape = tuple(model.input_shape[1:])
    inside = [
        _MODELS[layer.name]
        for layer in model._flatten_layers()
        if layer.name in _MODELS and len(getattr(layer, "inputs", ())) == 1
    ]
    drawn = {}
    if inside and shape[0] % inside[0].frames_per_segment == 0:
        names = ("frames_per_segment", "sampler", "frame_stride")
        drawn = {name: getattr(inside[0], name) for name in names}
    return ModelInfo(model.name, "own", "", None, shape, **drawn)


def _own_info(name):
    info = _info_of_function(name, own_networks.function_of(name))
    return replace(info, name=name, builder=partial(_build_own, name))


@lru_cache(maxsize=16)
def _info_of_function(name, function):
    """It is built once to be looked at."""
    return info_of(own_networks.build(name, classes=2))


def _build_own(name, variant, **overrides):
    return own_networks.build(name, **overrides)


def unknown_name(kind, name, known):
    """Message for a name that is not in a table."""
    nearest = difflib.get_close_matches(str(name), list(known), n=3, cutoff=0.4)
    hint = f" Nearest: {', '.join(nearest)}." if nearest else ""
    if len(known) > 12:
        return f"Unknown {kind} {name!r}.{hint} There are {len(known)}."
    return f"Unknown {kind} {name!r}.{hint} Known: {', '.join(sorted(known))}."


def _load():
    # The tables register themselves when their modules are imported.
    import kvideo.applications  # noqa: F401

"""The card of a network that comes without one: what can be known of it."""

from kvideo.applications.registry import info_of
from kvideo.data import ClipSpec
from kvideo.export.card import Card


def default_card(model, class_names=None):
    """A card of what a network itself tells.

    Args:
        model: A built `keras.Model` with one input (B, T, H, W, C) and one
            output (B, classes).
        class_names: Names of the classes; by default "0", "1", ...

    Returns:
        A `Card`. Its `clip_spec` is that of the registry where the network,
        or one inside it, has a registry name; else the frames of a clip come
        from equal parts of the video.
    """
    names = class_names or map(str, range(model.outputs[0].shape[-1]))
    return Card(
        model=model.name,
        class_names=tuple(names),
        clip_spec=default_clip_spec(model).to_dict(),
    )


def default_clip_spec(model):
    """The `ClipSpec` of the clips that a network takes, see `default_card`."""
    info = info_of(model)
    frames, height, width, channels = info.input_shape
    return ClipSpec(
        num_frames=frames,
        frame_size=(height, width),
        sampler=info.sampler,
        frames_per_segment=info.frames_per_segment,
        frame_stride=info.frame_stride,
        modality="flow" if channels == 2 else "rgb",
    )

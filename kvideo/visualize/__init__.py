"""Pictures of clips, of networks and of runs.

Functions return uint8 arrays (H, W, 3) or matplotlib Figures and write
nothing; `to_png` gives the bytes of a file. Needs `pip install kvideo[viz]`.
"""

from kvideo.visualize.attention import (
    attention_layers,
    attention_map,
    attention_overlay,
)
from kvideo.visualize.busy_quiet import busy_quiet_parts, busy_quiet_strips
from kvideo.visualize.canvas import (
    figure_to_array,
    new_figure,
    to_gif,
    to_png,
)
from kvideo.visualize.confusion import confusion_figure
from kvideo.visualize.contact_sheet import contact_sheet
from kvideo.visualize.curves import curves_figure, read_history
from kvideo.visualize.directional import (
    activation,
    activation_overlay,
    kernels_figure,
)
from kvideo.visualize.film_strip import (
    clip_to_uint8,
    film_strip,
    signed_to_uint8,
)
from kvideo.visualize.gradcam import gradcam
from kvideo.visualize.heat import overlay, stretch, to_heat
from kvideo.visualize.pathways import pathway_weights, pathways_figure
from kvideo.visualize.recursion import (
    excitation,
    excitation_figure,
    kept_frames,
    kept_frames_strip,
)
from kvideo.visualize.representations import (
    representation_images,
    representation_strip,
)

__all__ = [
    "activation",
    "activation_overlay",
    "attention_layers",
    "attention_map",
    "attention_overlay",
    "busy_quiet_parts",
    "busy_quiet_strips",
    "clip_to_uint8",
    "confusion_figure",
    "contact_sheet",
    "curves_figure",
    "excitation",
    "excitation_figure",
    "figure_to_array",
    "film_strip",
    "gradcam",
    "kept_frames",
    "kept_frames_strip",
    "kernels_figure",
    "new_figure",
    "overlay",
    "pathway_weights",
    "pathways_figure",
    "read_history",
    "representation_images",
    "representation_strip",
    "signed_to_uint8",
    "stretch",
    "to_gif",
    "to_heat",
    "to_png",
]

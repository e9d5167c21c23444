"""Matplotlib without its global state: figures, and pixels from figures."""

import functools
import io

import numpy as np

DPI = 100


def new_figure(width, height):
    """An empty `matplotlib.figure.Figure` of width x height pixels.

    No pyplot: nothing is registered globally, no display is asked for, and
    the figure goes when the last reference to it goes.

    Raises:
        ImportError: If matplotlib is not installed.
    """
    import_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    # Agg cuts off fractions, and 113 / 100 * 100 is just below 113.
    size = ((width + 0.01) / DPI, (height + 0.01) / DPI)
    figure = _plain_figure()(figsize=size, dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


@functools.cache
def _plain_figure():
    """A `Figure` on which names are text: `$` begins no formula."""
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    class PlainFigure(Figure):
        def draw(self, renderer):
            for text in self.findobj(Text):
                text.set_parse_math(False)
            super().draw(renderer)

    return PlainFigure


def figure_to_array(figure):
    """The pixels of a figure: uint8 (H, W, 3)."""
    figure.canvas.draw()
    return np.array(figure.canvas.buffer_rgba())[..., :3]


def text_banner(text, width, height=20):
    """A line of text on white: uint8 (height, width, 3)."""
    figure = new_figure(width, height)
    figure.text(0, 0.5, text, va="center", fontsize=9, color="#222222")
    return figure_to_array(figure)


def to_png(picture):
    """The bytes of a PNG file.

    Args:
        picture: A matplotlib Figure, or a uint8 array (H, W, 3).
    """
    import_matplotlib()
    from matplotlib.image import imsave

    buffer = io.BytesIO()
    if hasattr(picture, "savefig"):
        # Twice the pixels: lines and text stay sharp on dense displays.
        picture.savefig(buffer, format="png", dpi=2 * DPI)
    else:
        imsave(buffer, np.ascontiguousarray(picture), format="png")
    return buffer.getvalue()


def to_gif(clip, frames_per_second=4):
    """The bytes of a GIF file that plays again and again.

    Args:
        clip: uint8 array (T, H, W, 3). GIF has 256 colours a frame.
        frames_per_second: Speed, at most 50.
    """
    import_matplotlib()
    # A part of every installation of matplotlib.
    from PIL import Image

    first, *others = [Image.fromarray(frame) for frame in clip]
    buffer = io.BytesIO()
    first.save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=others,
        duration=round(1000 / frames_per_second),
        loop=0,
    )
    return buffer.getvalue()


def white(height, width):
    """An empty picture: uint8 (height, width, 3)."""
    return np.full((height, width, 3), 255, "uint8")


def widened(picture, width):
    """The picture with white on its right, up to the given width."""
    missing = white(picture.shape[0], width - picture.shape[1])
    return np.concatenate([picture, missing], axis=1)


def import_matplotlib():
    """The package, or an ImportError that says how to install it."""
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError(
            "Pictures need matplotlib. Install it with "
            "`pip install kvideo[viz]`."
        ) from error
    return matplotlib

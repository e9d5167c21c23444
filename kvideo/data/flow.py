"""TV-L1 optical flow, and its form as bytes.

Paper: C. Zach, T. Pock, H. Bischof, "A Duality Based Approach for Realtime
TV-L1 Optical Flow", DAGM 2007, as scikit-image computes it. Flow is
`(H, W, 2)` in pixels from a frame to the next: x to the right, y downwards.

As bytes it takes the form of L. Wang et al., "Temporal Segment Networks",
ECCV 2016: clipped to [-20, 20] pixels and scaled linearly to [0, 255].

Decisions:
- scikit-image has its own parameters and stopping rule, not those of the
  OpenCV of 2016 that the papers ran; the fields differ in detail.
- No motion is 127.5, which no byte is: it is stored as 128 and comes back as
  0.08 pixels. Half a step, 0.08 pixels, is the error of any byte.
"""

import numpy as np

BOUND = 20.0


def tv_l1(frame, following):
    """The flow from one frame to the next.

    Args:
        frame: uint8 grey picture `(H, W)`.
        following: the picture after it, of the same size.

    Returns:
        float32 `(H, W, 2)`, x and y in pixels: what is at (row, column) in
        `frame` is at (row + y, column + x) in `following`.

    Raises:
        ModuleNotFoundError: scikit-image is not installed.
    """
    try:
        from skimage.registration import optical_flow_tvl1
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Optical flow needs scikit-image: pip install 'kvideo[flow]'"
        ) from error
    rows, columns = optical_flow_tvl1(frame, following)
    return np.stack([columns, rows], axis=-1)


def to_bytes(flow):
    """Flow in pixels to uint8; what is beyond +-20 pixels is cut off."""
    share = (np.clip(flow, -BOUND, BOUND) + BOUND) / (2 * BOUND)
    return np.rint(255 * share).astype(np.uint8)


def from_bytes(images):
    """Flow in [0, 255], uint8 or float, to float32 pixels in [-20, 20]."""
    share = np.asarray(images, np.float32) / 255
    return 2 * BOUND * share - BOUND

"""Scaling of planes and frames with a named kernel.

Two libraries, because they degrade differently: OpenCV's interpolators do not low-pass before down-scaling, so they
alias; Pillow widens the kernel by the factor, as libswscale does, and does not alias.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from crispen.errors import require
from crispen.frame import Frame

cv2 = require("cv2")

_OPENCV = {
    "cv2-area": cv2.INTER_AREA,
    "cv2-linear": cv2.INTER_LINEAR,
    "cv2-cubic": cv2.INTER_CUBIC,
    "cv2-lanczos4": cv2.INTER_LANCZOS4,
}
_PILLOW = {
    "pil-bilinear": Image.Resampling.BILINEAR,
    "pil-bicubic": Image.Resampling.BICUBIC,
    "pil-lanczos": Image.Resampling.LANCZOS,
}
KERNELS = (*_OPENCV, *_PILLOW)


def resize_plane(plane: np.ndarray, height: int, width: int, kernel: str) -> np.ndarray:
    """A plane at another size; at the same size, the plane itself.

    Args:
        plane: (H, W) uint8.
        height: New height in pixels.
        width: New width in pixels.
        kernel: One of KERNELS.

    Returns:
        (height, width) uint8.

    Raises:
        ValueError: Unknown kernel.
    """
    if plane.shape == (height, width):
        return plane
    if kernel in _OPENCV:
        return cv2.resize(plane, (width, height), interpolation=_OPENCV[kernel])
    if kernel in _PILLOW:
        return np.asarray(Image.fromarray(plane).resize((width, height), _PILLOW[kernel]))
    raise ValueError(f"unknown kernel {kernel!r}; one of {', '.join(KERNELS)}")


def resize(frame: Frame, height: int, width: int, kernel: str) -> Frame:
    """The frame at (height, width); each plane is scaled by itself, without conversion to RGB."""
    chroma = ((height + 1) // 2, (width + 1) // 2)
    return Frame(
        resize_plane(frame.y, height, width, kernel),
        None if frame.u is None else resize_plane(frame.u, *chroma, kernel),
        None if frame.v is None else resize_plane(frame.v, *chroma, kernel),
        frame.colour,
        frame.pts,
        frame.time_base,
    )


def coded_size(height: int, width: int, factor: float) -> tuple[int, int]:
    """The even (height, width), at least 16, that a call sends when it scales a picture down by `factor`."""
    return tuple(max(16, 2 * round(side / factor / 2)) for side in (height, width))  # type: ignore[return-value]

"""A soft recording: a camera or a program that takes a small picture and enlarges it before the call sends it.

Unlike an enlargement by the receiver, it belongs to the truth.
"""

from __future__ import annotations

from dataclasses import dataclass

from crispen.degrade.resampling import coded_size, resize
from crispen.frame import Frame


@dataclass(frozen=True)
class Softening:
    """How a recording became soft.

    Attributes:
        factor: Rows of the picture over rows that the camera took, above 1.
        up: Kernel of the enlargement, one of resampling.KERNELS.
    """

    factor: float
    up: str


def soften(frame: Frame, softening: Softening) -> Frame:
    """The frame, reduced by area averaging and enlarged to its size again."""
    small = resize(frame, *coded_size(frame.height, frame.width, softening.factor), "cv2-area")
    return resize(small, frame.height, frame.width, softening.up)

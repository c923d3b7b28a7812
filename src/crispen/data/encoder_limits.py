"""The smallest pictures and bit rates that encoders accept."""

from __future__ import annotations

from dataclasses import replace

from crispen.degrade.condition import Condition
from crispen.degrade.frame_dropping import LEAST_RATE
from crispen.degrade.resampling import coded_size
from crispen.frame import Frame

_AV1_SIDE = 64  # pixels; SVT-AV1 refuses smaller pictures


def limit_to_encoder(condition: Condition, frame: Frame) -> Condition:
    """The condition, changed only as far as its encoder needs: a smaller factor, or more bits per pixel.

    Args:
        condition: How `frame` is sent.
        frame: At least 64 rows and columns.
    """
    if condition.codec is None:
        return condition
    most = min(frame.height, frame.width) / _AV1_SIDE if condition.codec.name == "av1" else condition.factor
    limited = replace(condition, factor=min(condition.factor, most))
    height, width = coded_size(frame.height, frame.width, limited.factor)
    least = (LEAST_RATE + 1) / (height * width * condition.fps)
    bits_per_pixel = max(condition.codec.bits_per_pixel, least)
    return replace(limited, codec=replace(condition.codec, bits_per_pixel=bits_per_pixel))

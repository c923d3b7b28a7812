"""What a receiver knows of a stream that was degraded by a condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispen.runtime.stream_info import StreamInfo


def known_stream(condition: Mapping[str, Any]) -> StreamInfo:
    """The factor, the codec and the bits per pixel of a condition, as pair sets and CallBench's cases record it."""
    codec = condition["codec"]
    if codec is None:
        return StreamInfo(condition["factor"], "none")
    return StreamInfo(condition["factor"], codec["name"], codec["bits_per_pixel"])

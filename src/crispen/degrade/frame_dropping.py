"""Frame dropping by the encoder of a starved stream; the receiver repeats the last frame."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from crispen.degrade.codecs import Codec, encode, transcode
from crispen.frame import Frame

LEAST_RATE = 1000  # bit/s; x264 counts in kbit/s and refuses less than one


def transcode_with_drops(clip: list[Frame], codec: Codec, fps: int, buffer: float) -> list[Frame]:
    """As `crispen.degrade.codecs.transcode`, for a sender that drops frames when its rate buffer is full.

    Starved encoders exceed their bit rate, most of all with key frames and motion, because they may not quantise more
    coarsely. The frames to drop follow from the sizes of all frames encoded at `fps`. The remaining ones are encoded
    again with the same budget per frame, so that the whole stream has the bit rate of the line.

    Args:
        clip: As in `transcode`.
        codec: The encoder and its operating point.
        fps: Frames per second.
        buffer: Size of the rate buffer in seconds at the codec's bit rate.

    Returns:
        As many frames as `clip` has. A dropped frame is replaced by the one before it, the same object.
    """
    height, width = clip[0].y.shape
    bytes_per_frame = codec.bits_per_pixel * width * height / 8
    sizes = [packet.size for packet in encode(clip, codec, fps)]
    kept = kept_frames(sizes, bytes_per_frame, buffer * fps * bytes_per_frame)
    sent = [frame for frame, keep in zip(clip, kept, strict=True) if keep]
    least = math.ceil(LEAST_RATE / (8 * bytes_per_frame))
    decoded = transcode(sent, codec, max(least, round(fps * len(sent) / len(clip))))
    return [decoded[index] for index in np.cumsum(kept) - 1]


def kept_frames(sizes: Sequence[int], drain: float, capacity: float) -> np.ndarray:
    """Which frames a sender with a leaky bucket encodes.

    Each frame's size flows into the bucket and `drain` flows out per frame period. While the bucket holds more than
    `capacity`, frames are dropped. The first frame is always kept.

    Args:
        sizes: Size of each frame in bytes, if it is encoded.
        drain: Bytes per frame period that the line carries.
        capacity: Bytes above which frames are dropped.

    Returns:
        (len(sizes),) bool.
    """
    kept, level = np.zeros(len(sizes), bool), 0.0
    for index, size in enumerate(sizes):
        kept[index] = level <= capacity
        level = max(0.0, level + size * kept[index] - drain)
    return kept

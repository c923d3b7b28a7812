"""What the receiver of a clip knows of its stream: the sizes, the codec and the bit rate."""

from __future__ import annotations

from crispen.callbench.operating_points import OperatingPoint
from crispen.degrade.known_stream import known_stream
from crispen.runtime.stream_info import StreamInfo


def stream_info_of(record: dict) -> list[StreamInfo]:
    """What is known of each measured frame of a clip.

    Args:
        record: The clip's record, of the heads suite or of conditions, as `case_builder` writes it.
    """
    frames, degradation = record["frames"], record["damage"]
    if "kilobits" in degradation:
        return _at_operating_point(OperatingPoint(**degradation), record["factor"], frames)
    return [known_stream(degradation)] * frames


def _at_operating_point(point: OperatingPoint, factor: float | list[float], frames: int) -> list[StreamInfo]:
    codec = "h264" if point.codec == "openh264" else point.codec
    if not isinstance(factor, list):
        return [StreamInfo(factor, codec, point.bits_per_pixel)] * frames
    bits = {True: point.bits_per_pixel, False: point.after_change().bits_per_pixel}
    return [StreamInfo(each, codec, bits[each == factor[0]]) for each in factor]

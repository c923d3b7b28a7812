"""Frames as they are encoded, described."""

from __future__ import annotations

from dataclasses import replace

from crispen.media.info import Notes, VideoInfo
from crispen.media.layout import FULL, is_rgb

BT709, BT601, LIMITED = 1, 6, 1  # AVCOL_SPC_BT709, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG
_TAKEN_FOR_BT601 = (2, 5, BT601)  # 2: unspecified


def described(encoder: str, suffix: str) -> tuple[bool, bool]:
    """Whether decoders learn the matrix, and the range, of what `encoder` writes into a file with this suffix."""
    if encoder in ("mpeg4", "ffv1"):  # only Matroska always says it for them
        return suffix == ".mkv", suffix == ".mkv"
    # VP8 is BT.601 in limited range by definition; "rawvideo" is YUV4MPEG2.
    told = {"libvpx": (False, False), "prores_ks": (True, False), "rawvideo": (False, True)}
    return told.get(encoder, (True, True))


def coded_info(
    info: VideoInfo, width: int, height: int, pixel_format: str, told: tuple[bool, bool] = (True, True)
) -> VideoInfo:
    """`info` for frames of another size or format, and in colours that decoders show as they are.

    told: as `described` gives it. RGB that becomes YUV is BT.709, or BT.601 where no matrix is told, in limited range;
    full range becomes limited where the range is not told.
    """
    matrix, primaries, curve, colour_range = info.colour
    if is_rgb(info.pixel_format) and not is_rgb(pixel_format):
        matrix, colour_range = BT709 if told[0] else BT601, LIMITED
        if info.pixel_format.startswith("xyz"):  # libswscale makes RGB of BT.709 out of it
            primaries, curve = 1, 1
    elif info.pixel_format.startswith("yuvj"):
        colour_range = FULL
    if colour_range == FULL and not told[1] and not is_rgb(pixel_format):
        colour_range = LIMITED
    colour = matrix, primaries, curve, colour_range
    return replace(info, width=width, height=height, pixel_format=pixel_format, colour=colour)


def note_colour(info: VideoInfo, coded: VideoInfo, told: tuple[bool, bool], notes: Notes) -> None:
    """Says what decoders do not learn of the colours of `coded`, which was `info`."""
    if not told[0] and not is_rgb(info.pixel_format) and info.colour[0] not in _TAKEN_FOR_BT601:
        notes.lose(f"the matrix of its colours, which {coded.codec} cannot say here (players will take it for BT.601)")
    if not is_rgb(info.pixel_format) and info.colour[3] == FULL != coded.colour[3]:
        notes.lose(f"full range, which {coded.codec} cannot say here (stored as limited range)")

"""How a video is encoded: size, pixel format, colors and encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import av

from crispen.media.conversion_notes import ConversionNotes
from crispen.media.display_transform import swaps_sides
from crispen.media.enlargement import Enlargement
from crispen.media.plane_layout import FULL_RANGE, has_alpha, is_rgb
from crispen.video.video_encoder import Encoder, encodable_size, pixel_format_for
from crispen.video.video_info import VideoInfo

BT709, BT601, LIMITED = 1, 6, 1  # AVCOL_SPC_BT709, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG
_ASSUMED_BT601 = (2, 5, BT601)  # 2 is unspecified


@dataclass(frozen=True)
class OutputPlan:
    """How a video is encoded.

    Attributes:
        size: (width, height) that decoded frames are scaled to before sharpening.
        coded: The frames as they are encoded; at most one column and one row larger than `size`.
        encoder: The encoder.
        described: Whether decoders can read the color matrix, and the range, from the file.
    """

    size: tuple[int, int]
    coded: VideoInfo
    encoder: Encoder
    described: tuple[bool, bool]


def plan_output(
    info: VideoInfo, target: Path, size: tuple[int, int], choose: Callable[[VideoInfo], Encoder]
) -> OutputPlan:
    """Plans the encoding of a video.

    Args:
        info: The frames as they are decoded.
        target: The output file; only its suffix matters.
        size: (width, height) to scale to, as `enlarged_size` gives it.
        choose: The encoder for frames as described.

    Raises:
        CrispenError: The errors of `choose`.
    """
    scaled = replace(info, width=size[0], height=size[1])
    encoder, suffix = choose(scaled), target.suffix.lower()
    signalled = signalled_colour(encoder.name, suffix)
    pixel_format = pixel_format_for(encoder, info.pixel_format, suffix)
    coded = encoded_info(info, *encodable_size(encoder, scaled), pixel_format, signalled)
    encoder = choose(coded)  # 4:2:0 frames with an odd side may need another encoder than the RGB they come from
    width, height = encodable_size(encoder, coded)  # 4:4:4 frames may have become 4:2:0, which needs even sides
    return OutputPlan(size, replace(coded, codec=encoder.name, width=width, height=height), encoder, signalled)


def enlarged_size(info: VideoInfo, enlargement: Enlargement) -> tuple[int, int]:
    """(width, height) of the frames of `info` once enlarged, in the orientation in which they are stored.

    Raises:
        CrispenError: A side would be longer than 16384 pixels.
    """
    pixels = av.VideoFormat(info.pixel_format, 16, 16)
    halved = pixels.chroma_width() < 16 or pixels.chroma_height() < 16
    return enlargement.size(info.width, info.height, swaps_sides(info.matrix), halved)


def signalled_colour(encoder: str, suffix: str) -> tuple[bool, bool]:
    """Whether a file with this suffix that `encoder` writes signals the colour matrix, and the range, to decoders."""
    if encoder in ("mpeg4", "ffv1"):  # only Matroska signals it for these codecs
        return suffix == ".mkv", suffix == ".mkv"
    # VP8 is BT.601 in limited range by definition; "rawvideo" is YUV4MPEG2.
    signalled = {"libvpx": (False, False), "prores_ks": (True, False), "rawvideo": (False, True)}
    return signalled.get(encoder, (True, True))


def encoded_info(
    info: VideoInfo, width: int, height: int, pixel_format: str, signalled: tuple[bool, bool] = (True, True)
) -> VideoInfo:
    """`info` for frames of another size and pixel format, in colours that decoders interpret correctly.

    RGB that is converted to YUV becomes BT.709, or BT.601 if the matrix is not signalled, in limited range. Full range
    becomes limited if the range is not signalled.

    Args:
        info: The decoded frames.
        width: Encoded width.
        height: Encoded height.
        pixel_format: Encoded format, by FFmpeg's name.
        signalled: As `signalled_colour` returns it.
    """
    matrix, primaries, curve, colour_range = info.colour
    if is_rgb(info.pixel_format) and not is_rgb(pixel_format):
        matrix, colour_range = BT709 if signalled[0] else BT601, LIMITED
        if info.pixel_format.startswith("xyz"):  # libswscale converts it to RGB of BT.709
            primaries, curve = 1, 1
    elif info.pixel_format.startswith("yuvj"):
        colour_range = FULL_RANGE
    if colour_range == FULL_RANGE and not signalled[1] and not is_rgb(pixel_format):
        colour_range = LIMITED
    colour = matrix, primaries, curve, colour_range
    return replace(info, width=width, height=height, pixel_format=pixel_format, colour=colour)


def note_format_losses(info: VideoInfo, coded: VideoInfo, signalled: tuple[bool, bool], notes: ConversionNotes) -> None:
    """Adds to `notes` what `coded` loses of the samples of `info`, and colour information that is not signalled."""
    old, new = av.VideoFormat(info.pixel_format, 16, 16), av.VideoFormat(coded.pixel_format, 16, 16)
    if has_alpha(info.pixel_format):
        if has_alpha(coded.pixel_format):
            notes.kept.append("alpha")
        else:
            notes.add_lost(f"alpha, which {coded.codec} cannot hold here (VP9 in .webm and .mkv, and ProRes can)")
    if new.components[0].bits < old.components[0].bits:
        notes.add_lost(f"{old.components[0].bits} bits per sample, stored as {new.components[0].bits}")
    if is_rgb(info.pixel_format):
        if not is_rgb(coded.pixel_format):
            notes.add_lost(f"RGB samples, stored as {coded.pixel_format}")
        return
    chroma = [(pixels.chroma_width(), pixels.chroma_height()) for pixels in (old, new)]
    if len(old.components) > 2 and chroma[1] < chroma[0]:
        notes.add_lost(f"chroma of {info.pixel_format}, stored as {coded.pixel_format}")
    if not signalled[0] and info.colour[0] not in _ASSUMED_BT601:
        notes.add_lost(f"the colour matrix, which {coded.codec} cannot signal here (players will assume BT.601)")
    if info.colour[3] == FULL_RANGE != coded.colour[3]:
        notes.add_lost(f"full range, which {coded.codec} cannot signal here (stored as limited range)")

"""The size in coded frames, compared with libvpx, x264 and FFmpeg's decoder."""

import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from av.error import FFmpegError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crispen.serve.guards.coded_frame_size import coded_frame_size


def coded(codec: str, width: int, height: int, pixels: str = "yuv420p", **options) -> bytes:
    """One frame of an encoder."""
    made = av.CodecContext.create(codec, "w")
    made.width, made.height, made.pix_fmt, made.time_base = width, height, pixels, Fraction(1, 30)
    made.options = {name.replace("_", "-"): str(value) for name, value in options.items()}
    grey = av.VideoFrame.from_ndarray(np.full((height, width), 128, np.uint8), "gray").reformat(format=pixels)
    grey.pts = 0
    return b"".join(bytes(packet) for packet in [*made.encode(grey), *made.encode(None)])


@pytest.mark.parametrize("size", [(2, 2), (64, 48), (318, 238), (1920, 1080), (1080, 1920), (2500, 40)])
def test_vp8_size(size):
    key = coded("libvpx", *size)
    assert coded_frame_size("VP8", key) == size
    assert coded_frame_size("vp8", bytes([key[0] | 1]) + key[1:]) is None  # not a key frame, hence no size


@pytest.mark.parametrize(
    "options",
    [
        {"profile": "baseline"},
        {"profile": "high"},
        {"profile": "high", "x264_params": "cqm=jvt"},  # with scaling lists
        {"profile": "high", "x264_params": "interlaced=1"},
        {"profile": "high", "x264_params": "bff=1:fake-interlaced=1"},
        {"profile": "high422", "pixels": "yuv422p"},
        {"profile": "high444", "pixels": "yuv444p"},
        {"profile": "high444", "pixels": "yuv444p", "x264_params": "cqm=jvt"},
        {"profile": "high10", "pixels": "yuv420p10le"},
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [(64, 48), (318, 236), (1280, 720), (1088, 1920)])
def test_h264_size_in_whole_blocks(options, size):
    data = coded("libx264", *size, **options)
    width, height = coded_frame_size("H264", data)
    rows = 32 if "interlaced" in options.get("x264_params", "") else 16
    assert (width, height) == (-(-size[0] // 16) * 16, -(-size[1] // rows) * rows)
    if options["profile"] == "baseline":
        slices = data[data.rindex(b"\0\0\1") :]
        assert coded_frame_size("H264", slices) is None


def test_the_header_counts_even_if_the_frame_is_smaller():
    key = coded("libvpx", 64, 64)
    assert coded_frame_size("VP8", key[:6] + struct.pack("<HH", 16383 | 1 << 14, 16383 | 3 << 14) + key[10:]) == (
        16383,
        16383,
    )


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        ("VP8", b"\x10\x02\x00\x9d\x01\x2a\x40"),
        ("VP8", b"\x10\x02\x00" + bytes(20)),
        ("H264", b"\0\0\1\x67"),
        ("H264", b"\0\0\1\x67" + bytes(40)),
        ("H264", b"\0\0\1\x67" + b"\x64\0\x1f" + b"\xff" * 3),
        ("H264", (b"\0\0\1\x67\x42\xe0\x1f\xda\x02\x80\xf6\x40" * 5)),
    ],
)
def test_an_unreadable_header_raises_value_error(codec, data):
    with pytest.raises(ValueError):
        coded_frame_size(codec, data)


HIGH = coded("libx264", 64, 48, profile="high", x264_params="cqm=jvt:slices=1")
BASELINE = coded("libx264", 64, 48, profile="baseline", x264_params="slices=1")


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([HIGH, BASELINE]), st.lists(st.tuples(st.integers(0, 45), st.integers(0, 255)), max_size=4))
def test_ffmpeg_never_reads_a_larger_size_from_a_changed_header(data, changes):
    """Otherwise a peer could pass the check and make the decoder allocate more."""
    changed = bytearray(data)
    start = data.index(b"\0\0\1\x67") + 4
    for at, value in changes:
        changed[start + at] = value
    try:
        size = coded_frame_size("H264", bytes(changed))
    except ValueError:
        return  # not decoded
    if size is not None and size[0] * size[1] > 2**22:
        return  # not decoded either
    decoder = av.CodecContext.create("h264", "r")
    try:
        decoder.decode(av.Packet(bytes(changed)))
        decoder.decode(None)
    except (FFmpegError, ValueError):
        pass
    width, height = size or (0, 0)
    assert (decoder.width or 0) * (decoder.height or 0) <= width * height

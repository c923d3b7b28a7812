"""Real encoders with the settings of video calls: no look-ahead, constant bit rate, one key frame at the start."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import av

from crispen.frame import Frame
from crispen.media.av_planes import av_from_frame, frame_from_av
from crispen.media.scheduling import preserve_scheduling

os.environ.setdefault("SVT_LOG", "1")  # errors only: SVT-AV1 writes its settings to the terminal otherwise


@dataclass(frozen=True)
class Codec:
    """An encoder at an operating point.

    Attributes:
        name: h264, vp8, vp9, av1, h265 or mjpeg.
        bits_per_pixel: Target bit rate in bits per coded pixel; ignored by mjpeg.
        speed: 0 to 2, the fastest, of the presets that senders use.
        quality: Quantiser of mjpeg, 2 (best) to 31.
        key_every: Frames from one key frame to the next; 0 sends one key frame, at the start.
        slice_bytes: Largest slice of h264 in bytes, one slice to a packet; 0 is one slice per frame.
    """

    name: str
    bits_per_pixel: float = 0.1
    speed: int = 0
    quality: int = 5
    key_every: int = 0
    slice_bytes: int = 0


ENCODERS = {  # name -> FFmpeg's encoder and decoder
    "h264": ("libx264", "h264"),
    "vp8": ("libvpx", "vp8"),
    "vp9": ("libvpx-vp9", "vp9"),
    "av1": ("libsvtav1", "libdav1d"),
    "h265": ("libx265", "hevc"),
    "mjpeg": ("mjpeg", "mjpeg"),
}
CODECS = tuple(ENCODERS)


def encoder_options(codec: Codec, kilobits: int) -> dict[str, str]:
    """FFmpeg's private options of the encoder at a bit rate of `kilobits` kbit/s."""
    speed = codec.speed
    if codec.name == "h264":
        return {
            # H.264 rounds up in quarter-pixel interpolation. Over a long moving group of pictures luma rises by 0.25
            # level or more, which a network would learn to subtract. x264 compensates with reference copies one level
            # darker; the drift is smallest with the simplest sub-pixel search over five references
            # (docs/experiments.md).
            "preset": "medium",
            "subq": "1",
            "ref": "5",
            "tune": "zerolatency",
            "profile": ("high", "main", "baseline")[speed],
            "sc_threshold": "0",
            "maxrate": f"{kilobits}k",
            "bufsize": f"{kilobits}k",
        } | ({"x264-params": f"slice-max-size={codec.slice_bytes}"} if codec.slice_bytes else {})
    if codec.name in ("vp8", "vp9"):
        options = {
            "deadline": "realtime",
            # A positive value lets VP8 choose its speed by the clock, and the same clip would not give the same stream.
            "cpu-used": str(-6 - speed if codec.name == "vp8" else 6 + speed),
            "lag-in-frames": "0",
            "error-resilient": "default" if codec.name == "vp8" else "1",
            "minrate": f"{kilobits}k",
            "maxrate": f"{kilobits}k",
            "bufsize": f"{kilobits}k",
            "qmin": "2",
            "qmax": "56",
            "undershoot-pct": "95",
        }
        return options | ({"aq-mode": "3"} if codec.name == "vp9" else {"static-thresh": "1"})
    if codec.name == "av1":
        # pred-struct=1: low delay; rc=2: constant bit rate; lp=1: one core
        return {"preset": str(10 + speed), "svtav1-params": "pred-struct=1:rc=2:lp=1:lookahead=0:scd=0"}
    if codec.name == "h265":
        return {
            "preset": ("superfast", "ultrafast", "ultrafast")[speed],
            "tune": "zerolatency",
            "x265-params": f"log-level=none:pools=none:frame-threads=1:vbv-maxrate={kilobits}:vbv-bufsize={kilobits}"
            ":scenecut=0:keyint=100000",
        }
    return {}


def transcode(clip: list[Frame], codec: Codec, fps: int = 30) -> list[Frame]:
    """Encodes and decodes a clip.

    Args:
        clip: Frames of one even size, with chroma.
        codec: The encoder and its operating point.
        fps: Frames per second.

    Returns:
        As many frames as `clip` has, in order.

    Raises:
        ValueError: Unknown codec or odd size.
        RuntimeError: The decoder returned fewer frames.
    """
    decoded = decode(encode(clip, codec, fps), codec)
    if len(decoded) != len(clip):
        raise RuntimeError(f"{codec.name} returned {len(decoded)} of {len(clip)} frames")
    return [frame_from_av(picture, clip[0].colour) for picture in decoded]


def encode(clip: list[Frame], codec: Codec, fps: int = 30) -> list[av.Packet]:
    """The packets of `clip`, one per frame in order; pts is the frame's number. Raises ValueError as `transcode`."""
    if codec.name not in ENCODERS:
        raise ValueError(f"unknown codec {codec.name!r}; one of {', '.join(CODECS)}")
    height, width = clip[0].y.shape
    if height % 2 or width % 2:
        raise ValueError(f"the sides of a coded picture must be even, not {width}x{height}")
    bit_rate = int(codec.bits_per_pixel * width * height * fps)
    encoder = _context(ENCODERS[codec.name][0], "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuvj420p" if codec.name == "mjpeg" else "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(fps), Fraction(1, fps)
    encoder.thread_count = 1
    encoder.options = encoder_options(codec, max(1, bit_rate // 1000))
    if codec.name == "mjpeg":
        encoder.qmin = encoder.qmax = codec.quality
        encoder.color_range = 2
    else:
        encoder.bit_rate = bit_rate
        encoder.gop_size = codec.key_every or 100_000
        encoder.max_b_frames = 0
    with preserve_scheduling():
        encoder.open()
    packets = []
    for index, frame in enumerate(clip):
        picture = av_from_frame(frame, encoder.pix_fmt)
        picture.pts, picture.time_base = index, encoder.time_base
        packets += encoder.encode(picture)
    return packets + encoder.encode(None)


def decode(packets: list[av.Packet], codec: Codec) -> list[av.VideoFrame]:
    """The frames of `packets`, in order; FFmpeg's decoders conceal missing data."""
    decoder = _context(ENCODERS[codec.name][1], "r")
    decoder.thread_count = 1
    return [frame for packet in packets for frame in decoder.decode(packet)] + decoder.decode(None)


def _context(name: str, mode: Literal["r", "w"]) -> av.VideoCodecContext:
    context = av.CodecContext.create(name, mode)
    assert isinstance(context, av.VideoCodecContext)
    return context

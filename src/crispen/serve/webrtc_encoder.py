"""Video encoders that follow a chosen bitrate.

aiortc's own encoders keep every video between 250 kbit/s and 1.5 Mbit/s, and denoise it first, which removes detail.
"""

from __future__ import annotations

import av
from av.video.frame import PictureType

from crispen.errors import require
from crispen.serve.aiortc_private import Vp8Packetizer

h264 = require("aiortc.codecs.h264")
streams = require("aiortc.mediastreams")

_MIN_BITRATE = 100_000  # bit/s
_RAISE, _LOWER = 1.25, 0.9  # relative changes of the estimate that justify a new encoder, which starts with a key frame


class _BitrateControl:
    """Follows the receiver's bandwidth estimate up to `max_bitrate`. Bitrates are in bit/s."""

    def __init__(self, max_bitrate: int):
        super().__init__()
        self._estimate, self._current, self.max_bitrate = max_bitrate, max_bitrate, max_bitrate

    @property
    def target_bitrate(self) -> int:
        """The bitrate to encode with. aiortc sets it to the receiver's estimate."""
        wanted = max(_MIN_BITRATE, min(self._estimate, self.max_bitrate))
        if wanted > _RAISE * self._current or wanted < _LOWER * self._current or wanted == self.max_bitrate:
            self._current = wanted
        return self._current

    @target_bitrate.setter
    def target_bitrate(self, bitrate: int) -> None:
        self._estimate = bitrate


class H264Encoder(_BitrateControl, h264.H264Encoder):
    """x264, for receivers without VP8."""


class Vp8Encoder(_BitrateControl, Vp8Packetizer):
    """libvpx with settings for a call: constant bitrate, no lookahead."""

    def encode(self, frame: av.VideoFrame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        """(RTP payloads, RTP timestamp) of a frame."""
        settings = frame.width, frame.height, self.target_bitrate
        if self.codec is None or settings != (self.codec.width, self.codec.height, self.codec.bit_rate):
            self.codec = _libvpx(*settings)
        # The decoder's picture type would otherwise be read as a request.
        frame.pict_type = PictureType.I if force_keyframe else PictureType.NONE
        data = b"".join(bytes(packet) for packet in self.codec.encode(frame))
        timestamp = streams.convert_timebase(frame.pts, frame.time_base, streams.VIDEO_TIME_BASE)
        return self.packetize(data), timestamp


def _libvpx(width: int, height: int, bitrate: int):
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt, codec.bit_rate = width, height, "yuv420p", bitrate
    codec.time_base = streams.VIDEO_TIME_BASE
    codec.gop_size, codec.qmin, codec.qmax, codec.thread_count = 3000, 2, 56, 1
    codec.options = {
        "minrate": str(bitrate), "maxrate": str(bitrate), "bufsize": str(bitrate // 2), "undershoot-pct": "100",
        "overshoot-pct": "15", "deadline": "realtime", "cpu-used": "-6", "lag-in-frames": "0", "static-thresh": "1",
    }  # fmt: skip
    return codec


def make_encoder(codec: str, max_bitrate: int) -> Vp8Encoder | H264Encoder | None:
    """An encoder for a codec's name, such as "VP8"; None for a codec that keeps aiortc's encoder."""
    classes = {"VP8": Vp8Encoder, "H264": H264Encoder}
    return classes[codec.upper()](max_bitrate) if codec.upper() in classes else None

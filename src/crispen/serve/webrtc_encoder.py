"""Encoders for what goes back, at the bitrate that was chosen.

Those of aiortc hold every video between 250 kbit/s and 1.5 Mbit/s and remove noise first, which is to say detail.
"""

from __future__ import annotations

import av
from av.video.frame import PictureType

from crispen.errors import require

vpx = require("aiortc.codecs.vpx", "serve")
h264 = require("aiortc.codecs.h264", "serve")
streams = require("aiortc.mediastreams", "serve")

_LEAST = 100_000  # bits a second
_UP, _DOWN = 1.25, 0.9  # changes of the estimate that are worth a new encoder, which begins with a key frame


class _Chosen:
    """Follows the receiver's estimate below `most`, and never above it. `target_bitrate` is in bits a second."""

    def __init__(self, most: int):
        super().__init__()
        self._asked, self._now, self.most = most, most, most

    @property
    def target_bitrate(self) -> int:
        wanted = max(_LEAST, min(self._asked, self.most))
        if wanted > _UP * self._now or wanted < _DOWN * self._now or wanted == self.most:
            self._now = wanted
        return self._now

    @target_bitrate.setter
    def target_bitrate(self, bitrate: int) -> None:
        self._asked = bitrate


class H264(_Chosen, h264.H264Encoder):
    """x264, for those who cannot play VP8."""


class Vp8(_Chosen, vpx.Vp8Encoder):
    """libvpx for a call: constant bitrate, no look ahead."""

    def encode(self, frame: av.VideoFrame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        rate = self.target_bitrate
        kind = frame.width, frame.height, rate
        if self.codec is None or kind != (self.codec.width, self.codec.height, self.codec.bit_rate):
            self.codec = _libvpx(*kind)
        frame.pict_type = (
            PictureType.I if force_keyframe else PictureType.NONE
        )  # a decoder's own would be taken for a wish
        data = b"".join(bytes(packet) for packet in self.codec.encode(frame))
        payloads = self._packetize(data, self.picture_id)
        self.picture_id = (self.picture_id + 1) % (1 << 15)
        return payloads, streams.convert_timebase(frame.pts, frame.time_base, streams.VIDEO_TIME_BASE)


def _libvpx(width: int, height: int, rate: int):
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt, codec.bit_rate = width, height, "yuv420p", rate
    codec.time_base = streams.VIDEO_TIME_BASE
    codec.gop_size, codec.qmin, codec.qmax, codec.thread_count = 3000, 2, 56, 1
    codec.options = {
        "minrate": str(rate), "maxrate": str(rate), "bufsize": str(rate // 2), "undershoot-pct": "100",
        "overshoot-pct": "15", "deadline": "realtime", "cpu-used": "-6", "lag-in-frames": "0", "static-thresh": "1",
    }  # fmt: skip
    return codec


def encoder_for(name: str, most: int):
    """An encoder of aiortc's kind for a codec's name, such as "VP8"; None for one that needs none of ours."""
    return {"VP8": Vp8, "H264": H264}.get(name.upper(), lambda most: None)(most)

"""The encoders in software, which run on every machine."""

from __future__ import annotations

import os

from crispen.video.encoders.encoder import Encoder, EncoderOptions


def _x264(threads: int, load: float) -> EncoderOptions:
    # veryfast takes about 20 ms per 1080p frame and core. Above 40 such frames per second superfast is real-time.
    return {"preset": "veryfast" if load <= 40 else "superfast"}


def _x265(threads: int, load: float) -> EncoderOptions:
    speed = "superfast" if load <= 10 else "ultrafast"
    return {"preset": speed, "x265-params": f"pools={threads}:log-level=error", "a53cc": "1"}


def _vpx(threads: int, load: float) -> EncoderOptions:
    # Alternate reference frames need look-ahead, and libvpx rejects VP8 with alpha while they are enabled.
    return {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0", "b": "0"}


def _vp9(threads: int, load: float) -> EncoderOptions:
    return {**_vpx(threads, load), "row-mt": "1", "tile-columns": "2"}


def _vp8(threads: int, load: float) -> EncoderOptions:
    return {**_vpx(threads, load), "b": "100M"}  # crf is only a lower bound here; the bit rate must not limit quality


def _svtav1(threads: int, load: float) -> EncoderOptions:
    os.environ.setdefault("SVT_LOG", "1")  # it logs to stderr on its own; 1 is errors only
    return {"preset": "10" if load <= 20 else "12", "svtav1-params": f"lp={threads}"}


def _none(threads: int, load: float) -> EncoderOptions:
    return {}


_X26 = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo")
_SVT = tuple(map(str, range(13, -1, -1)))

VIDEO_ENCODERS = {
    encoder.name: encoder
    for encoder in (
        Encoder("libx264", 18, (0, 51), _x264, presets=_X26),
        Encoder("libx265", 20, (0, 51), _x265, presets=_X26),
        Encoder("libvpx-vp9", 24, (0, 63), _vp9, even=False),
        Encoder("libvpx", 8, (4, 63), _vp8, even=False),
        Encoder("libsvtav1", 26, (1, 63), _svtav1, fastest=240, presets=_SVT),
        Encoder("ffv1", None, (0, 0), _none, even=False),
        Encoder("prores_ks", None, (0, 0), lambda threads, load: {"profile": "4444"}, even=False),
        # Its quality setting is the quantiser.
        Encoder("mpeg4", 2, (1, 31), _none, even=False, quality=lambda q: {"qmin": str(q), "qmax": str(q), "b": "1G"}),
    )
}
ENCODER_ALIASES = {
    "h264": "libx264", "x264": "libx264", "avc": "libx264", "h265": "libx265", "x265": "libx265", "hevc": "libx265",
    "vp9": "libvpx-vp9", "vp8": "libvpx", "av1": "libsvtav1", "prores": "prores_ks",
}  # fmt: skip

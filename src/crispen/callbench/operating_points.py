"""Operating points of the heads suite of CallBench v2: how calls send talking people over a bad line.

Sizes and frame rates are the lower rungs of the bandwidth ladders of WebRTC, Meet and Zoom. The bit rates are those of
such calls over lines of 40 to 600 kbit/s. A source of another aspect ratio than 16:9 is coded at the same bits per
pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crispen.degrade.codecs import Codec
from crispen.degrade.condition import Condition

STARVED = 0.05  # bits per coded pixel: at and below this rate a point counts as starved

# OpenH264 is the H.264 encoder of many browsers. Its output is approximated by x264 in baseline profile (CAVLC, no 8x8
# transform, no B-frames) with slices of at most one packet.
_CODECS = {
    "h264": Codec("h264"),
    "openh264": Codec("h264", speed=2, slice_bytes=1200),
    "vp8": Codec("vp8"),
    "vp9": Codec("vp9"),
    "av1": Codec("av1"),
}
_UP = {"vp8": "cv2-linear", "vp9": "cv2-linear"}  # the receiver's scaler; cv2-cubic for the others


@dataclass(frozen=True)
class OperatingPoint:
    """How a clip is sent.

    Attributes:
        codec: h264, openh264, vp8, vp9 or av1.
        rows: Rows of the coded picture, which is 16:9.
        fps: Frames per second.
        kilobits: kbit/s.
        loss: Share of lost packets, 0 to 1 (H.264 only).
        key_every: Sent frames from one key frame to the next; 0 sends one key frame, at the start.
        drop_buffer: Seconds of the sender's rate buffer, which drops frames while it is full; 0 drops none. The
            receiver repeats the last frame.
        then_rows: Rows from the middle of the measured frames on, where the sender changes the resolution; 0 does not.
    """

    codec: str
    rows: int
    fps: int
    kilobits: int
    loss: float = 0.0
    key_every: int = 0
    drop_buffer: float = 0.0
    then_rows: int = 0

    @property
    def name(self) -> str:
        """CODEC/ROWSpFPS-KILOBITSk, such as vp8/360p30-150k."""
        lost = f"-loss{self.loss:.0%}".rstrip("%") if self.loss else ""
        keys = f"-keys{self.key_every}" if self.key_every else ""
        drops = "-drops" if self.drop_buffer else ""
        then = f"-to{self.then_rows}p" if self.then_rows else ""
        return f"{self.codec}/{self.rows}p{self.fps}-{self.kilobits}k{lost}{keys}{drops}{then}"

    @property
    def bits_per_pixel(self) -> float:
        """Bits per coded pixel."""
        return 1000 * self.kilobits / (self.rows * self.rows * 16 / 9 * self.fps)

    def condition(self, display_rows: int, frames: int) -> Condition:
        """The degradation of a clip of `frames` sent frames shown with `display_rows` rows, at least the point's."""
        return Condition(
            factor=display_rows / self.rows,
            up=_UP.get(self.codec, "cv2-cubic"),
            codec=replace(_CODECS[self.codec], bits_per_pixel=self.bits_per_pixel, key_every=self.key_every),
            frames=frames,
            loss=self.loss,
            fps=self.fps,
            drop_buffer=self.drop_buffer,
        )

    def after_change(self) -> OperatingPoint:
        """The point after the change of resolution."""
        return replace(self, rows=self.then_rows, then_rows=0)


_RUNGS = ((720, 30, 600), (540, 30, 300), (360, 30, 300), (360, 30, 150), (270, 15, 80), (180, 15, 80), (180, 8, 40))
# These make room for the points below, so that the suite still has about 350 cases.
_LEFT_OUT = {"vp9/360p30-300k", "vp9/180p8-40k", "av1/360p30-300k", "av1/180p8-40k"}
_ALL = (
    *(OperatingPoint(codec, *rung) for codec in ("h264", "vp8", "vp9", "av1") for rung in _RUNGS),
    OperatingPoint("h264", 360, 30, 300, loss=0.05),
    OperatingPoint("vp8", 360, 30, 150, key_every=20),
    OperatingPoint("openh264", 360, 30, 300),
    OperatingPoint("openh264", 180, 15, 80),
    OperatingPoint("vp8", 360, 30, 80, key_every=30, drop_buffer=0.25),
    OperatingPoint("h264", 360, 30, 150, then_rows=180),
)
POINTS = {point.name: point for point in _ALL if point.name not in _LEFT_OUT}

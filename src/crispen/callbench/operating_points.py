"""Operating points of the heads suite of CallBench v2: how calls send talking people over a bad line.

Sizes and frame rates are the lower rungs of the ladders of WebRTC, Meet and Zoom; the bit rates are those at which such
calls run when a line carries 40 to 600 kbit/s. A source of another shape than 16:9 is coded at the same bits per pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

from crispen.degrade.codecs import Codec
from crispen.degrade.condition import Condition

STARVED = 0.05  # bits per coded pixel: at and below this rate a point counts as starved


@dataclass(frozen=True)
class OperatingPoint:
    """A coded size of 16:9 with `rows` rows, at `fps` frames and `kilobits` kilobits a second.

    loss: share of lost packets, 0 to 1 (H.264 only). key_every: sent frames from one key frame to the next; 0 sends one
    key frame, at the start.
    """

    codec: str
    rows: int
    fps: int
    kilobits: int
    loss: float = 0.0
    key_every: int = 0

    @property
    def name(self) -> str:
        """CODEC/ROWSpFPS-KILOBITSk, such as vp8/360p30-150k."""
        lost = f"-loss{self.loss:.0%}".rstrip("%") if self.loss else ""
        keys = f"-keys{self.key_every}" if self.key_every else ""
        return f"{self.codec}/{self.rows}p{self.fps}-{self.kilobits}k{lost}{keys}"

    @property
    def bits_per_pixel(self) -> float:
        """Bits per coded pixel."""
        return 1000 * self.kilobits / (self.rows * self.rows * 16 / 9 * self.fps)

    def condition(self, shown_rows: int, frames: int) -> Condition:
        """What happens to a clip of `frames` sent frames that is shown with `shown_rows` rows, at least the point's."""
        return Condition(
            factor=shown_rows / self.rows,
            up=_UP[self.codec],
            codec=Codec(self.codec, self.bits_per_pixel, key_every=self.key_every),
            frames=frames,
            loss=self.loss,
            fps=self.fps,
        )


_UP = {"h264": "cv2-cubic", "vp8": "cv2-linear", "vp9": "cv2-linear", "av1": "cv2-cubic"}  # the receiver's scaler
_RUNGS = ((720, 30, 600), (540, 30, 300), (360, 30, 300), (360, 30, 150), (270, 15, 80), (180, 15, 80), (180, 8, 40))
POINTS = {
    point.name: point
    for point in (
        *(OperatingPoint(codec, *rung) for codec in ("h264", "vp8", "vp9", "av1") for rung in _RUNGS),
        OperatingPoint("h264", 360, 30, 300, loss=0.05),
        OperatingPoint("vp8", 360, 30, 150, key_every=20),
    )
}

"""The nine conditions of the core mean, to which all of Crispen's targets refer, and two further conditions."""

from __future__ import annotations

from crispen.degrade.codecs import Codec
from crispen.degrade.condition import Condition
from crispen.degrade.motion import STILL, Motion

TALK = Motion(pan=0.6, zoom=0.0008, rotation=0.0008, jitter=0.25, warp=1.5)
SENT = 30  # frames, one second: rate control has settled after the key frame


def _call(codec: str, bits_per_pixel: float, **degradations) -> Condition:
    return Condition(codec=Codec(codec, bits_per_pixel), frames=SENT, motion=TALK, **degradations)


CORE: dict[str, Condition] = {
    "bicubic-x2": Condition(factor=2, down="cv2-cubic", up="cv2-cubic"),
    "area-x3": Condition(factor=3, down="cv2-area", up="cv2-cubic"),
    "h264-x1": _call("h264", 0.10),
    "h264-x2": _call("h264", 0.10, factor=2),
    "vp8-x2": _call("vp8", 0.12, factor=2, up="cv2-linear"),
    "vp9-x1.5": _call("vp9", 0.08, factor=1.5),
    "av1-x2": _call("av1", 0.06, factor=2, down="pil-bicubic"),
    "motion-blur": _call("h264", 0.10, motion_blur=5.0),
    "low-light": _call("h264", 0.12, photons=300.0, read_noise=2.0),
}

# Not in the mean: an encoder that is never trained on, and no degradation at all.
BESIDE: dict[str, Condition] = {
    "h265-x2": _call("h265", 0.08, factor=2),
    "clean": Condition(motion=STILL),
}

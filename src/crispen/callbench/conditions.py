"""The conditions of CallBench, version 1, and their descriptions. A change of any of them needs a new version."""

from __future__ import annotations

from dataclasses import dataclass

from crispen.degrade.codecs import Codec
from crispen.degrade.condition import Condition
from crispen.degrade.core_conditions import BESIDE, CORE, SENT, TALK

VERSION = "v1"


@dataclass(frozen=True)
class ConditionEntry:
    """A condition as CallBench measures it.

    Attributes:
        condition: What happens to a picture.
        group: "core", "resampling", "ladder", "camera", "network" or "clean".
        held_out: No model of Crispen was trained on its encoder or its degradation.
        everywhere: Measured on every picture; otherwise on every fourth of a category.
    """

    condition: Condition
    group: str
    held_out: bool = False
    everywhere: bool = False

    @property
    def description(self) -> str:
        """The condition in words, with the names of libraries and functions."""
        return describe(self.condition)


@dataclass(frozen=True)
class Rung:
    """An operating point: coded width x height, shown at 1280x720, kbit/s and frames a second."""

    name: str
    width: int
    height: int
    kilobits: int
    fps: int = 30

    @property
    def factor(self) -> float:
        return 720 / self.height

    @property
    def bits_per_pixel(self) -> float:
        return 1000 * self.kilobits / (self.width * self.height * self.fps)


# Sizes and rates of WebRTC's simulcast table (libwebrtc, video/config/simulcast.cc): 1280x720 at 2,500 kbit/s, 960x540
# at 1,200, 640x360 at 500, 320x180 at 150, and the lowest rate that it gives 640x360, 150. A picture of another size
# than 1280x720 is coded at the same bits per pixel. At 320x180 a sender halves the frame rate before the size.
LADDER = (
    Rung("720p", 1280, 720, 2500),
    Rung("540p", 960, 540, 1200),
    Rung("360p", 640, 360, 500),
    Rung("180p", 320, 180, 150, fps=15),
    Rung("360p-starved", 640, 360, 150),
)


def _rung(codec: str, rung: Rung) -> Condition:
    bits = rung.bits_per_pixel
    return Condition(codec=Codec(codec, bits), frames=SENT, motion=TALK, factor=rung.factor, fps=rung.fps)


def _call(codec: Codec, **degradations) -> Condition:
    return Condition(codec=codec, frames=SENT, motion=TALK, **degradations)


def _scaled(factor: float, down: str, up: str) -> ConditionEntry:
    return ConditionEntry(Condition(factor=factor, down=down, up=up), "resampling")


CALLBENCH: dict[str, ConditionEntry] = {
    **{name: ConditionEntry(condition, "core", everywhere=True) for name, condition in CORE.items()},
    "clean": ConditionEntry(BESIDE["clean"], "clean", everywhere=True),
    "h265-x2": ConditionEntry(BESIDE["h265-x2"], "ladder", held_out=True, everywhere=True),
    "bicubic-x3": _scaled(3, "cv2-cubic", "cv2-cubic"),
    "bilinear-x2": _scaled(2, "cv2-linear", "cv2-linear"),
    "bilinear-x3": _scaled(3, "cv2-linear", "cv2-linear"),
    "pil-bicubic-x2": _scaled(2, "pil-bicubic", "pil-bicubic"),
    "pil-bicubic-x3": _scaled(3, "pil-bicubic", "pil-bicubic"),
    "pil-bilinear-x2": _scaled(2, "pil-bilinear", "pil-bilinear"),
    **{
        f"{codec}/{rung.name}": ConditionEntry(_rung(codec, rung), "ladder", held_out=codec == "h265")
        for codec in ("h264", "vp8", "vp9", "av1", "h265")
        for rung in LADDER
    },
    "defocus": ConditionEntry(_call(Codec("h264", 0.10), defocus=1.8), "camera"),
    "webcam-mjpeg": ConditionEntry(_call(Codec("h264", 0.10), webcam_quality=6), "camera"),
    "packet-loss": ConditionEntry(_call(Codec("h264", 0.10), loss=0.03), "network", held_out=True),
    "packet-loss-x2": ConditionEntry(_call(Codec("h264", 0.10), loss=0.08, factor=2), "network", held_out=True),
    "relayed": ConditionEntry(_call(Codec("vp8", 0.10), relay=Codec("h264", 0.08), factor=2), "network", held_out=True),
}

# For clips, on which metrics are computed that no single frame shows.
CLIPS: dict[str, Condition] = {
    "h264-x2-keys": _call(Codec("h264", 0.10, key_every=8), factor=2),
    "vp8-x2": CORE["vp8-x2"],
    "low-light": CORE["low-light"],
}

_LIBRARIES = {"h264": "x264", "vp8": "libvpx VP8", "vp9": "libvpx VP9", "av1": "SVT-AV1", "h265": "x265"}
_KERNELS = {
    "cv2-area": "OpenCV resize INTER_AREA",
    "cv2-linear": "OpenCV resize INTER_LINEAR",
    "cv2-cubic": "OpenCV resize INTER_CUBIC",
    "cv2-lanczos4": "OpenCV resize INTER_LANCZOS4",
    "pil-bilinear": "Pillow resize BILINEAR",
    "pil-bicubic": "Pillow resize BICUBIC",
    "pil-lanczos": "Pillow resize LANCZOS",
}


def describe(condition: Condition) -> str:
    """Describes what happens to a picture, in order, in one line."""
    c, steps = condition, []
    if c.defocus:
        steps.append(f"blurred by a disc of radius {c.defocus:g}")
    if c.motion_blur:
        steps.append(f"blurred along a path of {c.motion_blur:g} pixels")
    if c.photons:
        steps.append(f"noise of {c.photons:g} photons at white, read-out noise {c.read_noise:g}")
    if c.webcam_quality:
        steps.append(f"MJPEG at quantiser {c.webcam_quality}")
    if c.factor != 1:
        low_pass = "" if c.down.startswith("pil") or c.down == "cv2-area" else " (no low-pass)"
        steps.append(f"{_KERNELS[c.down]} down by {c.factor:g}{low_pass}")
    if c.codec:
        steps.append(_coded(c.codec) + f", {c.frames} frames at {c.fps} a second")
    if c.loss:
        steps.append(f"{c.loss:.0%} of packets lost in bursts of three")
    if c.relay:
        steps.append(f"coded again by {_coded(c.relay)}")
    if c.factor != 1:
        steps.append(f"{_KERNELS[c.up]} up")
    return "; ".join(steps) or "nothing"


def _coded(codec: Codec) -> str:
    keys = f", a key frame every {codec.key_every}" if codec.key_every else ""
    return f"{_LIBRARIES[codec.name]} at {codec.bits_per_pixel:.3g} bit a coded pixel{keys}"

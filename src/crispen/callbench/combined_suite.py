"""The combined suite of CallBench v2: blur or low light, then scaling, then a codec at a low rate.

Each picture moves and is sent as a stream. A model is measured twice on the same frames: as it sharpens a stream, where
its router has seen the frames before, and with each frame as a picture by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from crispen.callbench.callbench_manifest import load_manifest
from crispen.callbench.clip_cases import clip
from crispen.callbench.contenders.contender import Contender, ContenderInput, Failed, all_or_failed
from crispen.callbench.core_suite import categories_of, find_pictures_and_videos
from crispen.callbench.hashing import hash_file
from crispen.callbench.sampling import every_fourth
from crispen.callbench.scoring import score_clips
from crispen.callbench.suite_run import RunOptions, SuitePart, SuiteRun, run_part
from crispen.degrade.codecs import Codec
from crispen.degrade.condition import Condition
from crispen.degrade.core_conditions import TALK

COMBINED_METRICS = ("psnr", "ssim")
_BEFORE = {
    "motion-blur": Condition(motion=TALK, motion_blur=5.0),
    "defocus": Condition(motion=TALK, defocus=1.8),
    "low-light": Condition(motion=TALK, photons=300.0, read_noise=2.0),
    "low-light-motion-blur": Condition(motion=TALK, photons=300.0, read_noise=2.0, motion_blur=5.0),
    "low-light-defocus": Condition(motion=TALK, photons=300.0, read_noise=2.0, defocus=1.8),
}
# About half of the bits per coded pixel of the core conditions, and the receiver's scaler.
_SENT = {
    "h264": (Codec("h264", 0.05), "cv2-cubic"),
    "vp8": (Codec("vp8", 0.06), "cv2-linear"),
    "vp9": (Codec("vp9", 0.04), "cv2-linear"),
    "av1": (Codec("av1", 0.03), "cv2-cubic"),
}
_ALL = (
    ("motion-blur", "h264", 2),
    ("motion-blur", "vp8", 1.5),
    ("motion-blur", "vp9", 2),
    ("defocus", "h264", 1.5),
    ("defocus", "vp9", 1.5),
    ("defocus", "av1", 2),
    ("low-light", "h264", 2),
    ("low-light", "vp8", 2),
    ("low-light", "vp9", 1.5),
    ("low-light", "av1", 1.5),
    ("low-light-motion-blur", "vp8", 2),
    ("low-light-defocus", "h264", 1.5),
)
COMBINED: dict[str, Condition] = {
    f"{before}/{codec}-x{factor:g}": replace(_BEFORE[before], codec=_SENT[codec][0], up=_SENT[codec][1], factor=factor)
    for before, codec, factor in _ALL
}


@dataclass(frozen=True)
class EachFrameAlone:
    """A contender that sharpens each frame of a clip as a picture by itself."""

    contender: Contender

    @property
    def name(self) -> str:
        return f"{self.contender.name}, frames alone"

    @property
    def kind(self) -> str:
        return self.contender.kind

    @property
    def identity(self) -> str:
        return f"{self.contender.identity}, frames alone"

    @property
    def described(self) -> str:
        return f"{self.contender.described}; each frame as a picture by itself"

    @property
    def mac_per_pixel(self) -> float | None:
        return self.contender.mac_per_pixel

    @property
    def timed(self) -> Contender:
        return self.contender.timed

    def pictures(self, inputs: Iterable[ContenderInput]) -> Iterator[np.ndarray | Failed]:
        return self.contender.pictures(inputs)

    def clip(self, frames: Sequence[ContenderInput]) -> list[np.ndarray] | Failed:
        return all_or_failed(self.contender.pictures(frames))


def run_combined(
    folders: Sequence[Path],
    contenders: Sequence[Contender],
    options: RunOptions,
    conditions: Sequence[str] = tuple(COMBINED),
) -> SuiteRun:
    """Measures `contenders`, the input before them and models also with frames alone, on every fourth picture.

    Raises:
        CrispenError: If the folders hold no picture, or two of one name.
    """
    pictures, _ = find_pictures_and_videos(folders)
    categories = categories_of({name: hash_file(path) for name, path in pictures.items()}, load_manifest())
    chosen = {name: pictures[name] for name in every_fourth(list(pictures), categories)}
    wanted = [(name, condition) for name in chosen for condition in conditions]
    part = SuitePart("clips", chosen, wanted, COMBINED, clip, score_clips, lambda case: COMBINED_METRICS)
    alone = [EachFrameAlone(one) for one in contenders if one.kind in ("crispen", "network")]
    return run_part(part, [*contenders, *alone], options)

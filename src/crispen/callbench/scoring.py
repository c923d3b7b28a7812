"""All measures of one output against its truth, those that were asked for."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from crispen.metrics import multi_scale_ssim as scales
from crispen.metrics.blocking import blocking
from crispen.metrics.optical_flow import Step, follow
from crispen.metrics.psnr_ssim import SSIM_RADIUS, psnr, psnr_unshifted, ssim
from crispen.metrics.temporal import excess_warping_error, key_frame_pulse, static_flicker
from crispen.metrics.text_accuracy import read, word_accuracy, words_of
from crispen.metrics.vmaf import LEAST_SIDE as VMAF_LEAST_SIDE
from crispen.metrics.vmaf import vmaf

PLAIN = ("psnr", "psnr_unshifted", "ssim", "ms_ssim")
COSTLY = ("lpips", "vmaf", "vmaf_neg")  # a tenth of a second for a small picture, over a second at 1080p
READ = ("words",)
MOVING = ("psnr", "ssim", "vmaf", "vmaf_neg", "warping", "flicker", "pulse")
HEADS = ("psnr", "ssim", "ms_ssim", "lpips", "vmaf", "vmaf_neg", "flicker", "blocking")

_LOOKED_AT = (540, 960)  # rows and columns in the middle of a picture that are read: a page takes seconds

Scores = dict[str, float | None]  # None: there is nothing to measure, such as words where there is no text


class Distance(Protocol):
    """What is used of crispen.metrics.lpips.Lpips."""

    def features(self, rgb: np.ndarray) -> list: ...
    def distance(self, x: list, y: list) -> float: ...


@dataclass
class PictureJudge:
    """Measures outputs, (H, W) uint8 luma, against one truth; what depends on the truth alone is found once.

    legible: whether there is something to read; what Tesseract reads in the middle of the truth is then what it should
    read there in the output. lpips: None leaves that one out; it sees luma as a grey picture, as no contender touches
    colour. Any thread may call it.
    """

    truth: np.ndarray
    legible: bool = False
    lpips: Distance | None = None
    _features: list | None = field(default=None, init=False)
    _words: list[str] | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __call__(self, output: np.ndarray, wanted: Sequence[str]) -> Scores:
        scores: Scores = {}
        least = min(self.truth.shape)
        for name, measure in (("psnr", psnr), ("psnr_unshifted", psnr_unshifted)):
            if name in wanted:
                scores[name] = measure(self.truth, output)
        if "ssim" in wanted:
            scores["ssim"] = ssim(self.truth, output) if least > 2 * SSIM_RADIUS else None
        if "ms_ssim" in wanted:
            scores["ms_ssim"] = scales.ms_ssim(self.truth, output) if least >= scales.LEAST_SIDE else None
        if "lpips" in wanted:
            scores["lpips"] = self._lpips(output)
        if "vmaf" in wanted or "vmaf_neg" in wanted:
            scores |= _vmaf([self.truth], [output])
        if "words" in wanted:
            scores["words"] = self._read(output)
        return scores

    def _read(self, output: np.ndarray) -> float | None:
        if not self.legible:
            return None
        with self._lock:
            if self._words is None:
                self._words = words_of(read(_middle(self.truth)))
        return word_accuracy(self._words, words_of(read(_middle(output)))) if self._words else None

    def _lpips(self, output: np.ndarray) -> float | None:
        if self.lpips is None:
            return None
        with self._lock:
            if self._features is None:
                self._features = self.lpips.features(_grey(self.truth))
        return self.lpips.distance(self._features, self.lpips.features(_grey(output)))


@dataclass
class ClipJudge:
    """Measures outputs, (T, H, W) uint8 luma, against one true clip. keys: of its key frames, the first frame included.

    received: the clip as it arrived. factor: display pixels for each coded pixel, for "blocking". lpips: as in
    PictureJudge; it looks at the first and the last frame.
    """

    truth: np.ndarray
    received: np.ndarray
    keys: Sequence[int]
    factor: float = 1.0
    lpips: Distance | None = None
    _steps: list[Step] | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __call__(self, output: np.ndarray, wanted: Sequence[str]) -> Scores:
        scores: Scores = {}
        frames = list(zip(self.truth, output, strict=True))
        if "psnr" in wanted:
            scores["psnr"] = float(np.mean([psnr(*planes) for planes in frames]))
        if "ssim" in wanted:
            scores["ssim"] = float(np.mean([ssim(*planes) for planes in frames]))
        if "ms_ssim" in wanted:
            large = min(self.truth.shape[1:]) >= scales.LEAST_SIDE
            scores["ms_ssim"] = float(np.mean([scales.ms_ssim(*planes) for planes in frames])) if large else None
        if "lpips" in wanted:
            ends = [frames[0], frames[-1]]
            found = [distance for truth, made in ends if (distance := _distance(self.lpips, truth, made)) is not None]
            scores["lpips"] = float(np.mean(found)) if found else None
        if "blocking" in wanted:
            scores["blocking"] = float(np.mean([blocking(*planes, self.factor) for planes in frames]))
        if "vmaf" in wanted or "vmaf_neg" in wanted:
            scores |= _vmaf(self.truth, output)
        if "warping" in wanted:
            with self._lock:
                self._steps = self._steps or follow(self.truth)
            scores["warping"] = excess_warping_error(self.truth, output, self._steps)
        if "flicker" in wanted:
            scores["flicker"] = static_flicker(self.truth, output)
        if "pulse" in wanted:
            several = len(self.keys) > 1  # without a second key frame nothing pulses
            scores["pulse"] = key_frame_pulse(self.truth, self.received, output, self.keys).output if several else None
        return scores


def _distance(lpips: Distance | None, truth: np.ndarray, output: np.ndarray) -> float | None:
    """LPIPS of one pair of planes."""
    return PictureJudge(truth, lpips=lpips)(output, ("lpips",))["lpips"]


def words_beside(picture: Path) -> list[str]:
    """What `picture` says, from the text file of the same name beside it; nothing where there is none."""
    path = picture.with_suffix(".txt")
    return words_of(path.read_text(encoding="utf-8")) if path.is_file() else []


def share_read(words: Sequence[str], plane: np.ndarray) -> float:
    """Share of `words`, at least one, that Tesseract reads in an (H, W) uint8 plane, in any order."""
    found = Counter(words_of(read(plane)))
    return sum((Counter(words) & found).values()) / len(words)


def _vmaf(truth, output) -> Mapping[str, float | None]:
    if min(truth[0].shape) < VMAF_LEAST_SIDE:
        return {"vmaf": None, "vmaf_neg": None}
    scores = vmaf(truth, output, threads=1)
    return {"vmaf": scores["vmaf"], "vmaf_neg": scores["vmaf_neg"]}


def _middle(plane: np.ndarray) -> np.ndarray:
    height, width = (min(most, side) for most, side in zip(_LOOKED_AT, plane.shape, strict=True))
    top, left = (plane.shape[0] - height) // 2, (plane.shape[1] - width) // 2
    return np.ascontiguousarray(plane[top : top + height, left : left + width])


def _grey(plane: np.ndarray) -> np.ndarray:
    return np.repeat(plane[..., None], 3, axis=2)

"""All metrics of CallBench: name, unit, direction, and the functions that compute them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from crispen.metrics.blocking import blocking
from crispen.metrics.comparison import ClipComparison, ClipTruth, PictureComparison, PictureTruth, center
from crispen.metrics.flicker import static_flicker
from crispen.metrics.key_frame_pulse import key_frame_pulse
from crispen.metrics.ms_ssim import MS_SSIM_SMALLEST_SIDE, ms_ssim
from crispen.metrics.psnr import psnr, psnr_unshifted
from crispen.metrics.ssim import SSIM_SMALLEST_SIDE, ssim
from crispen.metrics.text_accuracy import read, word_accuracy, words_of
from crispen.metrics.warping import excess_warping_error

Scores = dict[str, float | None]  # None: nothing to measure, such as words where there is no text


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: Its key in a report.
        title: Its name in tables.
        unit: Empty if it has none.
        decimals: How many are written.
        description: One line with the paper.
        lower_is_better: The direction.
        picture: Computes it for a picture; None if it needs a clip.
        clip: Computes it for a clip; None if it is for pictures only.
        costly: Takes a tenth of a second for a small picture and more than a second at 1080p.
        shown_with: Metrics that are always computed and shown along with it.
    """

    name: str
    title: str
    unit: str
    decimals: int
    description: str
    lower_is_better: bool = False
    picture: Callable[[PictureComparison], float | None] | None = None
    clip: Callable[[ClipComparison], float | None] | None = None
    costly: bool = False
    shown_with: tuple[str, ...] = ()


def score_picture(truth: PictureTruth, output: np.ndarray, wanted: Sequence[str]) -> Scores:
    """Computes the metrics `wanted`, by name, of an (H, W) uint8 output."""
    comparison = PictureComparison(truth, output)
    return {name: metric.picture(comparison) for name, metric in _chosen(wanted).items() if metric.picture}


def score_clip(truth: ClipTruth, output: np.ndarray, wanted: Sequence[str]) -> Scores:
    """Computes the metrics `wanted`, by name, of a (T, H, W) uint8 output."""
    comparison = ClipComparison(truth, output)
    return {name: metric.clip(comparison) for name, metric in _chosen(wanted).items() if metric.clip}


def _chosen(wanted: Sequence[str]) -> dict[str, Metric]:
    names = {other for name in wanted for other in (name, *METRICS[name].shown_with)}
    return {name: metric for name, metric in METRICS.items() if name in names}


def _frame_mean(metric: Callable[[np.ndarray, np.ndarray], float]) -> Callable[[ClipComparison], float]:
    return lambda clip: float(np.mean([metric(*planes) for planes in clip.frames]))


def _of_planes(metric: Callable[[np.ndarray, np.ndarray], float], smallest: int) -> Callable:
    """A metric of two planes as one of a picture; None for a picture with a side under `smallest`."""

    def of_picture(picture: PictureComparison) -> float | None:
        large = min(picture.output.shape) >= smallest
        return metric(picture.truth.plane, picture.output) if large else None

    return of_picture


def _clip_ms_ssim(clip: ClipComparison) -> float | None:
    large = min(clip.output.shape[1:]) >= MS_SSIM_SMALLEST_SIDE
    return _frame_mean(ms_ssim)(clip) if large else None


def _clip_lpips(clip: ClipComparison) -> float | None:
    ends = clip.frames[0], clip.frames[-1]
    found = [PictureTruth(truth, lpips=clip.truth.lpips).lpips_to(output) for truth, output in ends]
    known = [value for value in found if value is not None]
    return float(np.mean(known)) if known else None


def _words(picture: PictureComparison) -> float | None:
    if not picture.truth.has_text or not (words := picture.truth.words):
        return None
    return word_accuracy(words, words_of(read(center(picture.output))))


def _clip_blocking(clip: ClipComparison) -> float:
    factor = clip.truth.factor
    factors = [factor] * len(clip.frames) if isinstance(factor, float | int) else factor
    return float(np.mean([blocking(*planes, each) for planes, each in zip(clip.frames, factors, strict=True)]))


def _clip_chroma_psnr(name: str) -> Callable[[ClipComparison], float | None]:
    def of_clip(clip: ClipComparison) -> float | None:
        if not clip.truth.chroma or name not in clip.truth.chroma:
            return None
        return float(np.mean([psnr(*planes) for planes in zip(*clip.truth.chroma[name], strict=True)]))

    return of_clip


def _clip_pulse(clip: ClipComparison) -> float | None:
    truth = clip.truth
    if len(truth.keys) < 2:  # without a second key frame there is no pulse
        return None
    return key_frame_pulse(truth.planes, truth.received, clip.output, truth.keys).output


_ALL = (
    Metric(
        "psnr",
        "PSNR",
        "dB",
        2,
        "Peak signal-to-noise ratio of luma, at most 60 dB (ITU-T J.340): how near each pixel is to the truth.",
        picture=_of_planes(psnr, 1),
        clip=_frame_mean(psnr),
    ),
    Metric(
        "psnr_unshifted",
        "PSNR, mean shift removed",
        "dB",
        2,
        "PSNR after the mean difference is removed: brightening or darkening the whole picture changes nothing.",
        picture=_of_planes(psnr_unshifted, 1),
    ),
    *(
        Metric(
            f"psnr_{plane}",
            f"PSNR of {plane.upper()}",
            "dB",
            2,
            f"PSNR of the chroma plane {plane.upper()}. Contenders leave chroma unchanged and have the input's score.",
            clip=_clip_chroma_psnr(plane),
        )
        for plane in ("u", "v")
    ),
    Metric(
        "ssim",
        "SSIM",
        "",
        4,
        "Structural similarity of luma, at most 1 (Wang, Bovik, Sheikh and Simoncelli, 2004): edges and texture.",
        picture=_of_planes(ssim, SSIM_SMALLEST_SIDE),
        clip=_frame_mean(ssim),
    ),
    Metric(
        "ms_ssim",
        "MS-SSIM",
        "",
        4,
        "SSIM over five scales, at most 1 (Wang, Simoncelli and Bovik, 2003): large structure as well as detail.",
        picture=_of_planes(ms_ssim, MS_SSIM_SMALLEST_SIDE),
        clip=_clip_ms_ssim,
    ),
    Metric(
        "lpips",
        "LPIPS",
        "",
        4,
        "Distance in the features of a network, 0 for equal pictures (Zhang, Isola, Efros, Shechtman and Wang, 2018).",
        lower_is_better=True,
        picture=lambda picture: picture.truth.lpips_to(picture.output),
        clip=_clip_lpips,
        costly=True,
    ),
    Metric(
        "vmaf",
        "VMAF",
        "",
        2,
        "A model of viewers' ratings, 0 to 100 (Li, Aaron, Katsavounidis, Moorthy and Manohara, 2016). Sharpening "
        "alone raises it, so it is never shown without VMAF-NEG.",
        picture=lambda picture: picture.vmaf["vmaf"],
        clip=lambda clip: clip.vmaf["vmaf"],
        costly=True,
        shown_with=("vmaf_neg",),
    ),
    Metric(
        "vmaf_neg",
        "VMAF-NEG",
        "",
        2,
        "VMAF that ignores contrast which the truth does not have, 0 to 100 (Li et al., 2020).",
        picture=lambda picture: picture.vmaf["vmaf_neg"],
        clip=lambda clip: clip.vmaf["vmaf_neg"],
        costly=True,
        shown_with=("vmaf",),
    ),
    Metric(
        "words",
        "words read",
        "",
        3,
        "Share of a picture's words that Tesseract (Smith, 2007) reads correctly, over the pictures that have words.",
        picture=_words,
    ),
    Metric(
        "warping",
        "warping error",
        "levels²",
        2,
        "Squared change from frame to frame along the truth's motion (Lai et al., 2018), minus the truth's own: "
        "unsteadiness, but softness lowers it too.",
        lower_is_better=True,
        clip=lambda clip: excess_warping_error(clip.truth.planes, clip.output, clip.truth.steps),
    ),
    Metric(
        "flicker",
        "flicker",
        "levels",
        3,
        "Mean change from frame to frame where the truth is static, minus the truth's own: 0 is steady.",
        lower_is_better=True,
        clip=lambda clip: static_flicker(clip.truth.planes, clip.output),
    ),
    Metric(
        "pulse",
        "pulse",
        "dB",
        2,
        "Highest minus lowest PSNR between two key frames, mean over groups of pictures: 0 is even.",
        lower_is_better=True,
        clip=_clip_pulse,
    ),
    Metric(
        "blocking",
        "blocking",
        "levels",
        3,
        "Mean gradient across the edges of coded 8x8 blocks minus that across their centers, minus the truth's own.",
        lower_is_better=True,
        clip=_clip_blocking,
    ),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}

"""The measures of CallBench: what each is called, how it is written, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """name: its key in a summary. unit: empty where it has none. said: one line for people, with the paper."""

    name: str
    title: str
    unit: str
    decimals: int
    less_is_better: bool
    said: str


_ALL = (
    Measure(
        "psnr",
        "PSNR",
        "dB",
        2,
        False,
        "Peak signal-to-noise ratio of luma, at most 60 dB (ITU-T J.340): how near each pixel is to the truth.",
    ),
    Measure(
        "psnr_unshifted",
        "PSNR, mean shift removed",
        "dB",
        2,
        False,
        "PSNR after the mean difference is taken off, so that brightening or darkening all alike changes nothing.",
    ),
    Measure(
        "ssim",
        "SSIM",
        "",
        4,
        False,
        "Structural similarity of luma, at most 1 (Wang, Bovik, Sheikh and Simoncelli, 2004): edges and texture.",
    ),
    Measure(
        "ms_ssim",
        "MS-SSIM",
        "",
        4,
        False,
        "SSIM over five scales, at most 1 (Wang, Simoncelli and Bovik, 2003): the whole as well as the detail.",
    ),
    Measure(
        "lpips",
        "LPIPS",
        "",
        4,
        True,
        "Distance in the features of a network, 0 for equal pictures (Zhang, Isola, Efros, Shechtman and Wang, 2018).",
    ),
    Measure(
        "vmaf",
        "VMAF",
        "",
        2,
        False,
        "A model of viewers' ratings, 0 to 100 (Li, Aaron, Katsavounidis, Moorthy and Manohara, 2016); sharpening "
        "alone raises it, so it is never shown without VMAF-NEG.",
    ),
    Measure(
        "vmaf_neg",
        "VMAF-NEG",
        "",
        2,
        False,
        "VMAF that counts no contrast which the truth did not have, 0 to 100 (Li et al., 2020).",
    ),
    Measure(
        "words",
        "words read",
        "",
        3,
        False,
        "Share of a picture's words that Tesseract (Smith, 2007) reads rightly, over the pictures that have words.",
    ),
    Measure(
        "warping",
        "warping error",
        "levels²",
        2,
        True,
        "Squared change from frame to frame along the truth's motion (Lai et al., 2018), less the truth's own: "
        "unsteadiness, but softness lowers it too.",
    ),
    Measure(
        "flicker",
        "flicker",
        "levels",
        3,
        True,
        "Mean change from frame to frame where the truth stands still, less the truth's own: 0 is steady.",
    ),
    Measure(
        "pulse",
        "pulse",
        "dB",
        2,
        True,
        "How far PSNR goes up and down between two key frames, the mean over groups of pictures: 0 is even.",
    ),
    Measure(
        "blocking",
        "blocking",
        "levels",
        3,
        True,
        "Mean step across the edges of coded 8x8 blocks less the mean step across their middles, less the truth's own.",
    ),
)

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _ALL}

"""The heads suite of CallBench: clips of talking people at the operating points of bad lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crispen.callbench.case import Case
from crispen.callbench.contenders.contender import Contender
from crispen.callbench.heads_cases import find_clips, head_cases, head_clip
from crispen.callbench.operating_points import POINTS
from crispen.callbench.scoring import score_clips
from crispen.callbench.suite_run import RunOptions, SuitePart, SuiteRun, run_part
from crispen.metrics.registry import METRICS

HEADS_METRICS = ("psnr", "psnr_u", "psnr_v", "ssim", "ms_ssim", "lpips", "vmaf", "vmaf_neg", "flicker", "blocking")
_COSTLY_AT = "360p30-150k"  # the rung at which costly metrics are computed


def run_heads(
    folders: Sequence[Path],
    contenders: Sequence[Contender],
    options: RunOptions,
    points: Sequence[str] = tuple(POINTS),
) -> SuiteRun:
    """Measures `contenders`, and the input before them, on the clips in `folders` at `points`.

    Raises:
        CrispenError: If the folders hold no video, or two of one name.
    """
    clips = find_clips(folders)
    wanted = [case for case in head_cases(clips) if case[1] in points]
    names = [name for name in HEADS_METRICS if options.lpips or name != "lpips"]
    cheap = [name for name in names if not METRICS[name].costly]

    def metrics_of(case: Case) -> Sequence[str]:
        return names if case.condition.partition("/")[2] == _COSTLY_AT else cheap

    part = SuitePart("clips", clips, wanted, POINTS, head_clip, score_clips, metrics_of)
    return run_part(part, contenders, options)

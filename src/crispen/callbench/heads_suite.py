"""The heads suite of CallBench: clips of talking people at the operating points of bad lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crispen.callbench.case import Case
from crispen.callbench.contenders.contender import Contender
from crispen.callbench.hashing import hash_file
from crispen.callbench.heads_cases import find_clips, head_cases, head_clip
from crispen.callbench.operating_points import POINTS
from crispen.callbench.scoring import CaseResult, input_contender, score_clips
from crispen.callbench.suite_run import RunOptions, SuitePart, measure
from crispen.metrics.registry import METRICS

HEADS_METRICS = ("psnr", "psnr_u", "psnr_v", "ssim", "ms_ssim", "lpips", "vmaf", "vmaf_neg", "flicker", "blocking")
_COSTLY_AT = ("360p30-150k", "180p15-80k")  # rungs at which costly metrics are computed


@dataclass(frozen=True)
class HeadsRun:
    """Results of one run.

    Attributes:
        cases: The clips at their operating points.
        contenders: The input first.
        results: Results of every contender.
        failures: {(clip, point): why the case was not built}.
        clips: {name: SHA-256 of the file}.
    """

    cases: Sequence[Case]
    contenders: Sequence[Contender]
    results: Sequence[CaseResult]
    failures: Mapping[tuple[str, str], str]
    clips: Mapping[str, str]


def run_heads(
    folders: Sequence[Path],
    contenders: Sequence[Contender],
    options: RunOptions,
    points: Sequence[str] = tuple(POINTS),
) -> HeadsRun:
    """Measures `contenders`, and the input before them, on the clips in `folders` at `points`.

    Raises:
        CrispenError: If the folders hold no video, or two of one name.
    """
    contenders = [input_contender(), *contenders]
    clips = find_clips(folders)
    wanted = [case for case in head_cases(clips) if case[1] in points]
    names = [name for name in HEADS_METRICS if options.lpips or name != "lpips"]
    cheap = [name for name in names if not METRICS[name].costly]

    def metrics_of(case: Case) -> Sequence[str]:
        return names if case.condition.partition("/")[2] in _COSTLY_AT else cheap

    part = SuitePart("clips", clips, wanted, POINTS, head_clip, score_clips, metrics_of)
    found = measure(part, contenders, options)
    hashes = {name: hash_file(path) for name, path in clips.items()}
    return HeadsRun(found.cases, contenders, found.results, found.failures, hashes)

"""Scores every contender on every case, except what the score store already holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from crispen.callbench.case import Case
from crispen.callbench.case_builder import OnProgress
from crispen.callbench.contenders.contender import Contender, Failed, PlaneContender, mismatch, unchanged
from crispen.callbench.score_store import ScoreStore
from crispen.errors import CrispenError
from crispen.metrics import (
    blocking,
    comparison,
    flicker,
    key_frame_pulse,
    ms_ssim,
    optical_flow,
    psnr,
    registry,
    ssim,
    text_accuracy,
    vmaf,
    warping,
)
from crispen.metrics.comparison import ClipTruth, PerceptualDistance, PictureTruth
from crispen.metrics.registry import Scores, score_clip, score_picture

INPUT = "input"
# The code on which scores depend; LPIPS, which needs PyTorch, is identified by its weights.
METRIC_CODE = (
    *(blocking, comparison, flicker, key_frame_pulse, ms_ssim, optical_flow, psnr, registry, ssim, text_accuracy),
    *(vmaf, warping),
)

MetricsOf = Callable[[Case], Sequence[str]]
_Metrics = Callable[[np.ndarray, Sequence[str]], Scores]  # of an output: the metrics wanted
_Outputs = Iterator[np.ndarray | Failed]


@dataclass(frozen=True)
class CaseResult:
    """One contender on one case.

    Attributes:
        picture: Name of the picture or clip.
        condition: Name of the condition.
        contender: Name of the contender. INPUT is what was received, unchanged.
        scores: {metric: value}, empty if it failed.
        failed: Why, in one line.
    """

    picture: str
    condition: str
    contender: str
    scores: Mapping[str, float | None]
    failed: str | None = None


def input_contender() -> PlaneContender:
    """The contender that all others are compared with."""
    return PlaneContender(INPUT, "input", unchanged, INPUT, "what was received, unchanged", 0.0)


def score_pictures(
    cases: Sequence[Case],
    contenders: Sequence[Contender],
    metrics_of: MetricsOf,
    store: ScoreStore,
    with_text: Collection[str] = (),
    lpips: PerceptualDistance | None = None,
    jobs: int = 1,
    report: OnProgress = lambda done, total: None,
) -> list[CaseResult]:
    """Scores pictures. Contenders run in this thread, one after another; `jobs` threads compute metrics.

    Args:
        cases: The cases, which `still` built.
        contenders: The contenders to measure.
        metrics_of: Names of the metrics of a case.
        store: Holds what is known, and keeps what is new.
        with_text: Names of the pictures that have text to read.
        lpips: None leaves LPIPS out.
        jobs: Threads.
        report: Called with (done, total) as cases are scored.

    Returns:
        A result for each case and contender, case by case. What cannot be measured is a failed result.
    """

    def metrics(case: Case) -> _Metrics:
        return partial(score_picture, PictureTruth(case.plane("truth"), case.picture in with_text, lpips))

    def outputs(contender: Contender, due: Sequence[Case]) -> _Outputs:
        return contender.pictures(case.input() for case in due)

    return _score(cases, contenders, metrics_of, store, metrics, outputs, jobs, report)


def score_clips(
    cases: Sequence[Case],
    contenders: Sequence[Contender],
    metrics_of: MetricsOf,
    store: ScoreStore,
    lpips: PerceptualDistance | None = None,
    jobs: int = 1,
    report: OnProgress = lambda done, total: None,
) -> list[CaseResult]:
    """Scores clips; arguments and result are those of `score_pictures`."""

    def metrics(case: Case) -> _Metrics:
        planes, record = (case.frames("truth"), case.frames("received")), case.record
        truth = ClipTruth(*planes, record["keys"], record.get("factor", 1.0), lpips, case.chroma())
        return partial(score_clip, truth)

    def outputs(contender: Contender, due: Sequence[Case]) -> _Outputs:
        return (_clip_output(contender, case) for case in due)

    return _score(cases, contenders, metrics_of, store, metrics, outputs, jobs, report)


def _clip_output(contender: Contender, case: Case) -> np.ndarray | Failed:
    frames = case.input_frames()
    made = contender.clip(frames)
    if isinstance(made, Failed):
        return made
    if len(made) != len(frames):
        return Failed(f"it made {len(made)} frames of {len(frames)}")
    wrong = (mismatch(output, frame.received) for output, frame in zip(made, frames, strict=True))
    return next(filter(None, wrong), None) or np.stack(made)


def _score(
    cases: Sequence[Case],
    contenders: Sequence[Contender],
    metrics_of: MetricsOf,
    store: ScoreStore,
    metrics: Callable[[Case], _Metrics],
    outputs: Callable[[Contender, Sequence[Case]], _Outputs],
    jobs: int,
    report: OnProgress,
) -> list[CaseResult]:
    missing = {
        (contender.name, case.digest): names
        for contender in contenders
        for case in cases
        if (names := [name for name in metrics_of(case) if name not in store.get(contender.identity, case.digest)])
    }
    # One case after another for all contenders: a truth is read once. A program that takes many pictures at once reads
    # ahead.
    made = {
        contender.name: outputs(contender, [case for case in cases if (contender.name, case.digest) in missing])
        for contender in contenders
    }
    due = {digest for _, digest in missing}
    failed: dict[tuple[str, str], str] = {}
    done, total = 0, sum(case.digest in due for case in cases)
    with ThreadPoolExecutor(jobs) as pool:
        for case in (case for case in cases if case.digest in due):
            measure, running = metrics(case), []
            for contender in (one for one in contenders if (one.name, case.digest) in missing):
                output = next(made[contender.name], Failed("it made fewer outputs than it was given pictures"))
                if isinstance(output, Failed):
                    failed[contender.name, case.digest] = output.reason
                else:
                    running.append((contender, pool.submit(measure, output, missing[contender.name, case.digest])))
            for contender, scores in running:
                try:
                    store.add(contender.identity, case.digest, scores.result())
                except (CrispenError, ValueError) as error:
                    failed[contender.name, case.digest] = str(error).splitlines()[0]
            done += 1
            report(done, total)
    return [_result(case, contender, metrics_of(case), store, failed) for case in cases for contender in contenders]


def _result(
    case: Case, contender: Contender, wanted: Sequence[str], store: ScoreStore, failed: Mapping[tuple[str, str], str]
) -> CaseResult:
    reason = failed.get((contender.name, case.digest))
    known: Scores = {} if reason else store.get(contender.identity, case.digest)
    scores = {name: known[name] for name in wanted if name in known}
    return CaseResult(case.picture, case.condition, contender.name, scores, reason)

"""The run that all suites share: builds cases and scores contenders, and reuses what the cache holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crispen.callbench.case import Case
from crispen.callbench.case_builder import Build, build_cases
from crispen.callbench.contenders.contender import Contender
from crispen.callbench.hashing import hash_file
from crispen.callbench.score_store import ScoreStore
from crispen.callbench.scoring import METRIC_CODE, CaseResult, MetricsOf, OnProgress, input_contender
from crispen.errors import CrispenError
from crispen.metrics.comparison import PerceptualDistance
from crispen.metrics.text_accuracy import read
from crispen.metrics.vmaf import vmaf

SuiteProgress = Callable[[str], OnProgress]  # what is done -> (done, total) -> None


@dataclass(frozen=True)
class RunOptions:
    """How a suite is run.

    Attributes:
        cache: Folder for cases and scores.
        seed: Seed of motion and noise.
        jobs: Processes or threads at once.
        lpips: The metric and the hash of its weights; None leaves it out.
        without: Metrics to leave out.
        progress: Makes the progress report of a step.
    """

    cache: Path
    seed: int = 1
    jobs: int = 1
    lpips: tuple[PerceptualDistance, str] | None = None
    without: frozenset[str] = frozenset()
    progress: SuiteProgress = lambda what: lambda done, total: None

    def store(self) -> ScoreStore:
        """The scores that the same metrics with the same weights computed before."""
        return ScoreStore(self.cache / "scores", METRIC_CODE, self.lpips[1] if self.lpips else "")


@dataclass(frozen=True)
class SuitePart:
    """Cases of one kind.

    Attributes:
        name: For progress, such as "clips".
        sources: {name: path} of pictures or videos.
        wanted: The (source, condition) of each case.
        conditions: {name: condition}, as `build` takes them.
        build: Makes the planes of a case.
        score: `scoring.score_pictures` or `scoring.score_clips`.
        metrics_of: Names of the metrics of a case.
    """

    name: str
    sources: Mapping[str, Path]
    wanted: Sequence[tuple[str, str]]
    conditions: Mapping[str, Any]
    build: Build
    score: Callable[..., list[CaseResult]]
    metrics_of: MetricsOf


@dataclass(frozen=True)
class Measured:
    """cases: that could be built. results: of every contender. failures: {(source, condition): why not built}."""

    cases: Sequence[Case]
    results: Sequence[CaseResult]
    failures: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class SuiteRun:
    """Results of one run of a suite whose cases are reported one by one: heads or combined.

    Attributes:
        cases: The cases that could be built.
        contenders: The input first.
        results: Results of every contender.
        failures: {(picture or clip, condition): why the case was not built}.
        hashes: {picture or clip: SHA-256 of the file}.
    """

    cases: Sequence[Case]
    contenders: Sequence[Contender]
    results: Sequence[CaseResult]
    failures: Mapping[tuple[str, str], str]
    hashes: Mapping[str, str]


def run_part(part: SuitePart, contenders: Sequence[Contender], options: RunOptions) -> SuiteRun:
    """Measures `contenders`, and the input before them, on `part`, which is the whole suite."""
    contenders = [input_contender(), *contenders]
    found = measure(part, contenders, options)
    hashes = {name: hash_file(path) for name, path in part.sources.items()}
    return SuiteRun(found.cases, contenders, found.results, found.failures, hashes)


def measure(part: SuitePart, contenders: Sequence[Contender], options: RunOptions) -> Measured:
    """Builds the cases of `part` and scores `contenders` on them."""
    failures: dict[tuple[str, str], str] = {}
    cases = build_cases(
        part.sources,
        part.wanted,
        part.conditions,
        options.cache,
        options.seed,
        options.jobs,
        options.progress(f"{part.name} built"),
        part.build,
        failures,
    )

    def metrics_of(case: Case) -> list[str]:
        return [name for name in part.metrics_of(case) if name not in options.without]

    results = part.score(
        cases,
        contenders,
        metrics_of,
        options.store(),
        lpips=options.lpips[0] if options.lpips else None,
        jobs=options.jobs,
        report=options.progress(f"{part.name} scored"),
    )
    return Measured(cases, results, failures)


def unavailable_metrics() -> dict[str, str]:
    """{metric: why} of the metrics whose program this machine lacks: FFmpeg with libvmaf, and Tesseract."""
    plane, lacking = np.full((64, 64), 128, np.uint8), {}
    for names, compute in ((("vmaf", "vmaf_neg"), lambda: vmaf([plane], [plane])), (("words",), lambda: read(plane))):
        try:
            compute()
        except CrispenError as error:
            lacking |= dict.fromkeys(names, str(error))
    return lacking

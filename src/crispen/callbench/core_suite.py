"""The core suite of CallBench: still pictures and clips under CallBench's conditions, and the speed of contenders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PIL import Image

from crispen.callbench.callbench_manifest import CallBenchManifest
from crispen.callbench.case import Case
from crispen.callbench.clip_cases import clip
from crispen.callbench.conditions import CALLBENCH, CLIPS
from crispen.callbench.contenders.contender import Contender, Failed
from crispen.callbench.contenders.contender_speed import Speed, SpeedConfig, measure_speed
from crispen.callbench.hashing import hash_file
from crispen.callbench.picture_cases import find_pictures, still, words_beside
from crispen.callbench.sampling import CLIP_METRICS, Plan, full_plan, quick_plan
from crispen.callbench.scoring import CaseResult, OnProgress, input_contender, score_clips, score_pictures
from crispen.callbench.suite_run import Measured, RunOptions, SuitePart, measure, unavailable_metrics
from crispen.data.clean_sources import VIDEOS
from crispen.errors import CrispenError
from crispen.media.file_tree import find_files
from crispen.metrics.text_accuracy import share_of_words_read


@dataclass(frozen=True)
class CoreConfig:
    """What the core suite measures.

    Attributes:
        folders: Folders of clean pictures and videos.
        conditions: Names in CALLBENCH, in order.
        clip_conditions: Names in CLIPS, in order.
        quick: A fixed small part instead.
        limit: Largest number of pictures, which are spread evenly.
        speed: None leaves the speeds out.
    """

    folders: Sequence[Path]
    conditions: Sequence[str] = tuple(CALLBENCH)
    clip_conditions: Sequence[str] = tuple(CLIPS)
    quick: bool = False
    limit: int | None = None
    speed: SpeedConfig | None = None


@dataclass(frozen=True)
class CoreRun:
    """Results of one run.

    Attributes:
        categories: {picture: category}.
        contenders: The input first.
        cases: Cases of pictures.
        clips: Cases of clips.
        results: Results of pictures.
        clip_results: Results of clips.
        broken: {(picture, condition): why no case could be built}.
        speeds: {contender: speed, or None where it failed}.
        words_read_in_truth: {picture: share of its words that are read in the truth itself}.
        given: SHA-256 of every file given.
        seed: Seed of motion and noise.
        notes: Lines for people.
    """

    categories: Mapping[str, str]
    contenders: Sequence[Contender]
    cases: Sequence[Case]
    clips: Sequence[Case]
    results: Sequence[CaseResult]
    clip_results: Sequence[CaseResult]
    broken: Mapping[tuple[str, str], str]
    speeds: Mapping[str, Speed | None]
    words_read_in_truth: Mapping[str, float]
    given: frozenset[str]
    seed: int
    notes: Sequence[str]


def run_core(
    config: CoreConfig,
    contenders: Sequence[Contender],
    manifest: CallBenchManifest,
    options: RunOptions,
    notes: Sequence[str] = (),
) -> CoreRun:
    """Measures `contenders`, and the input before them.

    A broken picture is reported in every case that it is missing from.

    Raises:
        CrispenError: If the folders hold no picture, or two of one name.
    """
    contenders = [input_contender(), *contenders]
    pictures, videos = find_pictures_and_videos(config.folders, config.limit)
    hashes = {name: hash_file(path) for name, path in pictures.items()}
    given = frozenset([*hashes.values(), *map(hash_file, videos.values())])
    categories = categories_of(hashes, manifest)
    plan = _plan(config, pictures, videos, categories)
    lacking = unavailable_metrics()
    options = replace(options, without=options.without | lacking.keys())
    notes = [*notes, *(f"{name} was not measured: {why}" for name, why in lacking.items())]
    words = {name: found for name, path in plan.pictures.items() if (found := words_beside(path))}
    score = partial(score_pictures, with_text=words)
    conditions = {name: entry.condition for name, entry in CALLBENCH.items()}
    parts = (
        SuitePart("inputs", pictures, plan.cases, conditions, still, score, plan.metrics_of),
        SuitePart(
            "clips", {**plan.pictures, **videos}, plan.clips, CLIPS, clip, score_clips, lambda case: CLIP_METRICS
        ),
    )
    found, clips = (measure(part, contenders, options) for part in parts)
    with_text = {
        case.picture: case for case in found.cases if case.picture in words and "words" in plan.metrics_of(case)
    }
    if "words" in options.without:
        with_text = {}
    in_truth = {name: share_of_words_read(words[name], case.plane("truth")) for name, case in with_text.items()}
    return CoreRun(
        categories,
        contenders,
        found.cases,
        clips.cases,
        [*found.results, *_unbuilt(plan.cases, found, contenders)],
        [*clips.results, *_unbuilt(plan.clips, clips, contenders)],
        {**found.failures, **clips.failures},
        _speeds(contenders, config.speed, options.progress("timed")) if config.speed else {},
        in_truth,
        given,
        options.seed,
        notes,
    )


def find_pictures_and_videos(
    folders: Sequence[Path], limit: int | None = None
) -> tuple[dict[str, Path], dict[str, Path]]:
    """Finds the pictures and the videos below `folders` by their path in them, sorted within each folder.

    Raises:
        CrispenError: If there is no picture, or if two folders have one of the same name.
    """
    pictures: dict[str, Path] = {}
    videos: dict[str, Path] = {}
    for folder in folders:
        found = find_pictures(folder)
        if doubled := found.keys() & pictures.keys():
            raise CrispenError(f"{min(doubled)} is in two of the folders; rename one of them")
        pictures |= found
        videos |= {path.relative_to(folder).as_posix(): path for path in find_files(folder, VIDEOS)}
    if limit is not None and limit < len(pictures):
        names = list(pictures)
        pictures = {name: pictures[name] for name in (names[k * len(names) // limit] for k in range(limit))}
    return pictures, videos


def categories_of(hashes: Mapping[str, str], manifest: CallBenchManifest) -> dict[str, str]:
    """The category of each picture {name: SHA-256}: that of CallBench, or else the name of its folder."""
    return {name: manifest.category(digest) or _folder_of(name) for name, digest in hashes.items()}


def _plan(
    config: CoreConfig, pictures: Mapping[str, Path], videos: Mapping[str, Path], categories: Mapping[str, str]
) -> Plan:
    sizes = {name: _size(path) for name, path in pictures.items()}
    if config.quick:
        plan = quick_plan(pictures, categories, sizes)
        return replace(plan, cases=[case for case in plan.cases if case[1] in config.conditions])
    return full_plan(pictures, categories, sizes, list(videos), config.conditions, config.clip_conditions)


def _size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as image:
            return image.size
    except Exception:
        return 0, 0  # building its cases will say what is wrong


def _folder_of(name: str) -> str:
    return name.rpartition("/")[0].rpartition("/")[2] or "pictures"


def _unbuilt(wanted: Sequence[tuple[str, str]], found: Measured, contenders: Sequence[Contender]) -> list[CaseResult]:
    """A failed result of every contender for each case that could not be built."""
    return [
        CaseResult(*case, contender.name, {}, found.failures[case])
        for case in wanted
        if case in found.failures
        for contender in contenders
    ]


def _speeds(contenders: Sequence[Contender], config: SpeedConfig, report: OnProgress) -> dict[str, Speed | None]:
    speeds = {}
    for done, contender in enumerate(contenders, 1):
        found = measure_speed(contender, config)
        speeds[contender.name] = None if isinstance(found, Failed) else found
        report(done, len(contenders))
    return speeds

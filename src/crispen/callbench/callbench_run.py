"""One run of CallBench: inputs built, contenders scored and timed, whatever the cache holds already left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from crispen.callbench import scoring as judge
from crispen.callbench.callbench_manifest import Manifest
from crispen.callbench.clip_cases import clip
from crispen.callbench.conditions import CALLBENCH, CLIPS
from crispen.callbench.contender_scores import Case, received_as_it_is, score_clips, score_pictures
from crispen.callbench.contenders.contender import Contender, Failed
from crispen.callbench.contenders.contender_speed import Speed, SpeedConfig, measure_speed
from crispen.callbench.evaluation import Evaluation
from crispen.callbench.picture_cases import Pair, build_cases, find_pictures, hash_file
from crispen.callbench.sampling import Suite, quick, suite
from crispen.callbench.score_store import ScoreStore
from crispen.callbench.scoring import Distance, share_read, words_beside
from crispen.data.clean_sources import VIDEOS
from crispen.errors import CrispenError
from crispen.media.file_tree import find_files
from crispen.metrics import multi_scale_ssim as ms_ssim
from crispen.metrics import optical_flow as flow
from crispen.metrics import psnr_ssim as metrics
from crispen.metrics import temporal, vmaf
from crispen.metrics import text_accuracy as ocr

_MEASURING = (metrics, ms_ssim, vmaf, ocr, flow, temporal, judge)
Progress = Callable[[str], Callable[[int, int], None]]  # what is done -> (done, total) -> None


@dataclass(frozen=True)
class RunConfig:
    """folders: of clean pictures and videos. conditions, clip_conditions: names in CALLBENCH and CLIPS, in order.

    quick: a fixed small part instead. limit: at most so many pictures, spread evenly. cache: folder for inputs and
    scores. seed: of motion and noise. jobs: processes or threads at once. speed: None leaves the speeds out.
    """

    folders: Sequence[Path]
    cache: Path
    conditions: Sequence[str] = tuple(CALLBENCH)
    clip_conditions: Sequence[str] = tuple(CLIPS)
    quick: bool = False
    limit: int | None = None
    seed: int = 1
    jobs: int = 1
    speed: SpeedConfig | None = None


def run(
    config: RunConfig,
    contenders: Sequence[Contender],
    manifest: Manifest,
    lpips: tuple[Distance, str] | None = None,
    notes: Sequence[str] = (),
    progress: Progress = lambda what: lambda done, total: None,
) -> Evaluation:
    """Measures `contenders`, and the input before them.

    lpips: the measure and a hash of its weights. A picture that is broken is reported in every case that it is missing
    from. Raises CrispenError if the folders hold no picture, or two of one name.
    """
    contenders = [received_as_it_is(), *contenders]
    pictures, videos = sources(config.folders, config.limit)
    hashes = {name: hash_file(path) for name, path in pictures.items()}
    given = frozenset([*hashes.values(), *map(hash_file, videos.values())])
    categories = {name: manifest.category(digest) or _folder_of(name) for name, digest in hashes.items()}
    plan = _plan(config, pictures, videos, categories)
    broken: dict[tuple[str, str], str] = {}
    damages = {name: entry.condition for name, entry in CALLBENCH.items()}
    everything = {**plan.pictures, **videos}
    options = (config.cache, config.seed, config.jobs)
    pairs = build_cases(pictures, plan.cases, damages, *options, progress("inputs built"), failures=broken)
    clips = build_cases(everything, plan.clips, CLIPS, *options, progress("clips built"), clip, broken)
    words = {name: found for name, path in plan.pictures.items() if (found := words_beside(path))}
    store = ScoreStore(config.cache / "scores", _MEASURING, lpips[1] if lpips else "")
    distance = lpips[0] if lpips else None
    lacking = unavailable()
    wanted, wanted_of_clip = (_without(lacking, one) for one in (plan.wanted, plan.wanted_of_clip))
    notes = [*notes, *(f"{name} was not measured: {why}" for name, why in lacking.items())]
    cases = score_pictures(pairs, contenders, wanted, store, words, distance, config.jobs, progress("inputs scored"))
    clip_cases = score_clips(clips, contenders, wanted_of_clip, store, config.jobs, progress("clips scored"))
    cases += _unbuilt(plan.cases, broken, contenders)
    clip_cases += _unbuilt(plan.clips, broken, contenders)
    on_truth = {pair.picture: pair for pair in pairs if pair.picture in words and "words" in wanted(pair)}
    read = {name: share_read(words[name], pair.plane("truth")) for name, pair in on_truth.items()}
    speeds = _speeds(contenders, config.speed, progress("timed")) if config.speed else {}
    return Evaluation(
        categories, contenders, pairs, clips, cases, clip_cases, broken, speeds, read, given, config.seed, notes
    )


def sources(folders: Sequence[Path], limit: int | None = None) -> tuple[dict[str, Path], dict[str, Path]]:
    """The pictures and the videos below `folders` by their names in them, sorted within each folder.

    Raises CrispenError if there is no picture, or if two folders have one of the same name.
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


def unavailable() -> dict[str, str]:
    """{measure: why}, of those whose program this machine lacks: VMAF's FFmpeg, and Tesseract."""
    plane, lacking = np.full((64, 64), 128, np.uint8), {}
    for names, measure in (
        (("vmaf", "vmaf_neg"), lambda: vmaf.vmaf([plane], [plane])),
        (("words",), lambda: ocr.read(plane)),
    ):
        try:
            measure()
        except CrispenError as error:
            lacking |= dict.fromkeys(names, str(error))
    return lacking


def _without(lacking: Collection[str], wanted: Callable[[Pair], Sequence[str]]) -> Callable[[Pair], Sequence[str]]:
    return lambda pair: [name for name in wanted(pair) if name not in lacking]


def _plan(
    config: RunConfig, pictures: Mapping[str, Path], videos: Mapping[str, Path], categories: Mapping[str, str]
) -> Suite:
    sizes = {name: _size(path) for name, path in pictures.items()}
    if config.quick:
        plan = quick(pictures, categories, sizes)
        return replace(plan, cases=[case for case in plan.cases if case[1] in config.conditions])
    return suite(pictures, categories, sizes, list(videos), config.conditions, config.clip_conditions)


def _size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as image:
            return image.size
    except Exception:
        return 0, 0  # building its inputs will say what is wrong


def _folder_of(name: str) -> str:
    return name.rpartition("/")[0].rpartition("/")[2] or "pictures"


def _unbuilt(
    wanted: Sequence[tuple[str, str]], broken: Mapping[tuple[str, str], str], contenders: Sequence[Contender]
) -> list[Case]:
    """A failed case of every contender for each input that could not be built."""
    return [
        Case(*case, contender.name, {}, broken[case]) for case in wanted if case in broken for contender in contenders
    ]


def _speeds(
    contenders: Sequence[Contender], config: SpeedConfig, report: Callable[[int, int], None]
) -> dict[str, Speed | None]:
    speeds = {}
    for done, contender in enumerate(contenders, 1):
        found = measure_speed(contender, config)
        speeds[contender.name] = None if isinstance(found, Failed) else found
        report(done, len(contenders))
    return speeds

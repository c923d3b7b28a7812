"""One run of the heads suite: every clip at every operating point, and what each contender gains there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from crispen import __version__
from crispen.callbench import scoring as judge
from crispen.callbench.bootstrap import draw, interval
from crispen.callbench.clip_cases import arrived_frames, frames_of
from crispen.callbench.contender_scores import INPUT, Case, received_as_it_is, score_clips
from crispen.callbench.contenders.contender import Contender, Failed
from crispen.callbench.heads_cases import head_cases, head_clip
from crispen.callbench.operating_points import POINTS, STARVED
from crispen.callbench.picture_cases import Pair, build_cases, hash_file, library_versions
from crispen.callbench.report.contact_sheet import SheetConfig, compared, paper
from crispen.callbench.score_store import ScoreStore
from crispen.callbench.scoring import HEADS, Distance
from crispen.data.clean_sources import VIDEOS
from crispen.errors import CrispenError
from crispen.media.file_tree import find_files
from crispen.metrics import blocking, temporal, vmaf
from crispen.metrics import multi_scale_ssim as ms_ssim
from crispen.metrics import psnr_ssim as metrics
from crispen.speed.machine import machine

WORSE = 0.05  # dB: a case that loses more than this counts as made worse
WORST = 10
_COSTLY = ("lpips", "vmaf", "vmaf_neg")  # over a second for each case: measured at these rungs only
_COSTLY_AT = ("360p30-150k", "180p15-80k")
_MEASURING = (blocking, metrics, ms_ssim, vmaf, temporal, judge)


@dataclass(frozen=True)
class HeadsRun:
    """pairs: the inputs. cases: of every contender, INPUT first. failures: {(clip, point): why it was not built}."""

    pairs: Sequence[Pair]
    contenders: Sequence[Contender]
    cases: Sequence[Case]
    failures: Mapping[tuple[str, str], str]
    clips: Mapping[str, str]  # {name: SHA-256 of the file}


def find_clips(folders: Sequence[Path]) -> dict[str, Path]:
    """{file name: path} of the videos below `folders`.

    Raises CrispenError if there is none, two have one name, or a folder cannot be read.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for path in find_files(folder, VIDEOS):
            if path.name in found:
                raise CrispenError(f"{path.name} is in two of the folders; rename one of them")
            found[path.name] = path
    if not found:
        raise CrispenError(f"{folders[0]} holds no video; the heads suite needs clips of talking people")
    return found


def run_heads(
    folders: Sequence[Path],
    cache: Path,
    contenders: Sequence[Contender],
    jobs: int = 1,
    seed: int = 1,
    lpips: tuple[Distance, str] | None = None,
    points: Sequence[str] = tuple(POINTS),
    without: Sequence[str] = (),
    progress: Callable[[str], Callable[[int, int], None]] = lambda what: lambda done, total: None,
) -> HeadsRun:
    """Measures `contenders` on the clips in `folders` at `points`.

    cache: folder for inputs and scores. lpips: the measure and a hash of its weights. without: measures to leave out.
    """
    clips = find_clips(folders)
    wanted = [case for case in head_cases(clips) if case[1] in points]
    failures: dict[tuple[str, str], str] = {}
    built = progress("inputs built")
    pairs = build_cases(clips, wanted, POINTS, cache, seed, jobs, built, head_clip, failures)
    store = ScoreStore(cache / "scores", _MEASURING, lpips[1] if lpips else "")
    names = [name for name in HEADS if name not in without and (lpips or name != "lpips")]
    cheap = [name for name in names if name not in _COSTLY]
    contenders = [received_as_it_is(), *contenders]
    distance = lpips[0] if lpips else None

    def of(pair: Pair) -> list[str]:
        return names if pair.condition.partition("/")[2] in _COSTLY_AT else cheap

    cases = score_clips(pairs, contenders, of, store, jobs, progress("clips scored"), distance)
    return HeadsRun(pairs, contenders, cases, failures, {name: hash_file(path) for name, path in clips.items()})


def summarise_heads(run: HeadsRun) -> dict:
    """What the report is made of: for each contender the mean, the starved points, each point, each clip, each case."""
    before = {(case.picture, case.condition): case for case in run.cases if case.contender == INPUT}
    rows = {}
    for contender in run.contenders:
        own = [case for case in run.cases if case.contender == contender.name]
        rows[contender.name] = {
            "kind": contender.kind,
            "described": contender.described,
            "mean": _group(own, before),
            "starved": _group([case for case in own if POINTS[case.condition].bits_per_pixel <= STARVED], before),
            "points": _groups(own, before, lambda case: case.condition),
            "clips": _groups(own, before, lambda case: case.picture),
            "cases": [_row(case, before) for case in own],
        }
    return {
        "callbench": "v2 heads",
        "machine": machine(),
        "versions": {"crispen": __version__} | library_versions(),
        "clips": dict(run.clips),
        "points": {name: vars(point) | {"bits_per_pixel": point.bits_per_pixel} for name, point in POINTS.items()},
        "not_built": [{"clip": name, "point": point, "why": why} for (name, point), why in run.failures.items()],
        "rows": rows,
    }


def worst_cases(row: Mapping) -> list[dict]:
    """The WORST cases of a contender's row, the greatest loss in PSNR first."""
    known = [case for case in row["cases"] if case["gain"].get("psnr") is not None]
    return sorted(known, key=lambda case: case["gain"]["psnr"])[:WORST]


def sheet_of_worst(run: HeadsRun, summary: dict, focus: str) -> Image.Image:
    """Input, output and truth of the worst cases of `focus`: of each the frame and the crop that it changed most."""
    contender = next(one for one in run.contenders if one.name == focus)
    at = {(pair.picture, pair.condition): pair for pair in run.pairs}
    rows = []
    for case in worst_cases(summary["rows"][focus]):
        pair = at[case["clip"], case["point"]]
        made = contender.clip(arrived_frames(pair))
        if isinstance(made, Failed):
            continue
        frames = list(zip(frames_of(pair, "truth"), frames_of(pair, "received"), made, strict=True))
        losses = [metrics.psnr(truth, output) - metrics.psnr(truth, received) for truth, received, output in frames]
        index = int(np.argmin(losses))
        truth, received, output = frames[index]
        title = f"{pair.picture}, {pair.condition}, frame {index}"
        rows.append(compared(truth, {INPUT: received, focus: output}, focus, title, SheetConfig(160, 2)))
    return paper(rows)


def _groups(
    cases: Sequence[Case], before: Mapping[tuple[str, str], Case], key: Callable[[Case], str]
) -> dict[str, dict]:
    names = dict.fromkeys(map(key, cases))
    return {name: _group([case for case in cases if key(case) == name], before) for name in names}


def _group(cases: Sequence[Case], before: Mapping[tuple[str, str], Case]) -> dict:
    """Means over cases, and how many of them are made worse."""
    rows = [_row(case, before) for case in cases if not case.failed]
    found: dict = {"cases": len(cases), "failed": sum(bool(case.failed) for case in cases), "score": {}, "gain": {}}
    for name in dict.fromkeys(name for row in rows for name in row["score"]):
        known = [row for row in rows if row["score"].get(name) is not None]
        if known:
            found["score"][name] = float(np.mean([row["score"][name] for row in known]))
            found["gain"][name] = float(np.mean([row["gain"][name] for row in known]))
    gains = np.array([row["gain"]["psnr"] for row in rows])
    clips = [row["clip"] for row in rows]
    if len(set(clips)) > 1:
        sure = interval(gains, clips, [draw(len(set(clips)), np.random.default_rng(0), 5000)])
        found["interval"] = [sure.low, sure.high]
    found["worse"] = float(np.mean(gains < -WORSE)) if len(gains) else None
    found["worst"] = float(gains.min()) if len(gains) else None
    return found


def _row(case: Case, before: Mapping[tuple[str, str], Case]) -> dict:
    base = before[case.picture, case.condition].scores
    gain = {
        name: value - was
        for name, value in case.scores.items()
        if value is not None and (was := base.get(name)) is not None
    }
    return {
        "clip": case.picture,
        "point": case.condition,
        "score": dict(case.scores),
        "gain": gain,
        **({"failed": case.failed} if case.failed else {}),
    }

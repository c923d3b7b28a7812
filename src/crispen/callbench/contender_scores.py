"""Every contender on every case, whatever is already in the store left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from crispen.callbench.clip_cases import arrived_frames, frames_of
from crispen.callbench.contenders.contender import Contender, Failed, PlaneContender, as_it_is, unlike
from crispen.callbench.picture_cases import Pair
from crispen.callbench.score_store import ScoreStore
from crispen.callbench.scoring import ClipJudge, Distance, PictureJudge, Scores
from crispen.errors import CrispenError

INPUT = "input"


@dataclass(frozen=True)
class Case:
    """One contender on one pair. scores: {measure: value}, empty where it failed. failed: why, in one line.

    The contender INPUT is what was received, as it is.
    """

    picture: str
    condition: str
    contender: str
    scores: Mapping[str, float | None]
    failed: str | None = None


def received_as_it_is() -> PlaneContender:
    """The row that all others are compared with."""
    return PlaneContender(INPUT, "input", as_it_is, INPUT, "what arrived, as it is", 0.0)


def score_pictures(
    pairs: Sequence[Pair],
    contenders: Sequence[Contender],
    wanted: Callable[[Pair], Sequence[str]],
    store: ScoreStore,
    legible: Collection[str] = (),
    lpips: Distance | None = None,
    jobs: int = 1,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> list[Case]:
    """The cases of `pairs`, pair by pair, each with the contenders in their order.

    wanted: the names of a pair's measures. legible: pictures that have something to read. Contenders are called in this
    thread, one after the other; `jobs` threads measure what they made. What cannot be measured is a failed case.
    """

    def judge(pair: Pair) -> PictureJudge:
        return PictureJudge(pair.plane("truth"), pair.picture in legible, lpips)

    def outputs(contender: Contender, due: Sequence[Pair]) -> Iterator[np.ndarray | Failed]:
        return contender.pictures(pair.arrived() for pair in due)

    return _score(pairs, contenders, wanted, store, judge, outputs, jobs, report)


def score_clips(
    pairs: Sequence[Pair],
    contenders: Sequence[Contender],
    wanted: Callable[[Pair], Sequence[str]],
    store: ScoreStore,
    jobs: int = 1,
    report: Callable[[int, int], None] = lambda done, total: None,
    lpips: Distance | None = None,
) -> list[Case]:
    """As `score_pictures`, for pairs that `clip_cases.clip` or `heads_cases.head_clip` built."""

    def judge(pair: Pair) -> ClipJudge:
        truth, received = frames_of(pair, "truth"), frames_of(pair, "received")
        return ClipJudge(truth, received, pair.record["keys"], pair.record.get("factor", 1.0), lpips)

    def outputs(contender: Contender, due: Sequence[Pair]) -> Iterator[np.ndarray | Failed]:
        for pair in due:
            frames = arrived_frames(pair)
            made = contender.clip(frames)
            if isinstance(made, Failed):
                yield made
            elif len(made) != len(frames):
                yield Failed(f"it made {len(made)} frames of {len(frames)}")
            else:
                wrong = (unlike(one, frame.received) for one, frame in zip(made, frames, strict=True))
                yield next(filter(None, wrong), None) or np.stack(made)

    return _score(pairs, contenders, wanted, store, judge, outputs, jobs, report)


def _score(
    pairs: Sequence[Pair],
    contenders: Sequence[Contender],
    wanted: Callable[[Pair], Sequence[str]],
    store: ScoreStore,
    judge: Callable[[Pair], Any],
    outputs: Callable[[Contender, Sequence[Pair]], Iterator[np.ndarray | Failed]],
    jobs: int,
    report: Callable[[int, int], None],
) -> list[Case]:
    lacking = {
        (contender.name, pair.digest): missing
        for contender in contenders
        for pair in pairs
        if (missing := [name for name in wanted(pair) if name not in store.get(contender.identity, pair.digest)])
    }
    # In step, pair by pair: a truth is read once, and a program that takes many pictures at once reads ahead.
    makers = {
        contender.name: outputs(contender, [pair for pair in pairs if (contender.name, pair.digest) in lacking])
        for contender in contenders
    }
    due = {digest for _, digest in lacking}
    failed, done, total = {}, 0, sum(pair.digest in due for pair in pairs)
    with ThreadPoolExecutor(jobs) as pool:
        for pair in pairs:
            if pair.digest not in due:
                continue
            measure, running = judge(pair), []
            for contender in contenders:
                missing = lacking.get((contender.name, pair.digest))
                if missing is None:
                    continue
                output = next(makers[contender.name], Failed("it made fewer outputs than it was given pictures"))
                if isinstance(output, Failed):
                    failed[contender.name, pair.digest] = output.reason
                else:
                    running.append((contender, pool.submit(measure, output, missing)))
            for contender, scores in running:
                try:
                    store.add(contender.identity, pair.digest, scores.result())
                except (CrispenError, ValueError) as error:
                    failed[contender.name, pair.digest] = str(error).splitlines()[0]
            done += 1
            report(done, total)
    return [_case(pair, contender, wanted(pair), store, failed) for pair in pairs for contender in contenders]


def _case(pair: Pair, contender: Contender, wanted: Sequence[str], store: ScoreStore, failed: dict) -> Case:
    reason = failed.get((contender.name, pair.digest))
    known: Scores = {} if reason else store.get(contender.identity, pair.digest)
    scores = {name: known[name] for name in wanted if name in known}
    return Case(pair.picture, pair.condition, contender.name, scores, reason)

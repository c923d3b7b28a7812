"""Results of a study: scores, preferences, and the reliability of each rater."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, comb
from statistics import median

import numpy as np

from crispen import __version__
from crispen.errors import CrispenError
from crispen.study.answers import Rater
from crispen.study.bradley_terry import PRIOR, Strengths, connected, strengths
from crispen.study.consistency import consistency
from crispen.study.study_key import Key
from crispen.study.trial_plan import FEWEST_CHECKS

_FEW = 10  # raters, under which the intervals of a bootstrap are too narrow


@dataclass(frozen=True)
class ScoreConfig:
    """attention: smallest share of attention checks to pass. resamples, seed: of the bootstrap over raters."""

    attention: float = 0.9
    resamples: int = 2000
    seed: int = 1


@dataclass(frozen=True)
class StudyResults:
    """The scores of a study. Reading them raises CrispenError if the answers give none."""

    key: Key
    raters: Sequence[Rater]
    config: ScoreConfig

    def reason(self, rater: Rater) -> str | None:
        """Why a rater is excluded; None for one who is not."""
        passed, answered = rater.checks
        if answered < FEWEST_CHECKS:
            return f"answered {answered} attention checks, under {FEWEST_CHECKS}"
        if passed < self._needed(answered):
            return f"passed {passed} of {answered} attention checks"
        return None

    @cached_property
    def used(self) -> list[Rater]:
        return [rater for rater in self.raters if self.reason(rater) is None]

    @cached_property
    def wins(self) -> np.ndarray:
        """(raters used, k, k), see Rater.wins."""
        if not self.used:
            raise CrispenError(
                f"no rater is left: of {len(self.raters)} none passed {self.config.attention:.0%} of the attention "
                f"checks, the first one {self.reason(self.raters[0])}"
            )
        return np.stack([rater.wins(self.key.conditions) for rater in self.used])

    @cached_property
    def strengths(self) -> Strengths:
        if not connected(self.wins.sum(axis=0)):
            raise CrispenError(
                "the answers do not connect all conditions: some were never compared with the others, not even through "
                "a third one; more answers are needed"
            )
        anchor = self.key.conditions.index(self.key.anchor) if self.key.anchor else None
        return strengths(self.wins, anchor, self.config.resamples, np.random.default_rng(self.config.seed))

    def data(self) -> dict:
        """Everything, ready for `json.dumps`."""
        conditions, total = self.key.conditions, self.wins.sum(axis=0)
        columns = (self.strengths.values, self.strengths.low, self.strengths.high, total.sum(1), total.sum(0))
        scores = {
            name: {
                "score": value,
                "low": None if np.isnan(low) else low,
                "high": None if np.isnan(high) else high,
                "won": won,
                "lost": lost,
            }
            for name, value, low, high, won, lost in zip(conditions, *(part.tolist() for part in columns), strict=True)
        }
        return {
            "crispen": __version__,
            "study": self.key.study,
            "anchor": self.key.anchor,
            "reference": self.key.reference,
            "attention": self.config.attention,
            "resamples": self.config.resamples,
            "seed": self.config.seed,
            "added_wins": self.strengths.prior,
            "scores": scores,
            "conditions": conditions,
            "wins": total.tolist(),
            "raters": [self._rater(rater) for rater in self.raters],
            "notes": self.notes(),
        }

    def _rater(self, rater: Rater) -> dict:
        conditions = self.key.conditions
        circular, decided = rater.circular_triads(conditions)
        return {
            "rater": rater.number,
            "file": rater.file.name,
            "answered": len(rater.answers),
            "planned": rater.planned,
            "checks": list(rater.checks),
            "repeats": list(rater.repeats),
            "triads": [circular, decided],
            "consistency": consistency(circular, decided, len(conditions)),
            "left": sum(answer.left for answer in rater.answers) / max(1, len(rater.answers)),
            "median_seconds": median(answer.seconds for answer in rater.answers) if rater.answers else None,
            "viewing": rater.viewing,
            "excluded": self.reason(rater),
        }

    def notes(self) -> list[str]:
        """Notes for readers of the scores."""
        zero = f"`{self.key.anchor}`, whose score is 0" if self.key.anchor else "the mean, which is 0"
        pairs = sum(len(rater.pairs) for rater in self.used)
        notes = [
            f"Study {self.key.study}: {pairs} answers of {len(self.used)} of {len(self.raters)} raters count. Scores "
            f"are log odds (Bradley-Terry) over {zero}: 1.1 more is preferred 3 times in 4. A tie is half a win."
        ]
        if len(self.used) < 2 or not self.config.resamples:
            notes.append("No interval: it is drawn from two or more raters.")
        else:
            notes.append(
                f"Intervals: 95 %, bootstrap over raters, {self.config.resamples} resamples, seed {self.config.seed}. "
                "They say nothing about other pictures"
                + (", and of so few raters they are too short." if len(self.used) < _FEW else ".")
            )
        if self.strengths.prior:
            notes.append(
                "Some condition always won or always lost, to which no finite score belongs: half a win each way was "
                "added to each pair of conditions. Scores are too near to each other, ranks are as answered."
            )
        elif self.strengths.prior_resamples:
            notes.append(
                f"In {self.strengths.prior_resamples:.1%} of the resamples some condition always won or always lost; "
                f"there {PRIOR:g} wins each way were added to each pair, which makes intervals a little short."
            )
        excluded = [f"rater {rater.number} ({self.reason(rater)})" for rater in self.raters if self.reason(rater)]
        notes.append(
            f"A rater counts who passes {self.config.attention:.0%} of the attention checks; blind clicking passes "
            f"{self._by_chance():.1%} of the time at best. Excluded: {', '.join(excluded) or 'nobody'}."
        )
        partial = [str(rater.number) for rater in self.used if len(rater.answers) < rater.planned]
        if partial:
            notes.append(f"Not all pairs were answered by: {', '.join(partial)}. What they answered counts.")
        return notes

    def _needed(self, checks: int) -> int:
        return ceil(self.config.attention * checks - 1e-9)

    def _by_chance(self) -> float:
        """The highest probability among raters that random choices pass the checks."""
        sizes = {rater.checks[1] for rater in self.raters if rater.checks[1] >= FEWEST_CHECKS} or {FEWEST_CHECKS}
        return max(sum(comb(n, k) for k in range(self._needed(n), n + 1)) / 2**n for n in sizes)

"""Everything one evaluation found, with what anyone needs to make it again: as Markdown and as data for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property

from crispen import __version__
from crispen.degrade.condition import Condition
from crispen.evaluate.machine import machine
from crispen.evaluate.metrics import PSNR_CEILING
from crispen.evaluate.pairs import Pair, library_versions
from crispen.evaluate.score import Case
from crispen.evaluate.table import markdown, summarise


@dataclass(frozen=True)
class Report:
    """source: the folder's name. described: {row's name: what made it}. tuned_on: what the baselines were tuned on."""

    source: str
    seed: int
    conditions: dict[str, Condition]
    pairs: Sequence[Pair]
    cases: Sequence[Case]
    described: dict[str, str]
    tuned_on: str

    @cached_property
    def summary(self) -> dict[str, dict]:
        return summarise(self.cases)

    def markdown(self) -> str:
        here = machine()
        pictures = len({pair.picture for pair in self.pairs})
        notes = [
            f"{pictures} pictures of {self.source}, seed {self.seed}. Luma (BT.601, video range), data range 255, each "
            f"picture's own score averaged over pictures, PSNR counted up to {PSNR_CEILING:.0f} dB.",
            f"{here['cpu']}, {here['cores']} cores, {here['system']}, Python {here['python']}; "
            + ", ".join(f"{name} {number}" for name, number in _versions().items())
            + f". The baselines are tuned on {self.tuned_on}.",
            "\n".join(f"- {name}: {what}" for name, what in self.described.items()),
        ]
        return "\n\n".join([markdown(self.summary), *notes])

    def data(self) -> dict:
        """The same and every single score, ready for `json.dumps`."""
        return {
            "machine": machine(),
            "versions": _versions(),
            "source": self.source,
            "seed": self.seed,
            "conditions": {name: asdict(damage) for name, damage in self.conditions.items()},
            "sharpeners": self.described,
            "baselines_tuned_on": self.tuned_on,
            "summary": self.summary,
            "cases": [asdict(case) for case in self.cases],
            "pairs": [pair.record | {"picture": pair.picture} for pair in self.pairs],
        }

    def extremes(self, name: str) -> list[Pair]:
        """The pairs that sharpener `name` made most better, then those that it made most worse; none twice."""
        entry = self.summary[name]
        chosen = dict.fromkeys((row["picture"], row["condition"]) for row in entry["best"] + entry["worst"][::-1])
        at = {(pair.picture, pair.condition): pair for pair in self.pairs}
        return [at[key] for key in chosen]


def _versions() -> dict[str, str]:
    return {"crispen": __version__} | library_versions()

"""Notes on CallBench's numbers: the machine and versions, how to read them, and what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_NAMED = 12  # missing pictures that are named


@dataclass(frozen=True)
class FailedGroup:
    """Failures for one reason. who: the contender, None for cases that were not built. cases: (picture, condition)."""

    who: str | None
    reason: str
    cases: tuple[tuple[str, str], ...]


def failed_groups(summary: dict) -> list[FailedGroup]:
    """Lists everything that failed once: a case that could not be built is not listed again for each contender."""
    broken = summary["inputs"].get("broken", [])
    unbuilt = {(entry["picture"], entry["condition"], entry["reason"]) for entry in broken}
    groups: dict[tuple[str | None, str], list[tuple[str, str]]] = {}
    for entry in broken:
        groups.setdefault((None, entry["reason"]), []).append((entry["picture"], entry["condition"]))
    for name, row in summary["rows"].items():
        for entry in row["failed"]:
            if (entry["picture"], entry["condition"], entry["reason"]) not in unbuilt:
                groups.setdefault((name, entry["reason"]), []).append((entry["picture"], entry["condition"]))
    return [FailedGroup(who, reason, tuple(cases)) for (who, reason), cases in groups.items()]


def notes(summary: dict) -> list[str]:
    """Lists what was measured, the machine and the versions, one line each."""
    machine, versions = summary["machine"], summary["versions"]
    lines = [_inputs(summary), *_missing(summary["inputs"]["missing_pictures"]), *summary.get("notes", [])]
    lines.append(
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}; "
        f"{_listed(versions)}."
    )
    return lines


def reading(summary: dict) -> list[str]:
    """Says how to read the numbers that there are, one line each."""
    lines = [
        "Luma, BT.601. Every number is a mean over pictures of each picture's own score; conditions weigh equally.",
        "A gain is the mean difference from the input, which is what was received; the input's row has its own scores.",
        "Bold: the 95 % interval of the gain, a paired bootstrap over pictures, excludes zero.",
        "↓: lower is better. Sharpening alone raises VMAF, so it is shown with VMAF-NEG, which ignores that.",
    ]
    if any(entry["held_out"] for entry in summary["conditions"].values()):
        lines.append("†: held out; no training data of Crispen was degraded like that.")
    if any(row["failed"] for row in summary["rows"].values()):
        lines.append("A case that failed is in no mean of its row; the number of failures is written beside each mean.")
    return lines


def _inputs(summary: dict) -> str:
    inputs, version = summary["inputs"], summary["callbench"]
    same = f"{inputs['as_in_manifest']:,} of {inputs['count']:,}"
    if inputs["as_in_manifest"] == inputs["count"]:
        same = f"All {inputs['count']:,}"
    made = f"{len(summary['pictures'])} pictures, {len(summary['conditions'])} conditions"
    seed = f", seed {summary['seed']}" if "seed" in summary else ""
    return f"{made}{seed}. {same} inputs are bit for bit those of CallBench {version}."


def _missing(names: list[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"{len(names)} of CallBench's pictures were not given: {', '.join(names[:_NAMED])}{more}."]


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())

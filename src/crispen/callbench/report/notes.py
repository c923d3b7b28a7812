"""What stands beside CallBench's numbers: what they were measured on, how to read them, and what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_NAMED = 12  # missing pictures that are named


@dataclass(frozen=True)
class FailedGroup:
    """who: the contender, or None for inputs that could not be built. cases: (picture, condition) of one reason."""

    who: str | None
    reason: str
    cases: tuple[tuple[str, str], ...]


def failed_groups(summary: dict) -> list[FailedGroup]:
    """Everything that failed, once: what no input could be built of is not listed again for each contender."""
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
    """What it was measured on, and with; a line each."""
    machine, versions = summary["machine"], summary["versions"]
    lines = [_inputs(summary), *_missing(summary["inputs"]["missing_pictures"]), *summary.get("notes", [])]
    lines.append(
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}; "
        f"{_listed(versions)}."
    )
    return lines


def reading(summary: dict) -> list[str]:
    """How the numbers are made, a line each, as far as there are such numbers."""
    lines = [
        "Luma, BT.601. Every number is a mean over pictures of each picture's own score; conditions weigh alike.",
        "A gain is the mean of each case's difference from the input, what arrived; the input's row has its scores.",
        "Bold: the 95 % interval of the gain, a paired bootstrap over pictures, excludes zero.",
        "↓: less is better. VMAF rises with mere sharpening, so VMAF-NEG, which does not count that, stands beside it.",
    ]
    if any(entry["held_out"] for entry in summary["conditions"].values()):
        lines.append("†: held out; nothing that Crispen trained on was damaged like that.")
    if any(row["failed"] for row in summary["rows"].values()):
        lines.append("A case that failed is in no mean of its row; how many did stands beside each.")
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

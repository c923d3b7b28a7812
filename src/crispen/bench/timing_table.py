"""The result of `crispen bench` as text: notes and a table."""

from __future__ import annotations

from typing import Any

_HEAD = ["", "size", "engine", "precision", "threads", "median ms", "p95 ms", "fps", "cold start ms", "warm ms", "MB"]
_HEAD += ["GMAC/s", "of peak"]


def timing_notes(found: dict[str, Any]) -> list[str]:
    """The machine, what was timed, and how long the pipeline takes without sharpening.

    Args:
        found: The output of `crispen bench --json`.
    """
    here, peak, alone = found["machine"], found["int8_peak_gmac_per_s"], found.get("pipeline_without_ms")
    cpu = here["cpu"] + (f" ({found['instructions']})" if found["instructions"] else "")
    note = f"{cpu}, {here['cores']} cores; luma, uint8 to uint8, {found['seconds']:g} s each"
    if peak:
        note += f"; int8 peak {peak:.0f} GMAC/s"
    if not alone:
        return [note]
    times = ", ".join(f"{ms:.1f} ms without sharpening at {size}" for size, ms in alone.items())
    return [
        note,
        f"pipeline: {found['pipeline_frames']} frames of H.264 decoded, sharpened and encoded at once; {times}",
    ]


def timing_table(found: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """The heads of the columns, and one row for each timing.

    Args:
        found: The output of `crispen bench --json`.
    """
    head = [*_HEAD, *(["pipeline ms", "pipeline p95 ms"] if "pipeline_without_ms" in found else [])]
    return head, [_row(timing, found["int8_peak_gmac_per_s"])[: len(head)] for timing in found["timings"]]


def _row(t: dict[str, Any], peak: float | None) -> list[str]:
    def number(key: str, digits: int) -> str:
        return "" if t[key] is None else f"{t[key]:.{digits}f}"

    elsewhere = t.get("device", "cpu") != "cpu"  # results of earlier versions are of the CPU
    share = f"{t['gmac_per_s'] / peak:.0%}" if t["gmac_per_s"] and peak and not elsewhere else ""
    times = number("median_ms", 1), number("p95_ms", 1), number("fps", 0), number("cold_ms", 0), number("warm_ms", 0)
    more = number("peak_mb", 0), number("gmac_per_s", 0), share, number("pipeline_ms", 1), number("pipeline_p95_ms", 1)
    engine = f"{t['engine']}, {t['device']}" if elsewhere else t["engine"]
    return [t["name"], t["size"], engine, t["precision"], str(t["threads"]), *times, *more]

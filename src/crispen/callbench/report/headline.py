"""The numbers at the top of CallBench's page, in a sentence and as bars."""

from __future__ import annotations

from collections.abc import Sequence

from crispen.callbench.report.number_format import gain, milliseconds, share
from crispen.callbench.report.report_tables import focus_of, gain_title

_FILTERS = ("unsharp mask", "CAS")  # what is commonly used to sharpen calls


def headline_view(summary: dict) -> dict | None:
    """What the focus row gains, and bars beside the usual filters; None without core conditions."""
    names = headline_rows(summary)
    charts = [chart for measure in ("psnr", "ssim") if (chart := _bars(summary, names, measure))]
    return {"said": _sentence(summary, focus_of(summary)), "charts": charts} if charts else None


def headline_rows(summary: dict) -> list[str]:
    """Unsharp mask and CAS, and the models of Crispen, or the focus row if there is none of them."""
    rows = summary["rows"]
    filters = [name for name, row in rows.items() if row["kind"] == "filter" and name.startswith(_FILTERS)]
    models = [name for name, row in rows.items() if row["kind"] == "crispen"]
    return [*filters, *(models or [focus_of(summary)])]


def _sentence(summary: dict, name: str) -> dict | None:
    """The parts of the sentence: name, psnr, interval, ssim, time, worse, failed; "" for those that are unknown."""
    row = summary["rows"][name]
    core = row["core"]
    if not core or "psnr" not in core["gain"]:
        return None
    psnr = gain("psnr", core["gain"]["psnr"])
    return {
        "name": name,
        "psnr": psnr.text,
        "interval": psnr.interval,
        "ssim": gain("ssim", core["gain"]["ssim"]).text if "ssim" in core["gain"] else "",
        "time": milliseconds(row["speed"]["median_ms"]).text if row["speed"] else "",
        "worse": share(core["made_worse"]).text if core["made_worse"] is not None else "",
        "failed": f"{core['failed']} of {core['cases']}" if core["failed"] else "",
    }


def _bars(summary: dict, names: Sequence[str], measure: str) -> dict | None:
    """Horizontal bars from zero, the input, with their 95 % intervals; None if nothing was measured.

    Positions and widths are in percent of the chart's width.
    """
    cells = {name: summary["rows"][name]["core"] for name in names}
    found = {name: cell["gain"][measure] for name, cell in cells.items() if cell and measure in cell["gain"]}
    if not found:
        return None
    ends = [0.0, *(value for entry in found.values() for value in entry.values() if value is not None)]
    low, high = min(ends), max(ends)
    unit = 100 / ((high - low) or 1)
    bars = []
    for name, entry in found.items():
        marks = [("bar", (min(0.0, entry["mean"]) - low) * unit, abs(entry["mean"]) * unit)]
        if entry["low"] is not None:
            marks.append(("interval", (entry["low"] - low) * unit, (entry["high"] - entry["low"]) * unit))
        kind = summary["rows"][name]["kind"]
        bars.append({"name": name, "kind": kind, "marks": marks, "figure": gain(measure, entry)})
    return {"title": gain_title((measure,)), "zero": (0 - low) * unit, "bars": bars}

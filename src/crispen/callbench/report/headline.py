"""The few numbers that come first on CallBench's page, in a sentence and as bars."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from crispen.callbench.report.number_format import gain, milliseconds, share
from crispen.callbench.report.report_tables import focus_of, gain_title
from crispen.pages.svg_plot import typeset

_FILTERS = ("unsharp mask", "CAS")  # what people sharpen calls with today


def headline_html(summary: dict) -> str:
    """What the focus row gains, and bars beside the usual filters; empty without core conditions."""
    names = headline_rows(summary)
    charts = [_bars(summary, names, measure) for measure in ("psnr", "ssim")]
    return f'{_sentence(summary, focus_of(summary))}<div class="charts">{"".join(charts)}</div>' if any(charts) else ""


def headline_rows(summary: dict) -> list[str]:
    """Unsharp mask and CAS, and the models of Crispen, or the focus row if there is none of them."""
    rows = summary["rows"]
    filters = [name for name, row in rows.items() if row["kind"] == "filter" and name.startswith(_FILTERS)]
    models = [name for name, row in rows.items() if row["kind"] == "crispen"]
    return [*filters, *(models or [focus_of(summary)])]


def _sentence(summary: dict, name: str) -> str:
    row = summary["rows"][name]
    core = row["core"]
    if not core or "psnr" not in core["gain"]:
        return ""
    psnr = gain("psnr", core["gain"]["psnr"])
    text = f"<b>{escape(name)}</b> gains <b>{typeset(psnr.text)} dB</b>"
    if psnr.interval:
        text += f" (95 % interval {typeset(psnr.interval)})"
    if "ssim" in core["gain"]:
        text += f" and <b>{typeset(gain('ssim', core['gain']['ssim']).text)}</b> SSIM"
    text += " over what arrived"
    if row["speed"]:
        text += f", in {milliseconds(row['speed']['median_ms']).text} ms a 1080p frame"
    if core["made_worse"] is not None:
        text += f"; {share(core['made_worse']).text} of the cases lose PSNR"
    failed = f" {core['failed']} of {core['cases']} cases failed and are in no mean." if core["failed"] else ""
    return f'<p class="said">{text}.{failed}</p>'


def _bars(summary: dict, names: Sequence[str], measure: str) -> str:
    """Horizontal bars from zero, the input's place, with their 95 % intervals."""
    cells = {name: summary["rows"][name]["core"] for name in names}
    found = {name: cell["gain"][measure] for name, cell in cells.items() if cell and measure in cell["gain"]}
    if not found:
        return ""
    ends = [0.0, *(value for entry in found.values() for value in entry.values() if value is not None)]
    low, high = min(ends), max(ends)
    unit = 100 / ((high - low) or 1)

    def at(value: float) -> float:
        return (value - low) * unit

    lines = [
        f'<li class="input"><span>input</span><span class="track">{_mark("axis", at(0), 0)}</span><span>0</span></li>'
    ]
    for name, entry in found.items():
        bar = _mark("bar", at(min(0.0, entry["mean"])), abs(entry["mean"]) * unit)
        if entry["low"] is not None:
            bar += _mark("interval", at(entry["low"]), (entry["high"] - entry["low"]) * unit)
        figure = gain(measure, entry)
        text = f"<b>{typeset(figure.text)}</b>" if figure.sure else typeset(figure.text)
        lines.append(
            f'<li class="{escape(summary["rows"][name]["kind"])}"><span>{escape(name)}</span>'
            f'<span class="track">{_mark("axis", at(0), 0)}{bar}</span>'
            f'<span title="{typeset(figure.interval)}">{text}</span></li>'
        )
    return f'<figure class="chart"><figcaption>{gain_title((measure,))}</figcaption><ul>{"".join(lines)}</ul></figure>'


def _mark(name: str, left: float, width: float) -> str:
    return f'<i class="{name}" style="left: {left:.2f}%; width: {width:.2f}%"></i>'

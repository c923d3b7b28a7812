"""The heads suite's summary as Markdown: means, operating points, clips, and the worst cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crispen.callbench.contender_scores import INPUT
from crispen.callbench.heads_run import WORSE, worst_cases
from crispen.callbench.measures import MEASURES

_SHOWN = ("psnr", "ssim", "ms_ssim", "lpips", "vmaf", "vmaf_neg", "flicker", "blocking")


def heads_markdown(summary: Mapping) -> str:
    """The report of `summarise_heads` as Markdown."""
    rows = summary["rows"]
    head = (
        f"{len(summary['clips'])} clips of talking people, {len(rows[INPUT]['cases'])} cases. Gains are over the "
        f"input. Made worse: the share of cases that lose more than {WORSE} dB."
    )
    sections = {
        "Mean over all cases": _overview(rows, "mean"),
        "Starved points": _overview(rows, "starved"),
        "Operating points: gain in dB / SSIM": _by(rows, "points"),
        "Clips: gain in dB / SSIM": _by(rows, "clips"),
        **{f"Worst cases of {name}": _worst(row) for name, row in rows.items() if row["kind"] == "crispen"},
        "Rows": "\n".join(f"- {name}: {row['described']}" for name, row in rows.items() if name != INPUT),
        "Not built": "\n".join(f"- {each['clip']}, {each['point']}: {each['why']}" for each in summary["not_built"]),
    }
    parts = [f"### {title}\n\n{text}" for title, text in sections.items() if text]
    return "\n\n".join(["## CallBench v2: heads", head, *parts])


def _overview(rows: Mapping[str, Mapping], part: str) -> str:
    measures = [name for name in _SHOWN if name in rows[INPUT][part]["score"]]
    if not measures:
        return ""
    heads = ["", *(f"{MEASURES[name].title}" for name in measures), "made worse", "worst, dB"]
    lines = []
    for name, row in rows.items():
        group = row[part]
        if name == INPUT:
            cells = [f"{group['score'][measure]:.{MEASURES[measure].decimals}f}" for measure in measures] + ["", ""]
        else:
            cells = [f"{group['gain'][measure]:+.{MEASURES[measure].decimals}f}" for measure in measures]
            cells[0] += " ({:+.2f} to {:+.2f})".format(*group["interval"]) if "interval" in group else ""
            cells += [f"{group['worse']:.1%}", f"{group['worst']:+.2f}"]
        lines.append([name, *cells])
    return _table(heads, lines)


def _by(rows: Mapping[str, Mapping], part: str) -> str:
    """A line for each point or clip: the input's score, then each contender's gain."""
    others = [name for name in rows if name != INPUT]
    lines = []
    for key, group in rows[INPUT][part].items():
        score = group["score"]
        gains = [rows[name][part][key] for name in others]
        shown = [
            f"{one['gain']['psnr']:+.2f} / {one['gain']['ssim']:+.4f}" if one["gain"] else "failed" for one in gains
        ]
        lines.append([key, f"{score['psnr']:.2f} / {score['ssim']:.4f}", *shown])
    return _table(["", "input", *others], lines)


def _worst(row: Mapping) -> str:
    return "\n".join(
        f"- {case['clip']}, {case['point']}: {case['gain']['psnr']:+.2f} dB / {case['gain']['ssim']:+.4f} "
        f"of {case['score']['psnr'] - case['gain']['psnr']:.2f} dB"
        for case in worst_cases(row)
    )


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [heads, ["---"] + ["--:"] * (len(heads) - 1), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)

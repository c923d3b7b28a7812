"""Report of the heads suite as Markdown: means, operating points, clips, and the worst cases."""

from __future__ import annotations

from collections.abc import Mapping

from crispen.callbench.heads_suite import HEADS_METRICS
from crispen.callbench.heads_summary import WORSE, worst_cases
from crispen.callbench.scoring import INPUT
from crispen.metrics.registry import METRICS
from crispen.pages.markdown_table import markdown_table


def heads_markdown(summary: Mapping) -> str:
    """Writes the report of a summary by `summarise_heads`."""
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
    metrics = [name for name in HEADS_METRICS if name in rows[INPUT][part]["score"]]
    if not metrics:
        return ""
    heads = ["", *(f"{METRICS[name].title}" for name in metrics), "made worse", "worst, dB"]
    lines = []
    for name, row in rows.items():
        group = row[part]
        if name == INPUT:
            cells = [f"{group['score'][metric]:.{METRICS[metric].decimals}f}" for metric in metrics] + ["", ""]
        else:
            cells = [f"{group['gain'][metric]:+.{METRICS[metric].decimals}f}" for metric in metrics]
            cells[0] += " ({:+.2f} to {:+.2f})".format(*group["interval"]) if "interval" in group else ""
            cells += [f"{group['worse']:.1%}", f"{group['worst']:+.2f}"]
        lines.append([name, *cells])
    return markdown_table(heads, lines)


def _by(rows: Mapping[str, Mapping], part: str) -> str:
    """One line per point or clip: the input's score, then each contender's gain."""
    others = [name for name in rows if name != INPUT]
    lines = []
    for key, group in rows[INPUT][part].items():
        score = group["score"]
        gains = [rows[name][part][key] for name in others]
        shown = [
            f"{one['gain']['psnr']:+.2f} / {one['gain']['ssim']:+.4f}" if one["gain"] else "failed" for one in gains
        ]
        lines.append([key, f"{score['psnr']:.2f} / {score['ssim']:.4f}", *shown])
    return markdown_table(["", "input", *others], lines)


def _worst(row: Mapping) -> str:
    return "\n".join(
        f"- {case['clip']}, {case['point']}: {case['gain']['psnr']:+.2f} dB / {case['gain']['ssim']:+.4f} "
        f"of {case['score']['psnr'] - case['gain']['psnr']:.2f} dB"
        for case in worst_cases(row)
    )

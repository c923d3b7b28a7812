"""Report of the heads and the combined suite as Markdown: means, conditions, pictures, and the worst cases."""

from __future__ import annotations

from collections.abc import Mapping

from crispen.callbench.case_summary import WORSE, worst_cases
from crispen.callbench.scoring import INPUT
from crispen.metrics.registry import METRICS
from crispen.pages.markdown_table import markdown_table


def case_markdown(summary: Mapping) -> str:
    """Writes the report of a summary by `summarise_heads` or `summarise_combined`."""
    rows = summary["rows"]
    head = f"{extent(summary)} Gains are over the input. Made worse: the share of cases that lose more than {WORSE} dB."
    sections = {
        "Mean over all cases": overview({name: row["mean"] for name, row in rows.items()}),
        **{
            f"Mean of {part}": overview({name: row["parts"][part] for name, row in rows.items()})
            for part in rows[INPUT]["parts"]
        },
        "Conditions: gain in dB / SSIM": _by(rows, "conditions"),
        "Sources: gain in dB / SSIM": _by(rows, "pictures"),
        **{f"Worst cases of {name}": _worst(row) for name, row in rows.items() if row["kind"] == "crispen"},
        "Rows": "\n".join(f"- {name}: {row['described']}" for name, row in rows.items() if name != INPUT),
        "Not built": "\n".join(
            f"- {each['picture']}, {each['condition']}: {each['why']}" for each in summary["not_built"]
        ),
    }
    parts = [f"### {title}\n\n{text}" for title, text in sections.items() if text]
    return "\n\n".join([f"## CallBench {summary['callbench']}", head, *parts])


def extent(summary: Mapping) -> str:
    """How much of the suite was measured, in one sentence."""
    inputs = summary["rows"][INPUT]
    return (
        f"{len(inputs['cases'])} cases of {len(summary['pictures'])} sources under {len(inputs['conditions'])} of the "
        f"suite's {len(summary['conditions'])} conditions."
    )


def overview(groups: Mapping[str, Mapping]) -> str:
    """A table of the means of one group of cases of each contender, INPUT among them; "" for no cases."""
    metrics = [name for name in METRICS if name in groups[INPUT]["score"]]
    if not metrics:
        return ""
    heads = ["", *(METRICS[name].title for name in metrics), "made worse", "worst, dB"]
    lines = []
    for name, group in groups.items():
        if name == INPUT:
            cells = [f"{group['score'][metric]:.{METRICS[metric].decimals}f}" for metric in metrics] + ["", ""]
        else:
            cells = [f"{group['gain'][metric]:+.{METRICS[metric].decimals}f}" for metric in metrics]
            cells[0] += " ({:+.2f} to {:+.2f})".format(*group["interval"]) if "interval" in group else ""
            cells += [f"{group['worse']:.1%}", f"{group['worst']:+.2f}"]
        lines.append([name, *cells])
    return markdown_table(heads, lines)


def _by(rows: Mapping[str, Mapping], part: str) -> str:
    """One line per condition or source: the input's score, then each contender's gain."""
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
        f"- {case['picture']}, {case['condition']}: {case['gain']['psnr']:+.2f} dB / {case['gain']['ssim']:+.4f} "
        f"of {case['score']['psnr'] - case['gain']['psnr']:.2f} dB"
        for case in worst_cases(row)
    )

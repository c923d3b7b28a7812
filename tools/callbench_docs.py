"""Writes CallBench's published numbers from the committed results, so that they cannot differ from them.

    python tools/callbench_docs.py [--check]

Writes v1.md, v1.svg, heads.md and combined.md in docs/callbench, and the parts of docs/callbench.md between
`<!-- NAME -->` and `<!-- /NAME -->`. `--check` writes nothing and exits with 1 if a Markdown file differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from case_table import MODELS, case_table, load_results
from crispen.callbench.report.case_report import case_markdown, extent
from crispen.callbench.report.markdown_report import markdown_report
from crispen.callbench.report.number_format import gain, milliseconds, share
from crispen.callbench.report.pareto import pareto_svg
from crispen.pages.markdown_table import markdown_table
from marked_places import filled

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
REFERENCE_NETWORKS = ("ecbsr-m4c8", "fsrcnn", "sesr-m5", "quicksrnet-small", "balanced-6000")
FILTERS = ("unsharp mask (for PSNR)", "unsharp mask (for SSIM)", "bilateral (for PSNR)", "Lanczos")


def main() -> int:
    summary, heads, combined = (load_results(f"callbench_{name}") for name in ("v1", "heads", "combined"))
    page = DOCS / "callbench.md"
    texts = {
        DOCS / "callbench" / "v1.md": markdown_report(summary) + "\n",
        DOCS / "callbench" / "heads.md": case_markdown(heads) + "\n",
        DOCS / "callbench" / "combined.md": case_markdown(combined) + "\n",
        page: filled(page.read_text("utf-8"), generated(summary, heads, combined)),
    }
    if "--check" in sys.argv[1:]:
        differing = [path for path, text in texts.items() if not path.exists() or path.read_text("utf-8") != text]
        print("\n".join(f"{path.relative_to(ROOT)} differs from the results" for path in differing))
        return int(bool(differing))
    texts[DOCS / "callbench" / "v1.svg"] = pareto_svg(summary) + "\n"
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    return 0


def generated(summary: dict[str, Any], heads: dict[str, Any], combined: dict[str, Any]) -> dict[str, str]:
    """The parts of docs/callbench.md by name."""
    rows = summary["rows"]
    tables = {
        "core": _core_table(rows, (*FILTERS, *MODELS)),
        "reference networks": _core_table(rows, REFERENCE_NETWORKS),
        "losses": _losses(summary),
        "held out": _held_out(summary),
        "clips": _clips(rows),
        "heads": f"{extent(heads)}\n\n{case_table(heads)}",
        "starved heads": case_table(heads, "starved"),
        "combined": f"{extent(combined)}\n\n{case_table(combined, alone=True)}",
    }
    return {name: f"\n{table}\n" for name, table in tables.items()}  # blank lines around each


def _core_table(rows: dict[str, Any], names: Iterable[str]) -> str:
    head = ["core mean", "PSNR gain, dB", "SSIM gain", "LPIPS change", "made worse", "ms per 1080p frame"]
    lines = []
    for name in names:
        core = rows[name]["core"]
        gains = [gain(metric, core["gain"][metric]).text for metric in ("psnr", "ssim", "lpips")]
        time = milliseconds(rows[name]["speed"]["median_ms"]).text
        lines.append([name, *gains, share(core["made_worse"]).text, time])
    return markdown_table(head, lines)


def _losses(summary: dict[str, Any]) -> str:
    """The conditions and categories in which a model is below the input."""
    lines = []
    for kind in ("conditions", "categories"):
        for metric, unit in (("psnr", " dB"), ("ssim", " SSIM")):
            found = {}
            for model in MODELS:
                for name, cell in summary["rows"][model][kind].items():
                    if name != "clean" and cell["gain"][metric]["mean"] < 0:
                        found.setdefault(name, []).append(f"`{model}` {gain(metric, cell['gain'][metric]).text}{unit}")
            if found:
                lines += [f"- {name}: {', '.join(losses)}." for name, losses in found.items()]
            else:
                lines.append(f"- In {metric.upper()}, no model is below the input in any of the {kind}.")
    return "\n".join(lines)


def _held_out(summary: dict[str, Any]) -> str:
    """The gains of the models under each condition that training never saw."""
    names = [name for name, entry in summary["conditions"].items() if entry["held_out"]]
    cells = {model: summary["rows"][model]["conditions"] for model in MODELS}
    lines = [
        [name, *(" / ".join(gain(m, cells[model][name]["gain"][m]).text for m in ("psnr", "ssim")) for model in MODELS)]
        for name in names
    ]
    return markdown_table(["held out: dB / SSIM", *MODELS], lines)


def _clips(rows: dict[str, Any]) -> str:
    metrics = {
        "psnr": "PSNR, dB",
        "ssim": "SSIM",
        "vmaf_neg": "VMAF-NEG",
        "flicker": "flicker, levels",
        "pulse": "pulse, dB",
    }
    names = ("unsharp mask (for SSIM)", *MODELS)
    lines = [[name, *(gain(key, rows[name]["clips"]["mean"]["gain"][key]).text for key in metrics)] for name in names]
    return markdown_table(["change over the input", *metrics.values()], lines)


if __name__ == "__main__":
    sys.exit(main())

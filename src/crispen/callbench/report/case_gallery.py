"""The best and the worst cases as pictures: before and after with a divider between them, and the truth."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from crispen.callbench.report.crops import Crop
from crispen.callbench.report.number_format import score
from crispen.metrics.registry import METRICS


def gallery_view(summary: dict, crops: Sequence[Crop]) -> list[dict]:
    """The groups of the gallery, the best cases and the worst, each {"title", "cases"} in order of rank."""
    groups = []
    for worst, title in ((False, "Best"), (True, "Worst")):
        chosen = sorted((crop for crop in crops if crop.worst == worst), key=lambda crop: crop.rank)
        if chosen:
            groups.append({"title": f"{title} {len(chosen)}", "cases": [_case(summary, crop) for crop in chosen]})
    return groups


def _case(summary: dict, crop: Crop) -> dict:
    before, after = (*crop.scores, "before", "after")[:2] if len(crop.scores) > 1 else ("before", "after")
    return {
        "picture": crop.picture,
        "condition": crop.condition,
        "said": summary["conditions"].get(crop.condition, {}).get("said", ""),
        "loss": crop.gain_db < 0,
        "gain": f"{crop.gain_db:+.2f} dB",
        "width": crop.width,
        "height": crop.height,
        "images": [
            {"side": side, "label": label, "source": _data_url(data)}
            for side, label, data in (
                ("before", before, crop.before),
                ("after", after, crop.after),
                ("truth", "truth", crop.truth),
            )
        ],
        "scores": _scores(crop),
    }


def _scores(crop: Crop) -> list[str]:
    """["PSNR 31.20 → 33.10 dB", "SSIM 0.8812 → 0.9010"]."""
    whose = list(crop.scores.values())
    written = []
    for name in whose[0] if whose else ():
        values = " → ".join(score(name, scores.get(name)).text for scores in whose)
        written.append(f"{METRICS[name].title} {values} {METRICS[name].unit}")
    return written


def _data_url(data: bytes) -> str:
    kind = "png" if data.startswith(b"\x89PNG") else "webp"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"

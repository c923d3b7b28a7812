"""The best and the worst cases as pictures: before and after with a divider between them, and the truth."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from PIL import Image

from crispen.callbench.measures import MEASURES
from crispen.callbench.report.number_format import score
from crispen.pages.svg_plot import typeset


@dataclass(frozen=True)
class Crop:
    """A part of one case. gain_db: of the whole picture. rank: from 1, among the best or among the worst.

    scores: {whose: {measure: value}} of the whole picture, the input first and then the contender. before, after,
    truth: lossless WebP or PNG files, width x height.
    """

    picture: str
    condition: str
    gain_db: float
    worst: bool
    rank: int
    scores: dict[str, dict[str, float]]
    before: bytes
    after: bytes
    truth: bytes
    width: int
    height: int


def encode_crop(plane: np.ndarray, zoom: int = 1) -> bytes:
    """A lossless WebP of an (H, W) uint8 plane, each pixel zoom x zoom."""
    enlarged = Image.fromarray(np.ascontiguousarray(plane.repeat(zoom, 0).repeat(zoom, 1)))
    file = io.BytesIO()
    enlarged.save(file, "WEBP", lossless=True, quality=80, method=6)
    return file.getvalue()


def gallery_html(summary: dict, crops: Sequence[Crop]) -> str:
    """The best, then the worst, each in order of rank; empty if there are none."""
    parts = []
    for worst, title in ((False, "Best"), (True, "Worst")):
        chosen = sorted((crop for crop in crops if crop.worst == worst), key=lambda crop: crop.rank)
        if chosen:
            figures = "".join(_figure(summary, crop) for crop in chosen)
            parts.append(f'<h3>{title} {len(chosen)}</h3><div class="cases">{figures}</div>')
    return "".join(parts)


def _figure(summary: dict, crop: Crop) -> str:
    before, after = (*crop.scores, "before", "after")[:2] if len(crop.scores) > 1 else ("before", "after")
    said = summary["conditions"].get(crop.condition, {}).get("said", "")
    case = f"{crop.picture}, {crop.condition}"
    images = "".join(
        f'<img class="{name}" alt="{escape(f"{label}: {case}")}" width="{crop.width}" height="{crop.height}" '
        f'draggable="false" src="{_data_url(data)}">'
        for name, label, data in (
            ("before", before, crop.before),
            ("after", after, crop.after),
            ("truth", "truth", crop.truth),
        )
    )
    gain = typeset(f"{crop.gain_db:+.2f} dB")
    return (
        f'<figure class="case" style="--wide: {crop.width}px">'
        f'<figcaption><b class="{"loss" if crop.gain_db < 0 else "gain"}">{gain}</b> '
        f'<span class="name">{escape(crop.picture)}</span> <span class="quiet" title="{escape(said)}">'
        f"{escape(crop.condition)}</span></figcaption>"
        f'<div class="pair">{images}<i class="divider"></i><span class="tag one">{escape(before)}</span>'
        f'<span class="tag other">{escape(after)}</span><span class="tag true">truth</span>'
        f'<input type="range" min="0" max="100" value="50" aria-label="Divider, {escape(case)}"></div>'
        f'<div class="under"><p>{_scores(crop)}</p><button class="show" aria-pressed="false">Truth</button></div>'
        "</figure>"
    )


def _scores(crop: Crop) -> str:
    """ "PSNR 31.20 → 33.10 dB, SSIM 0.8812 → 0.9010"."""
    whose = list(crop.scores.values())
    written = []
    for name in whose[0] if whose else ():
        values = " → ".join(score(name, scores.get(name)).text for scores in whose)
        written.append(f"<span>{escape(MEASURES[name].title)} {values} {MEASURES[name].unit}</span>")
    return " ".join(written)


def _data_url(data: bytes) -> str:
    kind = "png" if data.startswith(b"\x89PNG") else "webp"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"

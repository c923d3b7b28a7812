"""The best and the worst cases as pictures: before and after with a divider between them, and the truth."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from crispen.callbench.measures import MEASURES
from crispen.callbench.report.number_format import score


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
        written.append(f"{MEASURES[name].title} {values} {MEASURES[name].unit}")
    return written


def _data_url(data: bytes) -> str:
    kind = "png" if data.startswith(b"\x89PNG") else "webp"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"

"""Writes what routers measure and predict in Python, for the tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from crispen.export.golden_pair import golden_picture
from crispen.export.web_export import web_router
from crispen.runtime.router import INPUTS, MEASURES, Choice, Router, measures, tiles
from crispen.runtime.stream_info import UNKNOWN, StreamInfo
from crispen.runtime.stream_router import StreamRouter

_PHOTO = Path(__file__).parent.parent / "examples/pictures/18F_0057.jpg"
_IDLE = Router(  # its only choice is to do nothing
    (Choice("any", 0.0),),
    np.zeros(MEASURES, np.float32),
    np.ones(MEASURES, np.float32),
    np.zeros((INPUTS + 1, 1), np.float32),
    np.zeros((2, 1), np.float32),
)

_STREAMS = (
    UNKNOWN,
    StreamInfo(2.0),
    StreamInfo(1.0, "vp9", 0.03),
    StreamInfo(codec="none"),
    StreamInfo(64, "av1", 1e-9),
)


def write_router_golden(folder: Path, routers: dict[str, Router]) -> None:
    """Writes luma planes, and their measures and gains: router-NAME.raw and .png for each, and router.json."""
    cases = []
    for name, whole, (top, left, height, width) in _planes():
        (folder / f"router-{name}.raw").write_bytes(whole.tobytes())
        y = whole[top : top + height, left : left + width]
        Image.fromarray(y).save(folder / f"router-{name}.png")
        found = tiles(y)
        size = {"stride": whole.shape[1], "from": top * whole.shape[1] + left, "width": width, "height": height}
        measured = [] if found is None else measures(found).tolist()
        chosen = {model: StreamRouter(router, Choice("any", 1.0)).for_picture(y) for model, router in routers.items()}
        known = _STREAMS[len(cases) % len(_STREAMS)]
        video = len(cases) % 2 == 0
        gains = {model: list(router.gains(y, known, video).values()) for model, router in routers.items()}
        told = {"factor": known.factor, "codec": known.codec, "bitsPerPixel": known.bits_per_pixel}
        told = {name: value for name, value in told.items() if value is not None}
        told = {"info": told, "isVideo": video}
        cases.append({"name": name, **size, "measures": measured, "gains": gains, "choice": chosen, **told})
    (folder / "idle-router.safetensors").write_bytes(web_router(_IDLE))
    choices = {model: router.choices for model, router in routers.items()}
    (folder / "router.json").write_text(json.dumps({"choices": choices, "cases": cases}))


def _planes() -> Iterator[tuple[str, np.ndarray, tuple[int, int, int, int]]]:
    """Name, plane, and the rectangle of it that is measured: top, left, height, width."""
    photo = Image.open(_PHOTO).convert("L").crop((0, 0, 640, 400))
    rng = np.random.default_rng(0)
    soft = np.asarray(photo.filter(ImageFilter.GaussianBlur(0.6)))
    noisy = np.clip(soft + rng.normal(0, 10, soft.shape), 0, 255).round().astype(np.uint8)
    small = photo.resize((320, 200), Image.Resampling.BOX)
    pictures = {
        "mild": np.asarray(photo),
        "blurred": np.asarray(photo.filter(ImageFilter.GaussianBlur(2))),
        "noisy": noisy,
        "enlarged": np.asarray(small.resize((640, 400), Image.Resampling.BICUBIC)),
        "blocks": np.kron(rng.integers(0, 256, (20, 34)), np.ones((8, 8))).astype(np.uint8),
        "black": np.zeros((64, 64), np.uint8),
        "flat": rng.integers(100, 103, (80, 96)).astype(np.uint8),
    }
    for height, width in ((1, 1), (7, 200), (8, 8), (16, 24), (20, 300), (75, 101), (301, 215), (130, 70)):
        pictures[f"{height}x{width}"] = golden_picture(height, width)
    for name, y in pictures.items():
        yield name, y, (0, 0, *y.shape)
    yield "part", noisy, (5, 3, 203, 317)  # rows are further apart than they are long

"""Draws docs/looks.png: received, natural, vivid and true crops, and prints the gain of each look on them.

    python tools/looks.py BENCH docs/looks.png

BENCH is CallBench's folder of clean pictures. Faces, knitwear, a smooth wall and letters after H.264 at half size.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from crispen import Sharpener
from crispen.degrade.condition import receive_still
from crispen.degrade.core_conditions import CORE

MODEL, CONDITION, SIDE, ZOOM = "balanced", "h264-x2", 128, 2
HERE = Path(__file__).parent.parent
# (picture, top, left): a face, a painted face, knitwear, a cheek before a smooth wall, letters
CROPS = (
    ("kodak24/4.webp", 290, 195),
    ("kodak24/15.webp", 110, 400),
    ("kodak24/15.webp", 330, 200),
    ("kodak24/15.webp", 90, 640),
    (HERE / "callbench/pictures/text/article.webp", 300, 70),
)


def main(bench: str, target: str) -> None:
    font, cell = ImageFont.load_default(size=17), SIDE * ZOOM
    sheet = Image.new("L", (4 * (cell + 6) - 6, 26 + len(CROPS) * (cell + 6)), 255)
    draw = ImageDraw.Draw(sheet)
    looks = {look: Sharpener(MODEL, look=look) for look in ("natural", "vivid")}
    for row, (name, top, left) in enumerate(CROPS):
        rgb = np.asarray(Image.open(Path(bench) / name).convert("RGB"))
        truth, _, received = receive_still(rgb, CORE[CONDITION], np.random.default_rng(1))
        columns = (
            {"received": received} | {look: each.luma(received) for look, each in looks.items()} | {"truth": truth}
        )
        for column, (title, plane) in enumerate(columns.items()):
            x, y = column * (cell + 6), 26 + row * (cell + 6)
            if not row:
                draw.text((x, 2), title, 0, font)
            crop = Image.fromarray(plane[top : top + SIDE, left : left + SIDE])
            sheet.paste(crop.resize((cell, cell), Image.Resampling.BICUBIC), (x, y))
        gains = {look: _psnr(columns[look], truth) - _psnr(received, truth) for look in looks}
        print(Path(name).stem, *(f"{look} {gain:+.2f} dB" for look, gain in gains.items()))
    sheet.save(target, optimize=True)


def _psnr(plane: np.ndarray, truth: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((plane.astype(float) - truth) ** 2)))


if __name__ == "__main__":
    main(*sys.argv[1:])

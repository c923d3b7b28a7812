"""A sheet of crops side by side: what came in, what each sharpener made of it, and the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from crispen.callbench.contender_scores import INPUT
from crispen.callbench.contenders.contender import Contender, Failed
from crispen.callbench.picture_cases import Pair
from crispen.metrics.psnr_ssim import cv2, psnr, ssim

_PAPER, _INK, _MARGIN, _LETTERS = 255, 0, 8, 12


@dataclass(frozen=True)
class SheetConfig:
    """crop: side in pixels of what is shown. zoom: each pixel is drawn zoom x zoom, not interpolated."""

    crop: int = 128
    zoom: int = 2


def sheet(
    pairs: Sequence[Pair], contenders: Sequence[Contender], focus: str, config: SheetConfig | None = None
) -> Image.Image:
    """One row a pair: input, each of `contenders`, truth; a grey ("L") picture.

    The crop is where `focus`, one of `contenders`, changed the squared error most, for better or for worse. The scores
    above the crops are those of the whole picture. A contender that fails on a pair is left out of its row.
    """
    if focus not in (names := [contender.name for contender in contenders]):
        raise ValueError(f"focus is one of {', '.join(names)}, not {focus!r}")
    config = config or SheetConfig()
    return paper([_row(pair, contenders, focus, config) for pair in pairs])


def _row(pair: Pair, contenders: Sequence[Contender], focus: str, config: SheetConfig) -> Image.Image:
    truth, received = pair.load()
    outputs = {INPUT: received}
    for contender in contenders:
        output = next(contender.pictures([pair.arrived()]))
        if not isinstance(output, Failed):
            outputs[contender.name] = output
    return compared(truth, outputs, focus, f"{pair.picture}, {pair.condition}", config)


def compared(
    truth: np.ndarray, outputs: Mapping[str, np.ndarray], focus: str, title: str, config: SheetConfig
) -> Image.Image:
    """One titled row of crops: each of `outputs`, INPUT among them, then the truth; all (H, W) uint8 planes."""
    received = outputs[INPUT]
    top, left = most_changed(truth, received, outputs.get(focus, received), config.crop)
    window = np.s_[top : top + config.crop, left : left + config.crop]
    cells = [
        _cell(plane[window], config, f"{name}: {psnr(truth, plane):.2f} dB, {ssim(truth, plane):.4f}")
        for name, plane in outputs.items()
    ]
    cells.append(_cell(truth[window], config, "truth"))
    heading = _text(f"{title}, {config.crop} pixels from ({left}, {top})")
    return _stack([heading, _stack(cells, horizontal=True)], horizontal=False)


def paper(rows: Sequence[Image.Image]) -> Image.Image:
    """Rows one below the other, with a margin around them."""
    return ImageOps.expand(_stack(rows, horizontal=False), _MARGIN, _PAPER)


def most_changed(truth: np.ndarray, received: np.ndarray, output: np.ndarray, side: int) -> tuple[int, int]:
    """(top, left) of the window of `side` pixels in which the sum of squared errors changed most, up or down."""
    before, after = (np.square(truth.astype(np.float64) - plane) for plane in (received, output))
    sums = cv2.integral(after - before)
    height, width = (min(side, room) for room in truth.shape)
    change = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = np.unravel_index(int(np.abs(change).argmax()), change.shape)
    return int(top), int(left)


def _cell(plane: np.ndarray, config: SheetConfig, label: str) -> Image.Image:
    enlarged = Image.fromarray(plane.repeat(config.zoom, 0).repeat(config.zoom, 1))
    return _stack([_text(label), enlarged], horizontal=False)


def _text(text: str) -> Image.Image:
    font = ImageFont.load_default(size=_LETTERS)
    image = Image.new("L", (int(font.getlength(text)) + 1, 3 * _LETTERS // 2), _PAPER)
    ImageDraw.Draw(image).text((0, 0), text, _INK, font)
    return image


def _stack(images: Sequence[Image.Image], horizontal: bool) -> Image.Image:
    """Side by side or one below the other, with a margin between them."""
    along, across = (0, 1) if horizontal else (1, 0)
    size = [0, 0]
    size[along] = sum(image.size[along] for image in images) + _MARGIN * (len(images) - 1)
    size[across] = max(image.size[across] for image in images)
    paper = Image.new("L", (size[0], size[1]), _PAPER)
    place = [0, 0]
    for image in images:
        paper.paste(image, (place[0], place[1]))
        place[along] += image.size[along] + _MARGIN
    return paper

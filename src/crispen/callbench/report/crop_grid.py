"""A picture of crops side by side: the input, what each contender made of it, and the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from crispen.callbench.case import Case
from crispen.callbench.contenders.contender import Contender, Failed
from crispen.callbench.report.crops import most_changed
from crispen.callbench.scoring import INPUT
from crispen.metrics.psnr import psnr
from crispen.metrics.ssim import ssim

_WHITE, _BLACK, _MARGIN, _FONT_SIZE = 255, 0, 8, 12


def crop_grid(
    cases: Sequence[Case], contenders: Sequence[Contender], focus: str, side: int = 128, zoom: int = 2
) -> Image.Image:
    """Draws one row per case: input, each of `contenders`, truth.

    The crop is where `focus` changed the squared error most, for better or worse. The scores above the crops are those
    of the whole picture. A contender that fails on a case is left out of its row.

    Args:
        cases: Cases of pictures.
        contenders: The contenders whose outputs are shown.
        focus: The name of one of them.
        side: Side of a crop, in pixels.
        zoom: Each pixel is drawn zoom x zoom, not interpolated.

    Returns:
        A gray ("L") picture.

    Raises:
        ValueError: If `focus` is not among the contenders.
    """
    if focus not in (names := [contender.name for contender in contenders]):
        raise ValueError(f"focus is one of {', '.join(names)}, not {focus!r}")
    rows = []
    for case in cases:
        truth, received = case.load()
        outputs = {INPUT: received}
        for contender in contenders:
            output = next(contender.pictures([case.input()]))
            if not isinstance(output, Failed):
                outputs[contender.name] = output
        rows.append(crop_row(truth, outputs, focus, f"{case.picture}, {case.condition}", side, zoom))
    return stack_rows(rows)


def crop_row(
    truth: np.ndarray, outputs: Mapping[str, np.ndarray], focus: str, title: str, side: int, zoom: int
) -> Image.Image:
    """Draws one titled row of crops: each of `outputs`, INPUT among them, then the truth; all (H, W) uint8 planes."""
    received = outputs[INPUT]
    top, left = most_changed(truth, received, outputs.get(focus, received), side)
    window = np.s_[top : top + side, left : left + side]
    cells = [
        _cell(plane[window], zoom, f"{name}: {psnr(truth, plane):.2f} dB, {ssim(truth, plane):.4f}")
        for name, plane in outputs.items()
    ]
    cells.append(_cell(truth[window], zoom, "truth"))
    heading = _text(f"{title}, {side} pixels from ({left}, {top})")
    return _stack([heading, _stack(cells, horizontal=True)], horizontal=False)


def stack_rows(rows: Sequence[Image.Image]) -> Image.Image:
    """Draws rows one below the other, with a margin around them."""
    return ImageOps.expand(_stack(rows, horizontal=False), _MARGIN, _WHITE)


def _cell(plane: np.ndarray, zoom: int, label: str) -> Image.Image:
    enlarged = Image.fromarray(plane.repeat(zoom, 0).repeat(zoom, 1))
    return _stack([_text(label), enlarged], horizontal=False)


def _text(text: str) -> Image.Image:
    font = ImageFont.load_default(size=_FONT_SIZE)
    image = Image.new("L", (int(font.getlength(text)) + 1, 3 * _FONT_SIZE // 2), _WHITE)
    ImageDraw.Draw(image).text((0, 0), text, _BLACK, font)
    return image


def _stack(images: Sequence[Image.Image], horizontal: bool) -> Image.Image:
    """Side by side or one below the other, with a margin between them."""
    along, across = (0, 1) if horizontal else (1, 0)
    size = [0, 0]
    size[along] = sum(image.size[along] for image in images) + _MARGIN * (len(images) - 1)
    size[across] = max(image.size[across] for image in images)
    grid = Image.new("L", (size[0], size[1]), _WHITE)
    place = [0, 0]
    for image in images:
        grid.paste(image, (place[0], place[1]))
        place[along] += image.size[along] + _MARGIN
    return grid

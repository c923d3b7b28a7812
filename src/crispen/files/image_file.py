"""One still picture, sharpened."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from crispen.files.file_config import Options, Sharpening
from crispen.files.result import Report
from crispen.frame import Colour, luma_float, luma_from_rgb
from crispen.image import exif
from crispen.image.image_reader import explain_memory_errors, load_picture
from crispen.image.image_writer import check_fits_format, picture_format_for, save_picture
from crispen.image.picture import Picture
from crispen.image.upscale import enlarge_picture
from crispen.media.atomic_output import atomic_file, check_writable
from crispen.media.error_messages import explain_write_errors

FULL = Colour(matrix=6, full_range=True)
BAND = 1 << 22  # pixels that the network works on at once, some 50 bytes each
_STEP = 16  # rows; bands begin at multiples, as the blocks of every network do


def sharpen_picture(
    source: Path, target: Path, compare: Path | None, sharpener: Sharpening, options: Options
) -> Report:
    """Sharpens the picture `source` into `target`, and writes before | after to `compare` unless that is None.

    Raises CrispenError if it cannot be read, or not be written as what `target` is named.
    """
    start = time.monotonic()
    for path in (target, compare):
        if path is not None:
            picture_format_for(path)
            check_writable(path, options.overwrite)
    picture = load_picture(source)
    check_fits_format(picture, target.suffix)
    input_size = picture.size
    with explain_memory_errors(source):
        size = options.enlargement.size(*input_size, turned=picture.orientation >= 5)
        picture = enlarge_picture(picture, *size)
        before = copy_of(picture) if compare is not None else None
        change = sharpen_pixels(picture, sharpener)
        _write(picture, target, options)
        if compare is not None and before is not None:
            _write(beside(before, picture), compare, options)
    return Report(
        str(source), str(target), "image", "", sharpener.engine, sharpener.precision, sharpener.threads,
        {sharpener.choice.weights: 1}, sharpener.choice.strength, picture_format_for(target), 1,
        time.monotonic() - start, input_size, size, change, str(compare) if compare else None,
        kept=picture.notes.kept, lost=picture.notes.lost, instructions=sharpener.instructions,
    )  # fmt: skip


def _write(picture: Picture, path: Path, options: Options) -> None:
    with atomic_file(path, options.overwrite) as part, explain_write_errors(path), open(part, "wb") as file:
        save_picture(picture, file, path.suffix)


def sharpen_pixels(picture: Picture, sharpener: Sharpening) -> float:
    """Sharpens the luma of `picture` in place; alpha stays. Returns the mean absolute change of luma in 8-bit levels.

    16-bit samples get the change of their upper 8 bits.
    """
    width, height = picture.size
    luma = np.empty((height, width), np.uint8)
    step = max(1, BAND // width)
    for top in range(0, height, step):
        luma[top : top + step] = _luma(picture, picture.rows(top, min(top + step, height)))
    changed = 0.0
    for top, sharp in sharpened(luma, sharpener):
        rows = picture.rows(top, top + len(sharp)).copy()
        before = _level(picture, rows)
        difference = sharp.astype(np.int32) - luma[top : top + len(sharp)]
        colours = slice(1 if picture.colour == "ycc" else picture.channels - picture.has_alpha)
        scale, most = (257, 65535) if picture.deep else (1, 255)
        rows[..., colours] = np.clip(rows[..., colours] + (difference * scale)[..., None], 0, most)
        changed += float(np.abs(_level(picture, rows) - before).sum(dtype=np.float64))
        picture.put(top, rows)
    return changed / luma.size


def sharpened(luma: np.ndarray, sharpener: Sharpening) -> Iterator[tuple[int, np.ndarray]]:
    """Bands of what `sharpener.luma` makes of the (H, W) uint8 plane, each with the row that it begins at.

    A band is computed with all around it that the network sees, by the choice for the whole plane, so that in the
    exact arithmetic of eight bits it is what the whole plane would give. A network that does not tell how far it sees
    gets the whole plane at once.
    """
    height, width = luma.shape
    reach = sharpener.reach
    if luma.size <= BAND or reach is None:
        yield 0, sharpener.luma(luma)
        return
    margin = -(-reach // _STEP) * _STEP
    step = max(1, BAND // width // _STEP) * _STEP
    sharpener.hold(sharpener.choose(luma))
    try:
        for top in range(0, height, step):
            first, last = max(0, top - margin), min(height, top + step + margin)
            sharp = sharpener.luma(luma[first:last])
            yield top, sharp[top - first : min(top + step, height) - first]
    finally:
        sharpener.hold(None)


def _luma(picture: Picture, rows: np.ndarray) -> np.ndarray:
    """What is sharpened of (N, W, C): (N, W) uint8."""
    eight = (rows >> 8).astype(np.uint8) if picture.deep else rows
    return luma_from_rgb(eight[..., :3], FULL) if picture.colour == "rgb" else eight[..., 0]


def _level(picture: Picture, rows: np.ndarray) -> np.ndarray:
    """Luma of (N, W, C) in 8-bit levels, not rounded: (N, W) float32."""
    levels = rows / np.float32(257 if picture.deep else 1)
    return luma_float(levels[..., :3], FULL) if picture.colour == "rgb" else levels[..., 0]


def copy_of(picture: Picture) -> Picture:
    """The same picture with a canvas of its own."""
    return replace(picture, canvas=picture.canvas.copy())


def beside(before: Picture, after: Picture) -> Picture:
    """Both pictures next to each other, without what follows the one in its file."""
    block = exif.with_size(after.metadata.exif, 2 * before.size[0], before.size[1])
    after = replace(after, metadata=replace(after.metadata, exif=block, behind=b"", index=b""))
    if isinstance(before.canvas, np.ndarray) and isinstance(after.canvas, np.ndarray):
        return replace(after, canvas=np.concatenate([before.canvas, after.canvas], axis=1))
    assert isinstance(before.canvas, Image.Image) and isinstance(after.canvas, Image.Image)
    width, height = before.size
    canvas = Image.new(before.canvas.mode, (2 * width, height))
    canvas.paste(before.canvas, (0, 0))
    canvas.paste(after.canvas, (width, 0))
    return replace(after, canvas=canvas)

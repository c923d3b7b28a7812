"""One still picture, sharpened."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from crispen.apps.options import Options, Sharpening
from crispen.apps.report import Report
from crispen.frame import Colour, luma_float
from crispen.media.enlarge import enlarge_picture
from crispen.media.failure import writing
from crispen.media.image import Picture, encode, load, save_format
from crispen.media.output import refuse_existing, whole_file

FULL = Colour(matrix=6, full_range=True)


def sharpen_picture(
    source: Path, target: Path, compare: Path | None, sharpener: Sharpening, options: Options
) -> Report:
    """Sharpens the picture `source` into `target`, and writes before | after to `compare` unless that is None.

    Raises CrispenError if it cannot be read, or not be written as what `target` is named.
    """
    start = time.monotonic()
    for path in (target, compare):
        if path is not None:
            save_format(path)
            refuse_existing(path, options.overwrite)
    before = load(source)
    input_size = before.pixels.shape[1], before.pixels.shape[0]
    size = options.enlargement.size(*input_size, turned=before.orientation >= 5)
    before = enlarge_picture(before, *size)
    after = sharpen_pixels(before, sharpener)
    data = encode(after, target.suffix)
    with whole_file(target, options.overwrite) as part, writing(target):
        part.write_bytes(data)
    if compare is not None:
        data = encode(beside(before, after), compare.suffix)
        with whole_file(compare, options.overwrite) as part, writing(compare):
            part.write_bytes(data)
    return Report(
        str(source), str(target), "image", "", sharpener.engine, sharpener.precision, sharpener.threads,
        {sharpener.choice.weights: 1}, sharpener.choice.strength, save_format(target), 1, time.monotonic() - start,
        input_size, size, luma_change(before, after), str(compare) if compare else None,
        kept=kept_of(before), lost=after.notes.lost, instructions=sharpener.instructions,
    )  # fmt: skip


def sharpen_pixels(picture: Picture, sharpener: Sharpening) -> Picture:
    """`picture` with its luma sharpened; 16-bit samples get the change of their upper 8 bits, alpha is shared."""
    pixels = picture.pixels
    eight = (pixels >> 8).astype(np.uint8) if picture.deep else pixels
    if picture.colour == "rgb":
        sharp = sharpener.image(np.ascontiguousarray(eight))
    elif picture.colour == "grey":
        sharp = sharpener.luma(np.ascontiguousarray(eight))
    else:
        sharp = eight.copy()
        sharp[..., 0] = sharpener.luma(np.ascontiguousarray(eight[..., 0]))
    if picture.deep:
        change = (sharp.astype(np.int32) - eight) * 257
        sharp = np.clip(pixels + change, 0, 65535).astype(np.uint16)
    return replace(picture, pixels=sharp)


def beside(before: Picture, after: Picture) -> Picture:
    """Both pictures next to each other."""
    alpha = None
    if before.alpha is not None:
        alpha = np.concatenate([before.alpha, before.alpha], axis=1)
    return replace(after, pixels=np.concatenate([before.pixels, after.pixels], axis=1), alpha=alpha)


def luma_change(before: Picture, after: Picture) -> float:
    """Mean absolute change of luma in 8-bit levels."""

    def luma(picture: Picture) -> np.ndarray:
        pixels = picture.pixels / np.float32(257 if picture.deep else 1)
        if picture.colour == "rgb":
            return luma_float(pixels, FULL)
        return pixels if picture.colour == "grey" else pixels[..., 0]

    return float(np.abs(luma(after) - luma(before)).mean())


def kept_of(picture: Picture) -> list[str]:
    """What went along untouched."""
    names = {"icc_profile": "ICC profile", "exif": "EXIF", "xmp": "XMP"}
    kept = [text for key, text in names.items() if picture.save_options.get(key)]
    return [*kept, "alpha"] if picture.alpha is not None else kept

"""Sharpens one still picture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from crispen.files.file_config import FileConfig
from crispen.files.file_copy import copy_bytes
from crispen.files.pass_through import SharpenerLike
from crispen.files.result import Result
from crispen.frame import Colour, luma_float, luma_from_rgb
from crispen.image import exif
from crispen.image.image_reader import explain_memory_errors, load_picture
from crispen.image.image_writer import check_fits_format, picture_format_for, save_picture
from crispen.image.picture import Picture
from crispen.image.upscale import enlarge_picture
from crispen.media.atomic_output import atomic_file, check_writable
from crispen.media.error_messages import explain_write_errors
from crispen.media.file_type import SIGNATURE_BYTES, detect_picture_format
from crispen.runtime.stream_info import scaled_by

FULL = Colour(matrix=6, full_range=True)
BAND = 1 << 22  # pixels that the network processes at once, at about 50 bytes each
_STEP = 16  # rows; bands begin at multiples of it, as the blocks of every network do


def sharpen_picture(
    source: Path, target: Path, compare: Path | None, sharpener: SharpenerLike, config: FileConfig
) -> Result:
    """Sharpens a picture.

    If no sample changes and `target` has the format of `source`, the file is copied, which avoids the loss of
    encoding it again.

    Args:
        source: The picture, its format detected by content.
        target: The file to write, its format given by the suffix.
        compare: Where to write before beside after, if anywhere.
        sharpener: Sharpens the luma.
        config: Size of the output, and whether existing files are replaced.

    Raises:
        CrispenError: The picture cannot be read, or cannot be written in the format of `target`.
    """
    start = time.monotonic()
    for path in (target, compare):
        if path is not None:
            picture_format_for(path)
            check_writable(path, config.overwrite)
    picture = load_picture(source)
    check_fits_format(picture, target.suffix)
    input_size = picture.size
    with explain_memory_errors(source):
        size = config.enlargement.size(*input_size, turned=picture.orientation >= 5)
        picture = enlarge_picture(picture, *size)
        sharpener.stream_info = scaled_by(input_size[1], size[1])
        before = copy_of(picture) if compare is not None else None
        change = sharpen_pixels(picture, sharpener)
        copied = not change and size == input_size and not picture.damaged and _has_format_of(source, target)
        with ExitStack() as outputs:  # if one of the two cannot be written, neither appears
            part = outputs.enter_context(atomic_file(target, config.overwrite))
            if copied:
                copy_bytes(source, part, target)
            else:
                _save(picture, part, target)
            if compare is not None and before is not None:
                part = outputs.enter_context(atomic_file(compare, config.overwrite))
                _save(beside(before, picture), part, compare)
    kept, lost = ((), ()) if copied else (tuple(picture.notes.kept), tuple(picture.notes.lost))
    return Result(
        str(source), str(target), "image", config.model_name, sharpener.engine, sharpener.precision, sharpener.threads,
        {sharpener.choice.expert: 1}, sharpener.choice.strength * config.strength, picture_format_for(target), 1,
        time.monotonic() - start, input_size, size, change, str(compare) if compare else None,
        kept=kept, lost=lost, instructions=sharpener.instructions, copied=copied, device=sharpener.device,
    )  # fmt: skip


def _has_format_of(source: Path, target: Path) -> bool:
    with open(source, "rb") as file:
        return detect_picture_format(file.read(SIGNATURE_BYTES)) == picture_format_for(target)


def _save(picture: Picture, part: Path, path: Path) -> None:
    with explain_write_errors(path), open(part, "wb") as file:
        save_picture(picture, file, path.suffix)


def sharpen_pixels(picture: Picture, sharpener: SharpenerLike) -> float:
    """Sharpens the luma of `picture` in place; alpha does not change.

    16-bit samples get the change of their upper 8 bits.

    Returns:
        The mean absolute change of luma in 8-bit levels.
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


def sharpened(luma: np.ndarray, sharpener: SharpenerLike) -> Iterator[tuple[int, np.ndarray]]:
    """Sharpens a large plane band by band.

    Each band is computed together with the rows around it that are in the receptive field, and with the expert chosen
    for the whole plane. So int8 arithmetic gives exactly the samples that the whole plane would give. A network whose
    receptive field is unknown gets the whole plane at once.

    Args:
        luma: (H, W) uint8.
        sharpener: Sharpens each band.

    Yields:
        (first row, band), the band (N, W) uint8.
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
    """The luma to sharpen of (N, W, C) samples: (N, W) uint8."""
    eight = (rows >> 8).astype(np.uint8) if picture.deep else rows
    return luma_from_rgb(eight[..., :3], FULL) if picture.colour == "rgb" else eight[..., 0]


def _level(picture: Picture, rows: np.ndarray) -> np.ndarray:
    """Unrounded luma of (N, W, C) samples in 8-bit levels: (N, W) float32."""
    levels = rows / np.float32(257 if picture.deep else 1)
    return luma_float(levels[..., :3], FULL) if picture.colour == "rgb" else levels[..., 0]


def copy_of(picture: Picture) -> Picture:
    """The same picture with its own copy of the samples."""
    return replace(picture, canvas=picture.canvas.copy())


def beside(before: Picture, after: Picture) -> Picture:
    """Both pictures side by side, without the data that follows the picture in its file."""
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

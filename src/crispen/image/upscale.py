"""Enlarging of still pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

from crispen.errors import CrispenError
from crispen.image import exif
from crispen.image.picture import Picture

MAX_PIXELS = 128_000_000  # of an enlarged picture, which temporarily takes up to 10 bytes per pixel
_ROWS = 256  # rows that are rounded at once


def enlarge_picture(picture: Picture, width: int, height: int) -> Picture:
    """Scales a picture with bicubic interpolation, each channel separately; colour is weighted by alpha.

    EXIF gets the new size.

    Raises:
        CrispenError: The output would have more than MAX_PIXELS pixels.
    """
    if picture.size == (width, height):
        return picture
    if width * height > MAX_PIXELS:
        raise CrispenError(f"the output would be {width}x{height}; {MAX_PIXELS // 1_000_000} megapixels are the most")
    canvas = picture.canvas
    if isinstance(canvas, np.ndarray):
        channels = (canvas[..., index] for index in range(picture.channels))
        larger = np.stack(list(_scaled(channels, picture.has_alpha, (width, height), np.uint16)), axis=-1)
    else:
        channels = (np.asarray(band) for band in canvas.split())
        planes = _scaled(channels, picture.has_alpha, (width, height), np.uint8)
        larger = Image.merge(canvas.mode, [Image.fromarray(plane) for plane in planes])
    metadata = replace(picture.metadata, exif=exif.with_size(picture.metadata.exif, width, height))
    return replace(picture, canvas=larger, metadata=metadata)


def _scaled(channels: Iterable[np.ndarray], has_alpha: bool, size: tuple[int, int], kind: type) -> Iterator[np.ndarray]:
    """Yields each (H, W) channel at the new size as `kind`. Alpha is the last channel and weights the others."""

    def scaled(plane: np.ndarray) -> Image.Image:
        return Image.fromarray(np.ascontiguousarray(plane, np.float32)).resize(size, Image.Resampling.BICUBIC)

    if not has_alpha:
        yield from (_rounded(scaled(plane), kind) for plane in channels)
        return
    *colours, alpha = channels
    weight = scaled(alpha)
    yield from (_rounded(scaled(colour.astype(np.float32) * alpha), kind, weight) for colour in colours)
    yield _rounded(weight, kind)


def _rounded(plane: Image.Image, kind: type, weight: Image.Image | None = None) -> np.ndarray:
    """Rounds a plane to `kind`, after division by `weight` where that is not 0."""
    width, height = plane.size
    whole = np.empty((height, width), kind)
    for top in range(0, height, _ROWS):
        box = 0, top, width, min(top + _ROWS, height)
        rows = np.asarray(plane.crop(box))
        if weight is not None:
            by = np.asarray(weight.crop(box))
            rows = np.divide(rows, by, out=np.zeros_like(rows), where=by > 0.5)
        whole[top : top + _ROWS] = np.clip(np.rint(rows), 0, np.iinfo(kind).max)
    return whole

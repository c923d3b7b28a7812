"""How large the output is, and still pictures made that large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from crispen.errors import CrispenError
from crispen.media import exif
from crispen.media.image import Picture

LARGEST = 16384
MOST = 128_000_000  # pixels of an enlarged picture, some 12 bytes each on the way


@dataclass(frozen=True)
class Enlargement:
    """How much to enlarge first: by `scale` (>= 1), or to `height` rows as displayed; both None: not at all."""

    scale: float | None = None
    height: int | None = None

    def size(self, width: int, height: int, turned: bool = False, even: bool = False) -> tuple[int, int]:
        """Output width and height; `turned` pictures are displayed on their side; nothing is ever made smaller.

        even: both come out even if anything is scaled, as halved chroma wants. Raises CrispenError beyond LARGEST.
        """
        factor = self.scale or 1.0
        if self.height is not None:
            factor = self.height / (width if turned else height)
        if factor <= 1:
            return width, height
        step = 2 if even else 1
        size = [max(step, round(side * factor / step) * step) for side in (width, height)]
        if self.height is not None and self.height % step == 0:
            size[0 if turned else 1] = self.height
        if max(size) > LARGEST:
            raise CrispenError(f"the output would be {size[0]}x{size[1]}; {LARGEST} is the longest side")
        return size[0], size[1]


def enlarge_picture(picture: Picture, width: int, height: int) -> Picture:
    """`picture` at another size, bicubic, each channel on its own; colour is weighted by alpha where there is any.

    Its EXIF tells the new size. Raises CrispenError beyond MOST pixels.
    """
    if picture.size == (width, height):
        return picture
    if width * height > MOST:
        raise CrispenError(f"the output would be {width}x{height}; {MOST // 1_000_000} megapixels are the most")
    canvas = picture.canvas
    if isinstance(canvas, np.ndarray):
        planes = _scaled([canvas[..., i] for i in range(canvas.shape[2])], width, height)
        larger = np.stack([_rounded(plane, np.uint16) for plane in planes], axis=-1)
    else:
        bands = (np.asarray(band) for band in canvas.split())
        planes = _scaled(list(bands), width, height)
        larger = Image.merge(canvas.mode, [Image.fromarray(_rounded(plane, np.uint8)) for plane in planes])
    metadata = replace(picture.metadata, exif=exif.resized(picture.metadata.exif, width, height))
    return replace(picture, canvas=larger, metadata=metadata)


def _scaled(channels: list[np.ndarray], width: int, height: int) -> Iterator[np.ndarray]:
    """Each (H, W) at the new size, float32; the last of two or four is alpha, which the others are weighted by."""

    def scaled(plane: np.ndarray) -> np.ndarray:
        image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
        return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))

    if len(channels) in (1, 3):
        yield from map(scaled, channels)
        return
    *colours, alpha = channels
    weight = scaled(alpha)
    seen = weight > 0.5
    for colour in colours:
        plane = scaled(colour.astype(np.float32) * alpha)
        yield np.divide(plane, weight, out=np.zeros_like(plane), where=seen)
    yield weight


def _rounded(plane: np.ndarray, kind: type) -> np.ndarray:
    return np.clip(np.rint(plane), 0, np.iinfo(kind).max).astype(kind)

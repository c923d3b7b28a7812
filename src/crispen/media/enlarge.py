"""How large the output is, and still pictures made that large."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from crispen.errors import CrispenError
from crispen.media.image import Picture

LARGEST = 16384


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
    """`picture` at another size, bicubic, each channel on its own; colour is weighted by alpha where there is any."""
    if picture.pixels.shape[:2] == (height, width):
        return picture
    top = np.iinfo(picture.pixels.dtype).max

    def scaled(plane: np.ndarray) -> np.ndarray:
        image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
        return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))

    def rounded(plane: np.ndarray) -> np.ndarray:
        return np.clip(np.rint(plane), 0, top).astype(picture.pixels.dtype)

    channels = picture.pixels.reshape(*picture.pixels.shape[:2], -1)
    if picture.alpha is None:
        planes = [rounded(scaled(channels[..., i])) for i in range(channels.shape[2])]
        alpha = None
    else:
        weight = scaled(picture.alpha)
        alpha = rounded(weight)
        safe = np.where(weight > 0.5, weight, np.float32(1))
        weighted = (scaled(channels[..., i].astype(np.float32) * picture.alpha) for i in range(channels.shape[2]))
        planes = [rounded(np.where(weight > 0.5, plane / safe, 0)) for plane in weighted]
    pixels = planes[0] if picture.pixels.ndim == 2 else np.stack(planes, axis=-1)
    return replace(picture, pixels=pixels, alpha=alpha)

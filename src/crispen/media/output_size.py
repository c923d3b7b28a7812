"""Output size of pictures and videos that are enlarged before sharpening."""

from __future__ import annotations

from dataclasses import dataclass

from crispen.errors import CrispenError

MAX_SIDE = 16384  # pixels


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
        if max(size) > MAX_SIDE:
            raise CrispenError(f"the output would be {size[0]}x{size[1]}; {MAX_SIDE} is the longest side")
        return size[0], size[1]

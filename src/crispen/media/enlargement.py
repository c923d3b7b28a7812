"""Output size of pictures and videos that are enlarged before sharpening."""

from __future__ import annotations

from dataclasses import dataclass

from crispen.errors import CrispenError

MAX_SIDE = 16384  # pixels


@dataclass(frozen=True)
class Enlargement:
    """How much to enlarge before sharpening; not at all if both attributes are None.

    Attributes:
        scale: Factor, at least 1.
        height: Height as displayed, in pixels.
    """

    scale: float | None = None
    height: int | None = None

    def size(self, width: int, height: int, turned: bool = False, even: bool = False) -> tuple[int, int]:
        """Output width and height, never smaller than the input.

        Args:
            width: Input width as stored.
            height: Input height as stored.
            turned: Whether width and height are swapped on display.
            even: Whether scaled sides must be even, as subsampled chroma requires.

        Raises:
            CrispenError: A side would be longer than MAX_SIDE pixels.
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

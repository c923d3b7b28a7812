"""Bar chart of the timings of `crispen bench`, by size, with the frame times of 30 and 60 fps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from crispen.bench.model_timings import Timing
from crispen.pages.svg_plot import bar, drawing, line, text, width_of

_WIDTH, _ROW, _GAP, _ABOVE = 900, 18, 34, 30
_RATES = 60, 30  # frames a second


def bars_svg(timings: Sequence[Timing]) -> str:
    """Draws medians in milliseconds on one logarithmic scale, a block per size.

    Returns:
        A self-contained SVG with light and dark colors.
    """
    labels = {id(each): " ".join((each.name, each.engine_and_device, each.precision)) for each in timings}
    left = max(map(width_of, labels.values())) + 10
    low = 10 ** math.floor(math.log10(min(each.median_ms for each in timings)))
    high = max(1000 / _RATES[-1], *(each.median_ms for each in timings)) * 1.2

    def x(milliseconds: float) -> float:
        return left + (_WIDTH - 60 - left) * math.log10(milliseconds / low) / math.log10(high / low)

    parts, y = [], float(_ABOVE)
    for size, block in groupby(timings, lambda each: each.size):
        parts.append(text(left, y, f"{size}, ms a frame", "ink"))
        y += 8
        top = y
        for each in block:
            length = x(each.median_ms) - left
            parts.append(text(left - 8, y + 12, labels[id(each)], "ink", "end"))
            parts.append(bar("ours" if each.gmac_per_s else "theirs", left, y + 3, length, 11))
            parts.append(text(left + length + 6, y + 12, f"{each.median_ms:.1f}", "quiet"))
            y += _ROW
        for rate in _RATES:
            parts.append(line("zero", f"M{x(1000 / rate):.1f} {top:.1f}V{y:.1f}", 'stroke-dasharray="3 3"'))
            parts.append(text(x(1000 / rate), y + 12, f"{rate} fps", "quiet", "middle"))
        y += _GAP
    return drawing(_WIDTH, y, "Milliseconds for a frame", parts) + "\n"

"""SVG elements of plots: a panel of gains against times on a logarithmic axis, lines, shapes and text.

Attributes hold the light colours, for viewers that ignore style sheets; STYLE holds the dark ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from crispen.pages.label_placement import Box

LETTERS = 12  # pixels
LABEL_HEIGHT = 15
PAPER = "#f6f7f5"
_WIDE = 0.61  # of the letters' size, as wide as common sans serifs have them on average
_COLOURS = {
    "ink": "#141a18",
    "quiet": "#55605c",
    "grid": "#d5dbd7",
    "zero": "#6d7774",
    "front": "#0a6b5a",
    "interval": "#55605c",
    "leader": "#a3aca8",
    "theirs": "#6d7774",
    "ours": "#0a6b5a",
}
STYLE = """
.pareto text { font-family: system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.pareto .label { paint-order: stroke; stroke: #f6f7f5; stroke-width: 3px; stroke-linejoin: round; }
@media (prefers-color-scheme: dark) {
  .pareto .ink { fill: #ecf1ee; } .pareto .quiet { fill: #9caaa4; } .pareto .paper { fill: #0f1312; }
  .pareto .grid { stroke: #2c3532; } .pareto .zero { stroke: #8a9691; } .pareto .interval { stroke: #9caaa4; }
  .pareto .front { stroke: #63dcbf; } .pareto .leader { stroke: #66726d; } .pareto .label { stroke: #0f1312; }
  .pareto .theirs { fill: #97a29d; stroke: #0f1312; } .pareto .ours { fill: #63dcbf; stroke: #0f1312; }
}
"""


@dataclass(frozen=True)
class Panel:
    """area: the plot's own, without its axes. times: milliseconds at its left and right edge, above 0.

    gains: what stands at its lower and its upper edge, which is the greater one where more is better.
    """

    area: Box
    times: tuple[float, float]
    gains: tuple[float, float]

    @property
    def right(self) -> float:
        return self.area.left + self.area.width

    @property
    def bottom(self) -> float:
        return self.area.top + self.area.height

    def x(self, milliseconds: float) -> float:
        left, right = map(math.log10, self.times)
        return self.area.left + self.area.width * (math.log10(milliseconds) - left) / (right - left)

    def share(self, gain: float) -> float:
        """How far below the upper edge a gain lies, as a share of the height; above 1 it is outside."""
        lower, upper = self.gains
        return (upper - gain) / (upper - lower)

    def y(self, gain: float) -> float:
        """The lower edge for all that lies below it."""
        return self.area.top + self.area.height * min(1.0, self.share(gain))

    def grid(self) -> str:
        """Lines at round values, each with its number."""
        parts = []
        for value in self._round_times():
            at = self.x(value)
            parts.append(line("grid", f"M{at:.1f} {self.area.top:.1f}V{self.bottom:.1f}"))
            parts.append(text(at, self.bottom + 18, f"{value:g}", "quiet time", "middle"))
        step, values = round_values(*sorted(self.gains))
        for value in values:
            at = self.y(value)
            parts.append(line("grid", f"M{self.area.left:.1f} {at:.1f}H{self.right:.1f}"))
            written = f"{value:+.{max(0, -math.floor(math.log10(step)))}f}" if value else "0"
            parts.append(text(self.area.left - 8, at + 4, typeset(written), "quiet gain", "end"))
        return "".join(parts)

    def _round_times(self) -> list[float]:
        low, high = self.times
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        multiples = (1, 2, 5) if self.area.width / math.log10(high / low) >= 120 else (1,)  # or they would touch
        values = (float(f"{multiple}e{power}") for power in powers for multiple in multiples)
        return [value for value in values if low <= value <= high]


def round_values(low: float, high: float) -> tuple[float, list[float]]:
    """A step of 1, 2 or 5 times a power of ten, and its multiples from low to high, four to eleven of them."""
    power = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = max(factor * power for factor in (1, 2, 5) if factor * power <= (high - low) / 4)
    return step, [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def line(name: str, path: str, more: str = "") -> str:
    """A line of the class `name`. more: further attributes."""
    return f'<path class="{name}" d="{path}" fill="none" stroke="{_COLOURS[name]}" {more}/>'


def shape(name: str, path: str, x: float, y: float, title: str = "") -> str:
    """A filled shape of the class `name` around (x, y). title: its tooltip."""
    said = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<path class="{name}" transform="translate({x:.1f} {y:.1f})" d="{path}" fill="{_COLOURS[name]}" '
        f'stroke="{PAPER}">{said}</path>'
    )


def bar(name: str, left: float, top: float, width: float, height: float) -> str:
    """A filled rectangle of the class `name`."""
    box = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{name}" {box} fill="{_COLOURS[name]}"/>'


def drawing(width: float, height: float, about: str, parts: Iterable[str]) -> str:
    """The whole picture, `width` by `height` pixels; about: what it shows, for screen readers."""
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pareto" {size} role="img" aria-label="{escape(about)}" '
        f'font-family="sans-serif" font-size="{LETTERS}"><style>{STYLE}</style>'
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}" fill="{PAPER}"/>{"".join(parts)}</svg>'
    )


def text(x: float, y: float, written: str, name: str, anchor: str = "start", more: str = "") -> str:
    """Text with its baseline at y. name: classes, the first of which is a colour."""
    colour = _COLOURS[name.partition(" ")[0]]
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{name}" {place} fill="{colour}" {more}>{escape(written)}</text>'


def width_of(written: str) -> float:
    """About how many pixels wide a text is, rather too many."""
    return _WIDE * LETTERS * len(written) + 2


def typeset(number: str) -> str:
    """A number as it is printed: with a minus, not a hyphen."""
    return number.replace("-", "\N{MINUS SIGN}")

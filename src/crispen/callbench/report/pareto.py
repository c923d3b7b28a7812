"""Plot of quality against time: every contender that was timed, and the Pareto front."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crispen.callbench.report.number_format import Figure, gain, milliseconds
from crispen.callbench.report.report_tables import INPUT_KIND, gain_title
from crispen.metrics.registry import METRICS
from crispen.pages.label_placement import Box, nearest, place_labels
from crispen.pages.svg_plot import LABEL_HEIGHT, Panel, drawing, line, shape, text, typeset, width_of

FRAME_MS = 1000 / 60
_TIMES = {"median_ms": "ms for a frame of 1920x1080, median", "pipeline_ms": "ms for a frame of 1920x1080, pipeline"}
_KINDS = {
    "crispen": ("Crispen", "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z"),
    "network": ("other networks", "M-4.4-4.4h8.8v8.8h-8.8z"),
    "filter": ("filters", "M0-5.4L5.2 4H-5.2z"),
    "resampling": ("scalers", "M0-5.6L5.6 0 0 5.6-5.6 0z"),
    "command": ("programs", "M-1.7-5h3.4v3.3h3.3v3.4h-3.3v3.3h-3.4v-3.3h-3.3v-3.4h3.3z"),
}
_PANEL_HEIGHT = 400
_STACKED = 720  # pixels of width below which the panels are stacked
_FAR = 12  # distance from which a line connects a mark with its label


@dataclass(frozen=True)
class Point:
    """A mark. x: milliseconds. y: the mean gain. low, high: the ends of its interval, or y if there is none."""

    name: str
    kind: str
    x: float
    y: float
    low: float
    high: float


def pareto_svg(
    summary: dict, x: str = "median_ms", metrics: Sequence[str] = ("psnr", "ssim"), width: int = 1040
) -> str:
    """Draws a panel for each of `metrics`: gain under the core conditions against time.

    Every row with a time is a mark, its 95 % interval a bar. The staircase is the Pareto front, and the line at zero is
    the input. A mark far below zero is drawn at the lower edge with its value.

    Args:
        summary: Summary of the core suite.
        x: The time in "speed".
        metrics: Names.
        width: In pixels. A narrow picture has its panels one below the other.

    Returns:
        A self-contained SVG with light and dark colors.
    """
    shown = {metric: points for metric in metrics if (points := points_of(summary, x, metric))}
    legend, top = _legend(shown.values(), width)
    across = 1 if width < _STACKED else max(1, len(shown))
    parts = [legend]
    for index, (metric, points) in enumerate(shown.items()):
        row, column = divmod(index, across)
        room = Box(column * width / across, top + row * _PANEL_HEIGHT, width / across, _PANEL_HEIGHT)
        parts.append(_panel(metric, points, room, _TIMES.get(x, x)))
    height = top + _PANEL_HEIGHT * -(-len(shown) // across)
    return drawing(width, height, "Gain over the input against time for a frame", parts)


def points_of(summary: dict, x: str, metric: str) -> list[Point]:
    """The rows, except the input, that have both a time and a gain."""
    points = []
    for name, row in summary["rows"].items():
        time, found = (row["speed"] or {}).get(x), (row["core"] or {"gain": {}})["gain"].get(metric)
        if row["kind"] != INPUT_KIND and time and found:
            mean = found["mean"]
            low, high = (mean if found[end] is None else found[end] for end in ("low", "high"))
            points.append(Point(name, row["kind"], time, mean, low, high))
    return points


def front(points: Iterable[Point], lower_is_better: bool = False) -> list[Point]:
    """The Pareto front, fastest first: points that gain more than the input and than all that are as fast or faster."""
    sign = -1 if lower_is_better else 1
    best, kept = 0.0, []
    for point in sorted(points, key=lambda point: (point.x, -sign * point.y)):
        if sign * point.y > best:
            best = sign * point.y
            kept.append(point)
    return kept


def _panel(metric: str, points: Sequence[Point], room: Box, time: str) -> str:
    panel = _scaled(metric, points, room)
    area = panel.area
    steps = front(points, METRICS[metric].lower_is_better)
    stairs = "".join(f"H{panel.x(point.x):.1f}V{panel.y(point.y):.1f}" for point in steps)
    zero, frame = panel.y(0), panel.x(FRAME_MS)
    parts = [
        text(area.left, area.top - 12, gain_title((metric,)), "ink", more='font-weight="600"'),
        panel.grid(),
        text(area.left + area.width / 2, panel.bottom + 38, time, "quiet", "middle"),
        line("zero", f"M{area.left:.1f} {zero:.1f}H{panel.right:.1f}"),
        line("zero", f"M{frame:.1f} {area.top:.1f}V{panel.bottom:.1f}", 'stroke-dasharray="4 4"'),
    ]
    if steps:
        parts.append(line("front", f"M{area.left:.1f} {zero:.1f}{stairs}H{panel.right:.1f}", 'stroke-width="1.5"'))
    first = sorted(points, key=lambda point: (point.kind != "crispen", point not in steps, point.x))
    parts += [_mark(panel, metric, point) for point in first[::-1]]  # the last drawn is on top
    parts += _labels(panel, metric, first)
    return f'<g data-measure="{metric}">{"".join(parts)}</g>'


def _scaled(metric: str, points: Sequence[Point], room: Box) -> Panel:
    """The panel that holds all points. Points far below zero are cut off, since they would compress all others."""
    sign = -1 if METRICS[metric].lower_is_better else 1
    ends = [sign * end for point in points for end in (point.low, point.high)]
    upper = max(0.0, *ends)
    lower = max(min(0.0, *ends), -upper) if upper > 0 else min(0.0, *ends)
    margin = 0.08 * (upper - lower) or 1.0
    times = [FRAME_MS, *(point.x for point in points)]
    return Panel(
        Box(room.left + 62, room.top + 30, room.width - 76, room.height - 84),
        (min(times) / 1.4, max(times) * 1.4),
        (sign * (lower - margin), sign * (upper + margin)),
    )


def _mark(panel: Panel, metric: str, point: Point) -> str:
    x, y = panel.x(point.x), panel.y(point.y)
    written = _written(metric, point)
    between = f" ({typeset(written.interval)})" if written.interval else ""
    title = f"{point.name}: {typeset(written.text)}{between}, {milliseconds(point.x).text} ms"
    interval = line("interval", f"M{x:.1f} {panel.y(point.low):.1f}V{panel.y(point.high):.1f}")
    return interval + shape(*_looks(point.kind), x, y, title)


def _labels(panel: Panel, metric: str, points: Sequence[Point]) -> Iterable[str]:
    """The names beside the marks, in order of importance. Without room for a name, the mark still has its tooltip."""
    places = [(panel.x(point.x), panel.y(point.y)) for point in points]
    names = [_name(panel, metric, point) for point in points]
    fixed = {
        INPUT_KIND: Box(
            panel.right - width_of(INPUT_KIND), panel.y(0) - LABEL_HEIGHT, width_of(INPUT_KIND), LABEL_HEIGHT
        ),
        "60 fps": Box(panel.x(FRAME_MS) + 4, panel.area.top, width_of("60 fps"), LABEL_HEIGHT),
    }
    taken = [*(Box(x - 6, y - 6, 12, 12) for x, y in places), *fixed.values()]
    boxes = place_labels(places, [(width_of(name), LABEL_HEIGHT) for name in names], panel.area, taken)
    for name, box in fixed.items():
        yield text(box.left, box.top + 11, name, "quiet")
    for (x, y), box in zip(places, boxes, strict=True):
        to_x, to_y = nearest(box, x, y) if box else (x, y)
        if math.hypot(to_x - x, to_y - y) > _FAR:
            yield line("leader", f"M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}")
    for point, name, (x, _), box in zip(points, names, places, boxes, strict=True):
        if box:
            weight = 'font-weight="600"' if point.kind == "crispen" else ""
            # Aligned to its mark, since the box is wider than the text.
            side = "start" if box.left > x else "end" if box.left + box.width < x else "middle"
            at = box.left + box.width * ("start", "middle", "end").index(side) / 2
            yield text(at, box.top + 11, name, "ink label", side, weight)


def _name(panel: Panel, metric: str, point: Point) -> str:
    """The name, with the value if the mark is cut off."""
    if panel.share(point.y) <= 1:
        return point.name
    return f"{point.name} {typeset(_written(metric, point).text)}"


def _written(metric: str, point: Point) -> Figure:
    low, high = (point.low, point.high) if point.low < point.high else (None, None)
    return gain(metric, {"mean": point.y, "low": low, "high": high})


def _legend(panels: Iterable[Sequence[Point]], width: int) -> tuple[str, float]:
    """A mark and a word for each kind that is there, and their height."""
    kinds = {point.kind for points in panels for point in points}
    x, y, parts = 22.0, 22.0, []
    for kind, (word, _) in _KINDS.items():
        if kind not in kinds:
            continue
        if x > 22 and x + 12 + width_of(word) > width:
            x, y = 22.0, y + 20
        parts.append(shape(*_looks(kind), x, y - 4) + text(x + 11, y, word, "quiet"))
        x += width_of(word) + 32
    return ("".join(parts), y + 12) if parts else (text(22, 22, "Nothing was timed.", "quiet"), 40)


def _looks(kind: str) -> tuple[str, str]:
    return "ours" if kind == "crispen" else "theirs", _KINDS.get(kind, _KINDS["command"])[1]

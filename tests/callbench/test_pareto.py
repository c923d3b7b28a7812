"""The plot, read as XML; the positions of marks are checked against the numbers at the axes."""

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from summaries import cell, row, summary, usual

from crispen.callbench.report.pareto import Point, front, pareto_svg, points_of
from crispen.pages.label_placement import Box, place_labels
from crispen.pages.svg_plot import round_values

SVG = "{http://www.w3.org/2000/svg}"


class Plot:
    """One panel of a plot. marks: {tooltip: (x, y)}. texts: {written: (x, y)}."""

    def __init__(self, text: str, measure: str = "psnr"):
        self.root = ElementTree.fromstring(text)
        self.panel = next(g for g in self.root.iter(f"{SVG}g") if g.get("data-measure") == measure)
        self.marks = {
            path[0].text or "": tuple(map(float, re.findall(r"[-\d.]+", path.get("transform") or "")))
            for path in self.panel.iter(f"{SVG}path")
            if len(path)
        }
        texts = list(self.panel.iter(f"{SVG}text"))
        self.texts = {each.text or "": (float(each.get("x", 0)), float(each.get("y", 0))) for each in texts}
        self.times = {
            float(each.text or 0): float(each.get("x", 0)) for each in texts if each.get("class") == "quiet time"
        }
        self.gains = {
            float((each.text or "").replace("−", "-")): float(each.get("y", 0)) - 4
            for each in texts
            if each.get("class") == "quiet gain"
        }

    def mark(self, name: str) -> tuple[float, ...]:
        return next(place for title, place in self.marks.items() if title.startswith(f"{name}: "))

    def lines(self, name: str) -> list[list[float]]:
        """The numbers in the paths of that class, letters left out."""
        paths = (path for path in self.panel.iter(f"{SVG}path") if path.get("class") == name)
        return [[float(number) for number in re.findall(r"-?[\d.]+", path.get("d") or "")] for path in paths]

    def x(self, milliseconds: float) -> float:
        (low, at_low), (high, at_high) = min(self.times.items()), max(self.times.items())
        share = math.log(milliseconds / low) / math.log(high / low)
        return at_low + share * (at_high - at_low)

    def y(self, gain: float) -> float:
        (low, at_low), (high, at_high) = min(self.gains.items()), max(self.gains.items())
        return at_low + (gain - low) / (high - low) * (at_high - at_low)


@pytest.mark.parametrize("measure, unit", [("psnr", 1), ("ssim", 0.01)])
def test_marks_are_placed_by_the_axes(measure, unit):
    plot = Plot(pareto_svg(usual()), measure)
    expected = {
        "bilinear": (0.5, -0.42),
        "unsharp mask (for PSNR)": (2.9, 0.03),
        "CAS (for PSNR)": (8.4, 0.01),
        "fast": (6.9, 0.32),
        "balanced": (13.1, 0.44),
        "best": (30.2, 0.5),
        "sesr-m5": (22.0, 0.22),
    }
    assert len(plot.marks) == len(expected)  # neither the input nor what was not timed
    for name, (time, gain) in expected.items():
        x, y = plot.mark(name)
        assert x == pytest.approx(plot.x(time), abs=0.2), name
        assert y == pytest.approx(plot.y(gain * unit), abs=0.2), name


def test_intervals_zero_sixty_frames_and_the_staircase():
    plot = Plot(pareto_svg(usual()))
    bars = {round(x, 1): (high, low) for x, low, high in plot.lines("interval")}
    x, _ = plot.mark("balanced")
    assert bars[x] == (pytest.approx(plot.y(0.484), abs=0.2), pytest.approx(plot.y(0.396), abs=0.2))
    zero, frame = plot.lines("zero")
    assert zero[1] == pytest.approx(plot.y(0), abs=0.2)
    assert frame[0] == pytest.approx(plot.x(1000 / 60), abs=0.2)
    (stairs,) = plot.lines("front")
    steps = [plot.mark(name) for name in ("unsharp mask (for PSNR)", "fast", "balanced", "best")]
    assert stairs[1] == zero[1] and stairs[2:-1] == [pytest.approx(value) for step in steps for value in step]


def test_lower_lpips_is_drawn_higher():
    plot = Plot(pareto_svg(usual(), metrics=("lpips",)), "lpips")
    assert plot.mark("best")[1] > plot.lines("zero")[0][1] > plot.mark("bilinear")[1]  # SVG's y grows downwards
    assert plot.mark("best")[1] == pytest.approx(plot.y(0.005), abs=0.2)


def test_a_mark_far_below_does_not_compress_the_others():
    found = usual()
    spread = Plot(pareto_svg(found)).mark("bilinear")[1] - Plot(pareto_svg(found)).mark("best")[1]
    found["rows"]["inventor"] = row("network", -7.5, 900.0)
    plot = Plot(pareto_svg(found))
    bottom = max(y for line in plot.lines("grid") for y in line[1:2])
    assert plot.mark("bilinear")[1] - plot.mark("best")[1] > 0.7 * spread
    assert plot.mark("bilinear")[1] < plot.mark("inventor")[1] and plot.mark("inventor")[1] > bottom
    assert "inventor −7.50" in plot.texts and "best" in plot.texts


@pytest.mark.parametrize("width", [1040, 360])
def test_every_row_is_named_in_each_panel(width):
    text = pareto_svg(usual(), width=width)
    for measure in ("psnr", "ssim"):
        plot = Plot(text, measure)
        names = {title.partition(":")[0] for title in plot.marks}
        assert names <= plot.texts.keys() and {"input", "60 fps"} <= plot.texts.keys()
    root = ElementTree.fromstring(text)
    assert float(root.get("width", 0)) == width
    assert all(0 <= x <= width for g in root.iter(f"{SVG}text") for x in [float(g.get("x", 0))])


def test_the_plot_loads_nothing_and_escapes_names():
    found = summary({"<b onload='x'>&": row("crispen", 0.3, 5.0)})
    text = pareto_svg(found)
    assert "<b onload='x'>&" in Plot(text).texts
    assert not re.search(r"href|url\(|@import|<image|<script|https?:(?!//www\.w3\.org/2000/svg\")", text)


def test_without_times_there_is_still_a_picture():
    text = pareto_svg(summary({"net": row("network", 0.1)}))
    assert "Nothing was timed." in "".join(ElementTree.fromstring(text).itertext())
    assert points_of(summary({"net": row("network", 0.1, 5.0, core=None)}), "median_ms", "psnr") == []


def test_one_picture_has_no_interval():
    found = summary({"net": row("network", 0.1, 5.0, core=cell({"psnr": (0.2, None, None)}))})
    (point,) = points_of(found, "median_ms", "psnr")
    assert (point.low, point.y, point.high) == (0.2, 0.2, 0.2)
    assert "net: +0.20, 5.0 ms" in Plot(pareto_svg(found)).marks


numbers = st.integers(-3, 4).map(lambda value: value / 2)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 5), numbers), max_size=8), st.booleans())
def test_the_front_holds_the_undominated_points(places, less):
    points = [Point(str(k), "network", x, y, y, y) for k, (x, y) in enumerate(places)]

    def better(one, other):
        return one < other if less else one > other

    def beaten(point):
        """By the input, which takes no time, or by a point at least as good in both and better in one."""
        return not better(point.y, 0) or any(
            other.x <= point.x and not better(point.y, other.y) and (other.x < point.x or better(other.y, point.y))
            for other in points
        )

    kept = front(points, less)
    assert {(point.x, point.y) for point in kept} == {(point.x, point.y) for point in points if not beaten(point)}
    assert [point.x for point in kept] == sorted({point.x for point in kept})


sides = st.floats(1, 60)
coordinates = st.floats(0, 300)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(coordinates, coordinates, sides, sides), max_size=15))
def test_labels_overlap_neither_each_other_nor_points(labels):
    area = Box(0, 0, 300, 300)
    points = [(x, y) for x, y, *_ in labels]
    taken = [Box(x - 3, y - 3, 6, 6) for x, y in points]
    boxes = place_labels(points, [(width, height) for *_, width, height in labels], area, taken)
    assert len(boxes) == len(points)
    placed = [box for box in boxes if box]
    for index, box in enumerate(placed):
        assert box.left >= 0 and box.top >= 0 and box.left + box.width <= 300 and box.top + box.height <= 300
        for other in placed[index + 1 :] + taken:
            apart_x = box.left + box.width <= other.left or other.left + other.width <= box.left
            assert apart_x or box.top + box.height <= other.top or other.top + other.height <= box.top
    if len(placed) < len(boxes) and len(labels) == 1:
        pytest.fail("a single label always finds room")


def test_a_label_with_room_is_right_of_its_point():
    (box,) = place_labels([(100, 100)], [(40, 16)], Box(0, 0, 300, 200))
    assert box == Box(109, 92, 40, 16)
    (box,) = place_labels([(280, 100)], [(40, 16)], Box(0, 0, 300, 200))
    assert box == Box(231, 92, 40, 16)
    assert place_labels([(5, 5)], [(400, 16)], Box(0, 0, 300, 200)) == [None]


@settings(deadline=None, max_examples=50)
@given(st.floats(-1e3, 1e3), st.floats(1e-4, 1e3))
def test_round_values(low, span):
    step, values = round_values(low, low + span)
    assert 4 <= len(values) <= 11
    assert float(f"{step:e}".partition("e")[0]) in (1, 2, 5)
    assert all(low - 1e-9 <= value <= low + span + 1e-9 for value in values)

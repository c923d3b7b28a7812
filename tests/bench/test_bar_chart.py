"""The picture of timings, measured in the SVG that is drawn."""

import math
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from crispen.apps.cli import main
from crispen.bench.bar_chart import bars_svg
from crispen.bench.model_timings import Timing

SVG = "{http://www.w3.org/2000/svg}"
ONE = Timing("fast", "openvino", "int8", 2, "640x360", 100, 1.0, 1.2, 1000.0, gmac_per_s=100.0)


def test_bars_are_as_long_as_times_are_on_a_logarithmic_scale():
    times = (1.0, 10.0, 100.0)
    timings = [replace(ONE, median_ms=ms, size=size) for size in ("640x360", "1920x1080") for ms in times]
    timings.append(replace(ONE, name="CAS & <co>", median_ms=10.0, gmac_per_s=None, size="1920x1080"))
    root = ElementTree.fromstring(bars_svg(timings))
    bars = [each for each in root.iter(f"{SVG}rect") if each.get("class") in ("ours", "theirs")]
    assert len(bars) == len(timings) and [each.get("class") for each in bars].count("theirs") == 1
    ends = [float(each.get("x", 0)) + float(each.get("width", 0)) for each in bars]
    assert ends[0] == ends[3] and ends[1] == ends[6]
    assert ends[1] - ends[0] == pytest.approx(ends[2] - ends[1], abs=0.3)
    height = float(root.get("height", 0))
    assert all(float(each.get("y", 0)) < height for each in bars) and max(ends) < 900
    words = [each.text or "" for each in root.iter(f"{SVG}text")]
    assert sum("ms a frame" in each for each in words) == 2 and "CAS & <co> openvino int8" in words
    lines = sorted({float(path.get("d", "").removeprefix("M").split()[0]) for path in root.iter(f"{SVG}path")})
    wanted = [ends[0] + math.log10(1000 / rate) * (ends[1] - ends[0]) for rate in (60, 30)]  # the first bar is one long
    assert lines == pytest.approx(wanted, abs=0.5)  # at one place in each block


def test_a_plot_that_is_there_is_refused_before_anything_is_timed(tmp_path, capsys):
    (tmp_path / "a.svg").write_text("mine")
    assert main(["bench", "--plot", str(tmp_path / "a.svg")]) == 1
    assert "exists already" in capsys.readouterr().err and (tmp_path / "a.svg").read_text() == "mine"


def test_a_plot_is_drawn_of_what_was_timed(tmp_path, capsys):
    words = ["bench", "--models", "fast", "--size", "64x36", "--seconds", "0.01", "--plot", str(tmp_path / "a.svg")]
    assert main(words) == 0
    assert "fast" in capsys.readouterr().out
    assert "64x36, ms a frame" in (tmp_path / "a.svg").read_text()

"""`crispen bench` on a clock that the test turns, and once for real."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from networks import random_convs

from crispen.apps import bench
from crispen.apps.cli import main
from crispen.errors import CrispenError
from crispen.evaluate import timing
from crispen.export.onnx import write_onnx


class Clock:
    """Seconds that pass only when work is done; all are sums of powers of two, which floats add exactly."""

    def __init__(self):
        self.now = 1000.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(bench, "time", clock)
    monkeypatch.setattr(timing, "time", clock)
    return clock


@pytest.fixture
def opened(monkeypatch, clock):
    """Replaces the engine by one that takes 1/4 s to open and, a frame in ten excepted, 1/64 s a frame."""
    opened = []

    class Stub:
        engine, precision = "stub", "f32"

        def __init__(self, model, engine, threads, precision, stream):
            assert stream == "any"  # the router could find nothing to do, and nothing would be timed
            if model == "broken":
                raise CrispenError("no model 'broken'")
            self.model, self.threads, self.frames = SimpleNamespace(name=model), threads or 2, 0
            clock.now += 1 / 4
            opened.append((model, engine, threads, precision))

        def luma(self, y):
            assert y.dtype == np.uint8 and y.shape == (36, 64)
            self.frames += 1
            clock.now += 1 / 8 if self.frames % 10 == 0 else 1 / 64
            return y

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr("crispen.runtime.sharpener.Sharpener", Stub)
    unsharp = bench.Timing("unsharp mask", "OpenCV", "uint8", 2, 9, 2.0, 3.0, 500.0, None)
    monkeypatch.setattr(bench, "time_unsharp", lambda *_: unsharp)
    return opened


def test_what_is_reported(opened, capsys):
    words = ["bench", "--models", "fast,best", "--size", "64x36", "--seconds", "4", "--threads", "3", "--json"]
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["size"] == "64x36" and {"cpu", "cores"} <= found["machine"].keys()
    fast, best, unsharp = found["timings"]
    assert (fast["name"], best["name"], unsharp["name"]) == ("fast", "best", "unsharp mask")
    assert (fast["engine"], fast["precision"], fast["threads"]) == ("stub", "f32", 3)
    assert fast["median_ms"] == 1000 / 64 and fast["fps"] == 64
    assert fast["p95_ms"] == 125  # one frame in ten
    assert fast["cold_ms"] == 1000 / 4 + 1000 / 64
    # Ten frames take 9/64 + 8/64 s, so 4 s hold 15 such rounds and 1/64 s more.
    assert 150 <= fast["frames"] <= 152


def test_the_table(opened, capsys):
    assert main(["bench", "--models", "fast", "--size", "64x36", "--seconds", "1"]) == 0
    _, head, fast, unsharp = capsys.readouterr().out.splitlines()
    assert head.split() == ["engine", "precision", "threads", "median", "ms", "p95", "ms", "fps", "cold", "start", "ms"]
    assert fast.split() == ["fast", "stub", "f32", "2", "15.6", "125.0", "64", "266"]
    assert unsharp.split() == ["unsharp", "mask", "OpenCV", "uint8", "2", "2.0", "3.0", "500"]


def test_every_combination_is_timed(opened, capsys):
    words = ["--models", "fast,best", "--engines", "openvino,onnxruntime", "--precisions", "f32,auto"]
    assert main(["bench", *words, "--size", "64x36", "--seconds", "0.1", "--json"]) == 0
    wanted = [(m, e, None, p) for m in ("fast", "best") for e in ("openvino", "onnxruntime") for p in ("f32", "auto")]
    assert opened == wanted + wanted  # first all are tried, then all are timed
    assert len(json.loads(capsys.readouterr().out)["timings"]) == 9


def test_the_last_mistake_is_told_before_the_first_is_timed(opened, clock, capsys):
    assert main(["bench", "--models", "fast,best,broken", "--size", "64x36"]) == 1
    assert capsys.readouterr().err == "crispen: no model 'broken'\n"
    assert clock.now == 1000.5  # two were opened, nothing was timed


def test_the_pipeline(opened, monkeypatch, capsys):
    monkeypatch.setattr(bench, "_FRAMES", 6)
    words = ["bench", "--models", "fast", "--size", "64x36", "--seconds", "1", "--pipeline"]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    fast, unsharp = found["timings"]
    assert fast["median_ms"] == 1000 / 64  # on the test's clock; the pipeline's is real
    assert min(fast["pipeline_ms"], fast["pipeline_p95_ms"], *found["pipeline_without"].values()) > 0
    assert unsharp["pipeline_ms"] is None  # its timing is made up
    assert main(words) == 0
    _, pipeline, head, fast, unsharp = capsys.readouterr().out.splitlines()
    assert pipeline.startswith("pipeline: 6 frames of H.264") and pipeline.endswith("ms without sharpening")
    assert head.endswith("cold start ms  pipeline ms  pipeline p95 ms")
    assert len(fast.split()) == 8 + 2 and len(unsharp.split()) == 2 + 6


@pytest.mark.parametrize(
    "words",
    [
        ["--size", "1080p"],
        ["--size", "1920"],
        ["--size", "0x1080"],
        ["--size", "1920x-1"],
        ["--size", "1920x1080x3"],
        ["--size", "100000x100000"],
        ["--size", "64x36", "--seconds", "0"],
        ["--size", "64x36", "--seconds", "-1"],
        ["--size", "64x36", "--seconds", "nan"],
        ["--size", "64x36", "--seconds", "inf"],
        ["--size", "65x36", "--pipeline"],
        ["--size", "64x37", "--pipeline"],
    ],
)
def test_what_can_not_be_measured(opened, words, capsys):
    assert main(["bench", *words]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("crispen: --") and said.err.count("\n") == 1 and not said.out
    assert not opened


@pytest.mark.parametrize("words", [["--models", ","], ["--threads", "two"]])
def test_wrong_usage(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["bench", *words])
    assert ended.value.code == 2


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_real_run(engine, tmp_path, capsys):
    write_onnx(tmp_path / "tiny.onnx", random_convs(width=4, depth=0), 4, {"unshuffle": 4})
    words = ["--models", str(tmp_path / "tiny.onnx"), "--engines", engine, "--size", "33x17"]
    assert main(["bench", *words, "--seconds", "0.01", "--threads", "1", "--json"]) == 0
    tiny, unsharp = json.loads(capsys.readouterr().out)["timings"]
    assert (tiny["name"], tiny["engine"], tiny["precision"], tiny["threads"]) == ("tiny", engine, "f32", 1)
    assert unsharp["engine"] == "OpenCV"
    for row in (tiny, unsharp):
        assert row["fps"] == pytest.approx(1000 / row["median_ms"]) and row["frames"] >= 5
        assert 0 < row["median_ms"] <= row["p95_ms"]
        assert row["pipeline_ms"] is None


def test_without_opencv_the_unsharp_mask_is_that_of_pillow(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    timing = bench.time_unsharp(np.zeros((8, 8), np.uint8), 2, 0.001)
    assert (timing.engine, timing.threads) == ("Pillow", 1)

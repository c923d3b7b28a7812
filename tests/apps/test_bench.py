"""`crispen bench`: its report, with a simulated clock and with real timings."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from exit_status import status_of
from networks import random_convs

from crispen import CrispenError
from crispen.apps import bench
from crispen.apps.cli import main
from crispen.bench import model_timings as timings
from crispen.export.onnx_export import write_onnx
from crispen.speed import timing


class Clock:
    """Seconds that pass only when work is done; all are sums of powers of two, which floats add exactly."""

    def __init__(self):
        self.now = 1000.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timings, "time", clock)
    monkeypatch.setattr(timing, "time", clock)
    return clock


@pytest.fixture
def opened(monkeypatch, clock):
    """Replaces the engine by one that takes 1/4 s to open and, a frame in ten excepted, 1/64 s a frame.

    All runs in this process, where it is replaced; a filter's timing is made up.
    """
    opened = []

    class Stub:
        engine, precision = "stub", "int8"

        def __init__(self, model, engine, threads, precision, stream, device):
            self.device = "gpu (stub)" if device == "gpu" else device
            assert stream == "any"  # a router could find nothing to do, and nothing would be timed
            if model == "broken":
                raise CrispenError("no model 'broken'")
            self.model = SimpleNamespace(name=model, card={"mac_per_pixel": 500} if model == "fast" else {})
            self.threads, self.frames = threads or 2, 0
            clock.now += 1 / 4
            opened.append((model, engine, threads, precision))

        def luma(self, y):
            assert y.dtype == np.uint8 and y.shape in ((36, 64), (18, 32))
            self.frames += 1
            clock.now += 1 / 8 if self.frames % 10 == 0 else 1 / 64
            return y

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    def time_filter(name, threads, run):
        return timings.Timing(name, "OpenCV", "uint8", threads, run.size, 9, 2.0, 3.0, 500.0)

    monkeypatch.setattr("crispen.runtime.sharpener.Sharpener", Stub)
    monkeypatch.setattr(timings, "pin", lambda threads: threads)
    monkeypatch.setattr(bench, "time_filter", time_filter)
    monkeypatch.setattr(bench, "_peak", lambda threads, seconds: 0.25)
    monkeypatch.setattr(bench, "run_in_new_process", lambda work, *args: work(*args))
    return opened


def test_what_is_reported(opened, capsys):
    words = ["bench", "--models", "fast,best", "--size", "64x36,32x18", "--seconds", "4", "--threads", "3", "--json"]
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"cpu", "cores"} <= found["machine"].keys() and found["int8_peak_gmac_per_s"] == 0.25
    rows = found["timings"]
    assert [row["name"] for row in rows] == ["fast", "best", "unsharp mask", "CAS", "bicubic resize"] * 2
    assert [row["size"] for row in rows] == ["64x36"] * 5 + ["32x18"] * 5
    fast, best = rows[:2]
    assert (fast["engine"], fast["precision"], fast["threads"]) == ("stub", "int8", 3)
    assert fast["median_ms"] == 1000 / 64 and fast["fps"] == 64
    assert fast["p95_ms"] == 125  # one frame in ten
    assert fast["cold_ms"] == fast["warm_ms"] == 1000 / 4 + 1000 / 64
    assert fast["gmac_per_s"] == pytest.approx(500 * 64 * 36 * 64 / 1e9)
    assert best["gmac_per_s"] is None and best["peak_mb"] > 10
    # Ten frames take 9/64 + 8/64 s, so 4 s hold 15 such rounds and 1/64 s more.
    assert 150 <= fast["frames"] <= 152


def test_the_table(opened, capsys):
    assert main(["bench", "--models", "fast", "--size", "64x36", "--seconds", "1"]) == 0
    said, head, fast, unsharp, *_ = capsys.readouterr().out.splitlines()
    assert said.endswith("int8 peak 0 GMAC/s") and head.split()[:4] == ["size", "engine", "precision", "threads"]
    words = fast.split()
    assert words[:10] == ["fast", "64x36", "stub", "int8", "2", "15.6", "125.0", "64", "266", "266"]
    assert words[-1] == "29%"  # 0.0737 of 0.25
    assert unsharp.split() == ["unsharp", "mask", "64x36", "OpenCV", "uint8", "2", "2.0", "3.0", "500"]


def test_another_device_has_rows_of_its_own(opened, capsys):
    """Its throughput is no share of what the CPU can do."""
    words = ["bench", "--models", "fast", "--devices", "cpu,gpu", "--size", "64x36", "--seconds", "0.1"]
    assert main([*words, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["timings"]
    assert [row["device"] for row in rows] == ["cpu", "gpu (stub)", "cpu", "cpu", "cpu"]
    assert main([*words, "--markdown"]) == 0
    cpu, gpu = capsys.readouterr().out.splitlines()[4:6]
    assert "| stub " in cpu and "| stub, gpu (stub) " in gpu and "%" in cpu and "%" not in gpu


def test_the_table_in_markdown(opened, capsys):
    assert main(["bench", "--models", "fast", "--size", "64x36", "--seconds", "1", "--markdown"]) == 0
    _, _, head, line, fast, *_ = capsys.readouterr().out.splitlines()
    assert head.count("|") == line.count("|") == fast.count("|") == 14
    assert [cell.strip() for cell in fast.split("|")][1:7] == ["fast", "64x36", "stub", "int8", "2", "15.6"]


def test_every_combination_is_timed(opened, capsys):
    words = ["--models", "fast,best", "--engines", "openvino,onnxruntime", "--precisions", "f32,auto"]
    assert main(["bench", *words, "--size", "64x36", "--seconds", "0.1", "--json"]) == 0
    wanted = [(m, e, None, p) for m in ("fast", "best") for e in ("openvino", "onnxruntime") for p in ("f32", "auto")]
    assert opened[:8] == wanted  # first all are tried
    assert opened[8::2] == opened[9::2] == wanted  # then all are timed, cold and warm
    assert len(json.loads(capsys.readouterr().out)["timings"]) == 8 + 3


def test_all_settings_are_checked_before_the_first_is_timed(opened, clock, capsys):
    assert main(["bench", "--models", "fast,best,broken", "--size", "64x36"]) == 1
    assert capsys.readouterr().err == "crispen: no model 'broken'\n"
    assert clock.now == 1000.5  # two were opened, nothing was timed


def test_the_pipeline(opened, monkeypatch, capsys):
    monkeypatch.setattr(bench, "_FRAMES", 6)
    words = ["bench", "--models", "fast", "--size", "64x36", "--seconds", "1", "--pipeline"]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    fast, unsharp, *_ = found["timings"]
    assert fast["median_ms"] == 1000 / 64  # on the test's clock; the pipeline's is real
    assert min(fast["pipeline_ms"], fast["pipeline_p95_ms"], found["pipeline_without_ms"]["64x36"]) > 0
    assert unsharp["pipeline_ms"] is None  # its timing is made up
    assert main(words) == 0
    _, pipeline, head, fast, *_ = capsys.readouterr().out.splitlines()
    assert pipeline.startswith("pipeline: 6 frames of H.264") and pipeline.endswith("ms without sharpening at 64x36")
    assert head.endswith("of peak  pipeline ms  pipeline p95 ms")
    assert len(fast.split()) == 15


@pytest.mark.parametrize(
    "words",
    [
        ["--size", "1080p"],
        ["--size", "1920"],
        ["--size", "0x1080"],
        ["--size", "1920x-1"],
        ["--size", "1920x1080x3"],
        ["--size", "100000x100000"],
        ["--size", "64x36,64"],
        ["--size", "64x36", "--seconds", "0"],
        ["--size", "64x36", "--seconds", "-1"],
        ["--size", "64x36", "--seconds", "nan"],
        ["--size", "64x36", "--seconds", "inf"],
        ["--size", "65x36", "--pipeline"],
        ["--size", "64x36,64x37", "--pipeline"],
    ],
)
def test_invalid_values_are_usage_errors(opened, words, capsys):
    assert status_of(["bench", *words]) == 2
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
    write_onnx(tmp_path / "tiny.onnx", random_convs(width=4, depth=0), 4, {"unshuffle": 4, "mac_per_pixel": 72})
    words = ["--models", str(tmp_path / "tiny.onnx"), "--engines", engine, "--size", "33x17"]
    assert main(["bench", *words, "--seconds", "0.01", "--threads", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    tiny, *filters = found["timings"]
    assert (tiny["name"], tiny["engine"], tiny["precision"], tiny["threads"]) == ("tiny", engine, "f32", 1)
    assert [each["engine"] for each in filters] == ["OpenCV"] * 3
    for row in (tiny, *filters):
        assert row["fps"] == pytest.approx(1000 / row["median_ms"]) and row["frames"] >= 5
        assert 0 < row["median_ms"] <= row["p95_ms"]
        assert row["pipeline_ms"] is None
    assert 0 < tiny["gmac_per_s"] < found["int8_peak_gmac_per_s"]
    assert tiny["cold_ms"] > tiny["warm_ms"] > 0  # a process of its own: the engine is loaded the first time


def test_an_error_in_the_child_process_is_one_line(tmp_path):
    with pytest.raises(CrispenError, match="no model file"):
        bench.run_in_new_process(
            timings.time_model, timings.Setting(str(tmp_path / "a.onnx"), "auto", "auto", 1), timings.Run(8, 8, 1)
        )


@pytest.mark.parametrize("name", ["unsharp mask", "bicubic resize"])
def test_without_opencv_the_filters_are_those_of_pillow(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    monkeypatch.setattr(timings, "pin", lambda threads: threads)
    found = timings.time_filter(name, 2, timings.Run(16, 16, 0.001))
    assert (found.engine, found.threads, found.size) == ("Pillow", 1, "16x16")

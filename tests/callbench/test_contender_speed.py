"""The measurement of speed: processes, inputs and failing contenders; no test depends on how fast anything is."""

import os
import pickle
import sys

import cv2
import numpy as np
import pytest

from crispen.callbench.contenders.contender import Failed, PlaneContender, Resampler
from crispen.callbench.contenders.contender_speed import TIMED_PICTURES, Speed, SpeedConfig, measure_speed
from crispen.callbench.contenders.shell_contender import ShellContender
from crispen.errors import CrispenError

QUICK = SpeedConfig(64, 48, 0.05, 1, 6)
ALONE = SpeedConfig(64, 48, 0.05, 1, 0)
LINUX = sys.platform == "linux"


class Witness(PlaneContender):
    """Says where it runs, and holds 10^8 bytes from its first picture on."""

    def __init__(self):
        super().__init__("witness", "filter", self.hold, "witness", "")
        self.held: np.ndarray | None = None

    def hold(self, y: np.ndarray) -> np.ndarray:
        self.held = np.ones(100_000_000, np.uint8) if self.held is None else self.held
        return 255 - y

    @property
    def described(self) -> str:
        cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
        return f"{cpus} {cv2.getNumThreads()} {os.environ['OMP_NUM_THREADS']} {os.getpid()}"

    @described.setter
    def described(self, text: str) -> None:
        pass


def broken(y: np.ndarray) -> np.ndarray:
    raise CrispenError(f"no picture of {y.shape[1]} columns\nand more")


def deadly(y: np.ndarray) -> np.ndarray:
    os._exit(1)


def confused(y: np.ndarray) -> np.ndarray:
    return y["luma"]


def plane(sharpen) -> PlaneContender:
    return PlaneContender("it", "network", sharpen, "it", "it")


def test_each_contender_is_timed_in_a_pinned_process(tmp_path):
    ours = np.ones(300_000_000, np.uint8)  # none of it is to be counted
    before = cv2.getNumThreads(), os.environ.get("OMP_NUM_THREADS")
    found = measure_speed(Witness(), QUICK, tmp_path)
    assert isinstance(found, Speed)
    cpus, opencv, omp, process = (None if word == "None" else int(word) for word in found.engine.split(";")[0].split())
    assert (opencv, omp, found.threads) == (1, 1, 1) and process != os.getpid()
    assert (cv2.getNumThreads(), os.environ.get("OMP_NUM_THREADS")) == before
    assert cpus in (1, None) and ("not pinned" in found.engine) == (cpus is None)
    assert 0 < found.median_ms <= found.p95_ms
    assert found.pipeline_ms > 0 and found.pipeline_p95_ms > 0
    if LINUX:
        assert 100 < found.peak_mb < len(ours) / 1e6
    assert [path.name for path in tmp_path.iterdir()] == ["64x48-6.mp4"]


def test_a_scaler_gets_half_the_size(tmp_path):
    found = measure_speed(Resampler("bicubic", "cv2-cubic"), QUICK, tmp_path)
    assert isinstance(found, Speed) and found.pipeline_ms > 0
    assert found.engine.startswith("cv2-cubic of the decoded picture")
    assert [path.name for path in tmp_path.iterdir()] == ["32x24-6.mp4"]


@pytest.mark.parametrize(
    ("sharpen", "reason"),
    [
        (broken, "no picture of 64 columns"),
        (deadly, "crashed"),
        (confused, "IndexError"),
    ],
)
def test_a_failed_measurement_says_why(sharpen, reason):
    found = measure_speed(plane(sharpen), ALONE)
    assert isinstance(found, Failed) and reason in found.reason and "\n" not in found.reason


def test_the_pipeline_can_be_left_out(tmp_path):
    found = measure_speed(plane(np.invert), ALONE, tmp_path)
    assert isinstance(found, Speed) and found.median_ms > 0
    assert found.pipeline_ms is None and found.pipeline_p95_ms is None and not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="a shell")
def test_a_program_is_run_once(tmp_path):
    log = tmp_path / "log"
    program = ShellContender("copy", f"ls {{input}} | wc -l >> {log}; cp {{input}}/* {{output}}")
    found = measure_speed(program, QUICK, tmp_path)
    assert isinstance(found, Speed) and found.median_ms > 0 and found.engine.startswith(program.described)
    assert (found.p95_ms, found.pipeline_ms, found.pipeline_p95_ms, found.peak_mb) == (None,) * 4
    assert log.read_text().split() == [str(TIMED_PICTURES)]
    assert list(tmp_path.iterdir()) == [log]  # no video is made for nothing


@pytest.mark.skipif(os.name == "nt", reason="a shell")
def test_a_program_that_fails():
    found = measure_speed(ShellContender("broken", "exit 3 # {input} {output}"), QUICK)
    assert found == Failed("it ended with status 3")


def test_speeds_can_be_pickled():
    one = Speed(1.0, 2.0, None, None, 3.0, 2, "it")
    assert pickle.loads(pickle.dumps((one, QUICK))) == (one, QUICK)

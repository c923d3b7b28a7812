"""A fork: the child gets an error and ends, regardless of other threads."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")

_BEGIN = """
import os, sys, threading, time, warnings
import numpy as np
from crispen import Sharpener
warnings.simplefilter("ignore")  # of Python 3.12, that there are threads
engine, busy = sys.argv[1], sys.argv[2] == "busy"
y = np.random.default_rng(0).integers(0, 256, (360, 640), np.uint8)
sharpener = Sharpener("fast", engine, 2, stream="any")
wanted, working = sharpener.luma(y), threading.Event()

def work(one=sharpener):
    while True:
        one.luma(y)
        working.set()

if busy:
    for _ in range(3):  # on one Sharpener and on others: there is always one at work
        threading.Thread(target=work, daemon=True).start()
        threading.Thread(target=lambda: work(Sharpener("fast", engine, 1, stream="any")), daemon=True).start()
    working.wait()

def children(child, count):
    for _ in range(count):
        number = os.fork()
        if not number:
            try:
                child()
            except SystemExit:
                raise
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", flush=True)
            os._exit(0)
        assert os.waitpid(number, 0)[1] == 0
"""


def run(code: str, *words: str) -> list[str]:
    """Lines that children print; a child that hangs ends the whole group of processes."""
    process = subprocess.Popen(
        [sys.executable, "-c", _BEGIN + code, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        said, errors = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        pytest.fail("a child of a fork hangs")
    assert process.returncode == 0, errors
    return said.splitlines()


BOTH = pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
STATES = pytest.mark.parametrize("state", ["idle", "busy"])


@BOTH
@STATES
def test_the_child_is_told_to_open_its_own(engine, state):
    said = run("children(lambda: sharpener.luma(y), 10); os._exit(0)", engine, state)
    assert len(said) == 10
    assert all(line.startswith("RuntimeError: a Sharpener can not") and "'spawn'" in line for line in said)


@BOTH
@STATES
def test_the_child_may_close_it_and_end_as_programs_do(engine, state):
    """Freeing an engine would wait for threads that there are not."""
    code = "def child():\n    with sharpener: pass\n    sys.exit(0)\nchildren(child, 4)\nos._exit(0)"
    assert run(code, engine, state) == []


_OPEN_IN_CHILD = (
    "def child():\n"
    "    with Sharpener('fast', engine, 2, stream='any') as own:\n"
    "        print(all((own.luma(y) == wanted).all() for _ in range(3)), flush=True)\n"
    "children(child, 4)\nos._exit(0)"
)


def test_onnxruntime_opened_in_the_child_works():
    assert run(_OPEN_IN_CHILD, "onnxruntime", "idle") == ["True"] * 4


@STATES
def test_openvino_used_by_the_parent_is_refused_in_the_child(state):
    """Its threads may hold locks at the fork, which the child would wait for."""
    said = run(_OPEN_IN_CHILD, "openvino", state)
    assert len(said) == 4
    assert all(line.startswith("RuntimeError: OpenVINO can not") and "'spawn'" in line for line in said)


def test_openvino_first_used_in_the_child_works():
    code = "children(lambda: print((Sharpener('fast', 'openvino', 2, stream='any').luma(y) >= 0).all(), flush=True), 2)"
    assert run(code + "\nos._exit(0)", "onnxruntime", "idle") == ["True"] * 2


@BOTH
def test_the_parent_goes_on(engine):
    code = "children(lambda: None, 3)\nprint((sharpener.luma(y) == wanted).all(), flush=True)\nsharpener.close()"
    assert run(code, engine, "idle") == ["True"]


def test_a_fork_waits_for_an_engine_at_work_and_says_so_if_it_does_not_end():
    code = (
        "from crispen.runtime import forks\n"
        "forks.PATIENCE = 0.1\n"
        "inside = threading.Event()\n"
        "def stuck():\n"
        "    with forks.FORK_GUARD.engine_in_use(): inside.set(); time.sleep(60)\n"
        "threading.Thread(target=stuck, daemon=True).start(); inside.wait()\n"
        "children(lambda: Sharpener('fast', engine, 1), 1)\n"
        "print((sharpener.luma(y) == wanted).all(), flush=True)\n"
        "os._exit(0)"
    )
    told, parent = run(code, "onnxruntime", "idle")
    assert told.startswith("RuntimeError: a Sharpener can not") and "'spawn'" in told and parent == "True"

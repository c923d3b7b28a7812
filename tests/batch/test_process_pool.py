"""Workers that crash are replaced, and their tasks run again."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from crispen.batch.process_pool import ProcessPool
from crispen.errors import CrispenError


def add(first, second):
    return first + second


def fail(kind):
    raise kind("no use")


def die_once(mark):
    if not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def die():
    os._exit(7)


def process():
    return os.getpid()


def meet(folder):
    """The process ID; waits until another process is here too."""
    open(os.path.join(folder, str(os.getpid())), "w").close()
    end = time.monotonic() + 60
    while len(os.listdir(folder)) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    return os.getpid()


@pytest.fixture
def pool():
    pool = ProcessPool(2)
    yield pool
    pool.close()


def results(pool, tickets):
    found = {}
    end = time.monotonic() + 300
    while len(found) < len(tickets) and time.monotonic() < end:
        found |= dict(pool.wait(1.0))
    return [found[ticket] for ticket in tickets]


def test_results_have_their_tickets(pool):
    assert results(pool, [pool.submit(add, n, 1) for n in range(20)]) == list(range(1, 21))


def test_errors_are_results(pool):
    ours, other = results(pool, [pool.submit(fail, CrispenError), pool.submit(fail, ZeroDivisionError)])
    assert isinstance(ours, CrispenError) and str(ours) == "no use"
    assert isinstance(other, CrispenError) and "ZeroDivisionError: no use" in str(other)


def test_a_task_of_a_crashed_worker_runs_again(pool, tmp_path):
    assert results(pool, [pool.submit(die_once, str(tmp_path / "mark")), pool.submit(add, 1, 1)]) == ["done", 2]


def test_a_task_that_always_crashes_fails_alone(pool):
    bad, *good = results(pool, [pool.submit(die), *(pool.submit(add, n, n) for n in range(5))])
    assert isinstance(bad, CrispenError) and "3 worker processes crashed" in str(bad) and "7" in str(bad)
    assert good == [0, 2, 4, 6, 8]


def test_workers_share_the_tasks_and_end_with_the_pool(pool, tmp_path):
    ours = set(results(pool, [pool.submit(meet, str(tmp_path)) for _ in range(2)]))
    assert len(ours) == 2 and os.getpid() not in ours
    pool.close()
    for number in ours:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


def stubborn(mark):
    """Swallows the exception of a signal handler, as imports do."""
    open(mark, "w").close()
    for _ in range(600):
        with contextlib.suppress(SystemExit):
            time.sleep(0.1)


def leave(mark):
    """Creates a temporary folder and does not delete it."""
    folder = tempfile.mkdtemp(prefix="crispen-")
    with open(mark, "w") as file:
        file.write(folder)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


@pytest.mark.parametrize("task", [stubborn, leave])
def test_closing_is_quick_and_leaves_nothing(task, pool, tmp_path):
    mark = tmp_path / "mark"
    pool.submit(task, str(mark))
    end = time.monotonic() + 300
    while not (mark.exists() and (task is stubborn or mark.read_text())) and time.monotonic() < end:
        time.sleep(0.01)
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < 8  # one second of grace, and time for a busy machine
    assert not multiprocessing.active_children()
    assert task is stubborn or not os.path.exists(mark.read_text())


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP"])
def test_workers_ignore_signals_of_the_terminal(name, pool):
    [worker] = results(pool, [pool.submit(process)])
    os.kill(worker, getattr(signal, name))
    assert results(pool, [pool.submit(process)]) == [worker]


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
def test_a_starting_worker_prints_nothing_on_a_signal():
    """Signals are blocked until its handlers are set."""
    code = """
import os, signal
from crispen.batch.process_pool import ProcessPool
if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: None)
    pool = ProcessPool(1)
    ticket = pool.submit(os.getpid)
    for _ in range(20):
        os.killpg(0, signal.SIGINT)
        done = pool.wait(0.02)
        if done:
            break
    done = done or pool.wait(60)
    assert done and isinstance(done[0][1], int), done
    pool.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, start_new_session=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")

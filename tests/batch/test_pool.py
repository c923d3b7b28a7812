"""Workers that die are replaced, and what they did is done again."""

import os
import signal
import time

import pytest

from crispen.batch.pool import LocalPool
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
    time.sleep(0.05)
    return os.getpid()


@pytest.fixture
def pool():
    pool = LocalPool(2)
    yield pool
    pool.close()


def results(pool, tickets):
    found = {}
    end = time.monotonic() + 120
    while len(found) < len(tickets) and time.monotonic() < end:
        found |= dict(pool.wait(1.0))
    return [found[ticket] for ticket in tickets]


def test_results_come_with_their_tickets(pool):
    assert results(pool, [pool.submit(add, n, 1) for n in range(20)]) == list(range(1, 21))


def test_errors_are_results(pool):
    ours, other = results(pool, [pool.submit(fail, CrispenError), pool.submit(fail, ZeroDivisionError)])
    assert isinstance(ours, CrispenError) and str(ours) == "no use"
    assert isinstance(other, CrispenError) and str(other) == "ZeroDivisionError: no use"


def test_a_task_whose_worker_dies_runs_again(pool, tmp_path):
    assert results(pool, [pool.submit(die_once, str(tmp_path / "mark")), pool.submit(add, 1, 1)]) == ["done", 2]


def test_a_task_that_always_kills_its_worker_fails_alone(pool):
    bad, *good = results(pool, [pool.submit(die), *(pool.submit(add, n, n) for n in range(5))])
    assert isinstance(bad, CrispenError) and "3 workers died" in str(bad) and "7" in str(bad)
    assert good == [0, 2, 4, 6, 8]


def test_two_workers_share_the_work_and_end_with_the_pool(pool):
    ours = set(results(pool, [pool.submit(process) for _ in range(12)]))
    assert len(ours) == 2 and os.getpid() not in ours
    pool.close()
    for number in ours:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)

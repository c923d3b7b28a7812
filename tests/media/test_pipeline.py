import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crispen.media.pipeline import run_pipeline


@given(count=st.integers(0, 50), depth=st.integers(1, 5))
def test_every_item_comes_out_once_and_in_order(count, depth):
    out: list[int] = []
    run_pipeline(range(count), lambda n: n * n, out.append, depth)
    assert out == [n * n for n in range(count)]


@pytest.mark.parametrize("stage", ["source", "work", "sink"])
def test_an_error_of_any_stage_is_raised_and_no_thread_is_left(stage):
    def fail_at_five(name, n):
        if name == stage and n == 5:
            raise ZeroDivisionError(name)
        return n

    before = threading.active_count()
    with pytest.raises(ZeroDivisionError, match=stage):
        run_pipeline(
            (fail_at_five("source", n) for n in range(1000)),
            lambda n: fail_at_five("work", n),
            lambda n: fail_at_five("sink", n),
        )
    assert threading.active_count() == before


def test_items_before_an_error_of_the_source_are_processed():
    seen = []

    def source():
        yield from range(3)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        run_pipeline(source(), seen.append, lambda _: None)
    assert seen == [0, 1, 2]


def test_a_slow_sink_holds_the_source_back():
    """Items read but not yet written never exceed two queues and one item per stage, so memory stays constant."""
    ahead, written, most = 0, 0, 0
    lock = threading.Lock()

    def source():
        nonlocal ahead, most
        for n in range(200):
            with lock:
                ahead = n + 1
                most = max(most, ahead - written)
            yield n

    def sink(n):
        nonlocal written
        for _ in range(2000):
            pass
        with lock:
            written = n + 1

    run_pipeline(source(), lambda n: n, sink, depth=3)
    assert written == 200
    assert most <= 3 + 3 + 3


def test_the_three_stages_overlap():
    """Work waits for a later item to be read, and the sink for a later one to be worked on."""
    read, worked = threading.Event(), threading.Event()

    def source():
        yield 0
        yield 1
        read.set()

    def work(n):
        assert n or read.wait(60)
        if n:
            worked.set()
        return n

    def sink(n):
        assert n or worked.wait(60)

    run_pipeline(source(), work, sink)


def test_an_interrupt_of_the_work_ends_all_threads():
    def work(n):
        if n == 3:
            raise KeyboardInterrupt
        return n

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        run_pipeline(iter(range(1000)), work, lambda n: None)
    assert threading.active_count() == before


def test_a_source_that_may_not_wait_drops_its_oldest_items():
    dropped, out, go = [], [], threading.Event()

    def source():
        yield 0
        started.wait(60)  # 0 is being worked on
        yield from range(1, 10)
        go.set()

    def work(n):
        started.set()
        go.wait(60)
        return n

    started = threading.Event()
    run_pipeline(source(), work, out.append, 2, dropped.append)
    assert out == [0, 8, 9] and dropped == [1, 2, 3, 4, 5, 6, 7]


def test_results_of_idle_go_to_the_sink():
    out, idled = [], threading.Event()

    def source():
        yield 1
        idled.wait(60)
        yield 2

    def idle():
        if idled.is_set():
            return None
        idled.set()
        return "again"

    run_pipeline(source(), lambda n: n, out.append, idle=idle)
    assert out == [1, "again", 2]

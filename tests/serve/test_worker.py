"""One thread for all sessions: the newest frame wins, and nobody starves."""

import threading
import time

from crispen.serve.worker_thread import Worker


def test_the_newest_wins_and_all_have_their_turn():
    worker, done, gate = Worker(), [], threading.Event()
    try:
        worker.give("first", lambda: gate.wait(60))  # keeps the thread busy
        while "first" in worker._waiting:
            time.sleep(0.001)
        replaced = [worker.give(key, lambda key=key, n=n: done.append((key, n))) for n in range(3) for key in "abc"]
        assert replaced == [False] * 3 + [True] * 6
        last = threading.Event()
        worker.give("d", last.set)
        gate.set()
        assert last.wait(60)
    finally:
        gate.set()
        worker.close()
    assert done == [("a", 2), ("b", 2), ("c", 2)]


def test_what_is_forgotten_does_not_run_any_more():
    worker, began, gate, done = Worker(), threading.Event(), threading.Event(), []

    def slow():
        began.set()
        gate.wait(60)
        done.append("slow")

    worker.give("a", slow)
    began.wait(60)
    worker.give("a", lambda: done.append("never"))
    threading.Timer(0.1, gate.set).start()
    worker.forget("a")
    assert done == ["slow"]  # it was waited for
    worker.close()
    assert done == ["slow"] and not any(thread.name == "crispen-sharpen" for thread in threading.enumerate())

"""One thread for all sessions: each keeps its newest frame, and they take turns."""

import threading
import time

from crispen.serve.frame_worker import FrameWorker


def test_each_key_keeps_its_newest_task_and_keys_take_turns():
    worker, done, gate = FrameWorker(), [], threading.Event()
    try:
        worker.submit("first", lambda: gate.wait(60))  # keeps the thread busy
        while "first" in worker._waiting:
            time.sleep(0.001)
        replaced = [worker.submit(key, lambda key=key, n=n: done.append((key, n))) for n in range(3) for key in "abc"]
        assert replaced == [False] * 3 + [True] * 6
        last = threading.Event()
        worker.submit("d", last.set)
        gate.set()
        assert last.wait(60)
    finally:
        gate.set()
        worker.close()
    assert done == [("a", 2), ("b", 2), ("c", 2)]


def test_a_cancelled_task_does_not_run():
    worker, began, gate, done = FrameWorker(), threading.Event(), threading.Event(), []

    def slow():
        began.set()
        gate.wait(60)
        done.append("slow")

    worker.submit("a", slow)
    began.wait(60)
    worker.submit("a", lambda: done.append("never"))
    threading.Timer(0.1, gate.set).start()
    worker.cancel("a")
    assert done == ["slow"]  # cancel waited for the running task
    worker.close()
    assert done == ["slow"] and not any(thread.name == "crispen-sharpen" for thread in threading.enumerate())

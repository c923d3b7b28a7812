import math
import os
import signal
import subprocess
import sys

import pytest

from crispen.processes import run_in_new_process, run_parallel

NAPS = """
import time
from crispen.apps.shared.process_setup import interruptible
from crispen.processes import run_in_new_process, run_parallel
if __name__ == "__main__":
    try:
        with interruptible():
            {begin}
    except KeyboardInterrupt:
        print("ended", flush=True)
"""
MANY = """for _ in run_parallel(time.sleep, [(0,), *[(60,)] * 9], 3):
                print("running", flush=True)"""
ONE = """print("running", flush=True)
            run_in_new_process(time.sleep, 60)"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_is_done_once_and_keeps_its_number(jobs):
    tasks = [(number, 12) for number in range(20)]
    assert sorted(run_parallel(math.gcd, tasks, jobs)) == [(number, math.gcd(number, 12)) for number in range(20)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failure_in_a_task_is_raised_here(jobs):
    with pytest.raises(ValueError):
        list(run_parallel(math.sqrt, [(4,), (-1,), (9,)], jobs))


def test_no_tasks():
    assert list(run_parallel(math.gcd, [], 2)) == []


def test_one_function_in_a_process_of_its_own():
    assert run_in_new_process(math.sqrt, 9) == 3 and run_in_new_process(os.getpid) != os.getpid()
    with pytest.raises(ValueError):
        run_in_new_process(math.sqrt, -1)


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("begin", [MANY, ONE])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_all_processes_end_with_their_terminal_and_say_nothing(begin, name):
    with subprocess.Popen(
        [sys.executable, "-c", NAPS.format(begin=begin)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout and process.stderr
        assert process.stdout.readline() == "running\n"
        if name == "SIGTERM":
            process.terminate()
        else:
            os.killpg(process.pid, getattr(signal, name))
        assert process.communicate(timeout=50) == ("ended\n", "") and process.returncode == 0

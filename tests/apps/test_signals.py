"""Signals from the system that end a command early."""

import os
import signal
import subprocess
import sys

import pytest

if os.name != "posix":
    pytest.skip("sends signals", allow_module_level=True)

# A command that says when it has begun, and tells how it ends; it takes a while to clean up.
WAITING = """
import sys, time
import crispen.apps.models as models
from crispen.apps.cli import main
import crispen.apps.shared.process_setup as signals
from crispen.apps.shared.process_setup import finishing
signals._ONCE = 60  # seconds: this machine may be slow
def run(args):
    try:
        print("running", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("cleaning", flush=True)
        time.sleep(1)
        print("clean", flush=True)
        raise
models.run = run
sys.exit(main(["models"]))
"""
INTERRUPTED = "crispen: interrupted; nothing half-written was left behind\n"


def start(code: str, ignored: int | None = None) -> subprocess.Popen:
    def begin():
        if ignored is not None:
            signal.signal(ignored, signal.SIG_IGN)

    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=begin
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_signal_ends_a_command_as_ctrl_c_does(number):
    with start(WAITING) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == "running\n"
        process.send_signal(number)
        assert process.stdout.readline() == "cleaning\n"
        process.send_signal(signal.SIGHUP)  # the kernel and the shell both tell the end of a terminal
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "clean\n"
        assert process.wait(60) == 130 and process.stderr.read() == INTERRUPTED


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_ignored_signals_stay_ignored(number):
    with start(WAITING.replace("time.sleep(60)", "time.sleep(2)\n        print('done')"), ignored=number) as process:
        assert process.stdout
        assert process.stdout.readline() == "running\n"
        process.send_signal(number)
        assert process.stdout.read() == "done\n"
        assert process.wait(60) == 0


def test_without_ctrl_c_the_others_still_end_it():
    """As a script's `command &` is started."""
    with start(WAITING, ignored=signal.SIGINT) as process:
        assert process.stdout
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 130


def test_signals_do_not_interrupt_a_finishing_block():
    code = WAITING.replace("    try:", "    with finishing():").replace("time.sleep(60)", "time.sleep(2)")
    code = code[: code.index("    except")] + code[code.index("models.run") :]
    with start(code) as process:
        assert process.stdout
        assert process.stdout.readline() == "running\n"
        for _ in range(3):
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_a_command_with_its_own_handler_keeps_it():
    """As a server has: every signal that ends it is handled like Ctrl-C."""
    code = WAITING.replace("    try:", "    import signal\n    signal.signal(2, lambda *_: sys.exit(7))\n    try:")
    with start(code) as process:
        assert process.stdout
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGHUP)
        assert process.wait(60) == 7


def test_nothing_is_left_behind_in_the_process():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    from crispen.apps.cli import main

    assert main(["models", "--json"]) == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before

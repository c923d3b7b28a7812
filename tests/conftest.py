"""Lets every test import the programs in tools/ and the helper modules of the tests, and lists the allowed skips."""

import os
import re
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

for part in ("media", "image", "export", "../tools"):
    sys.path.insert(0, str((Path(__file__).parent / part).resolve()))

# Deadlines of examples would make tests depend on the load of the machine.
settings.register_profile("crispen", deadline=None)
settings.load_profile("crispen")

# A shell that starts us in the background has Ctrl-C ignored, here and in every program that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Threads that spin while they wait make PyTorch twenty times slower where other programs want the processor, too.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

# Some tests import the engines by themselves, and report nothing either.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

SCHEDULING = os.sched_getscheduler(0) if hasattr(os, "sched_getscheduler") else None


@pytest.fixture(scope="session")
def natural():
    """Two small (H, W, 3) uint8 photographs."""
    from photographs import photographs

    return photographs()


@pytest.fixture(autouse=True)
def usual_priority():
    """No test leaves the others at another priority than they began with."""
    yield
    if SCHEDULING is not None:
        assert os.sched_getscheduler(0) == SCHEDULING, "a test changed how the system schedules this process"


# Why tests are skipped where all programs are installed that they need: for data that are not ours to give, and for
# devices and encoders of other machines.
MAY_LACK = re.compile(
    "CRISPEN_LPIPS gives no file of weights|the clips and their list are not part of the repository"
    r"|\w+ finds no (gpu|npu) on this machine|this FFmpeg has no \w+"
)


def pytest_addoption(parser):
    parser.addoption("--nothing-skipped", action="store_true", help="skipped tests fail the run")


def pytest_sessionfinish(session):
    if not session.config.getoption("--nothing-skipped") or hasattr(session.config, "workerinput"):
        return  # where tests run in several processes, the one that started them knows of all
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    reasons = {report.longrepr[2].removeprefix("Skipped: ") for report in reporter.stats.get("skipped", [])}
    if needless := {reason for reason in reasons if not MAY_LACK.fullmatch(reason)}:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"\nskipped, and should not be: {'; '.join(sorted(needless))}", red=True)

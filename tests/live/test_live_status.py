"""Statistics and status line of a live session, on a simulated clock."""

import io

import pytest

from crispen.live.live_status import SessionStats, StatusDisplay, status_line


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def shown(self):
        """The rows of a terminal after all that was written."""
        rows = []
        for line in self.getvalue().split("\n"):
            row = ""
            for text in line.split("\r"):
                row = text + row[len(text) :]
            rows.append(row.rstrip())
        return rows


def test_rates_are_of_the_time_since_they_were_last_asked():
    state = [0.0, 0.0]
    tally = SessionStats(lambda: state[0], lambda: state[1])
    tally.came, tally.sent, state[:] = 30, 28, [1.0, 0.4]
    assert tally.lately() == pytest.approx((30, 28, 40))
    tally.came, tally.sent, state[:] = 60, 60, [3.0, 0.6]
    assert tally.lately() == pytest.approx((15, 16, 10))
    assert tally.so_far() == pytest.approx((20, 20, 20)) and tally.seconds == 3


def test_the_line_says_it_all():
    state = [0.0, 0.0]
    tally = SessionStats(lambda: state[0], lambda: state[1])
    tally.written.extend([0.009] * 100)
    tally.came = tally.sent = 30
    state[:] = [1.0, 0.42]
    line = status_line(tally, "balanced, openvino int8, strength 1.0", 0.013, 50)
    assert line == (
        "balanced, openvino int8, strength 1.0 | 30.0 -> 30.0 fps | +9 ms, 95% +9 ms | 1.3% passed | "
        "CPU 42% of 50% of a core"
    )
    assert status_line(tally, "", 0, None).endswith("CPU 0% of a core")


def test_on_a_terminal_lines_stand_above_the_one_that_is_rewritten(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()
    screen = StatusDisplay(stream)
    screen.show("a long line of status")
    screen.show("short")
    screen.say("it happened")
    screen.show("x" * 60)
    assert stream.shown() == ["it happened", "x" * 39]
    screen.clear()
    screen.say("the end")
    assert stream.shown() == ["it happened", "the end", ""]


def test_elsewhere_only_what_happened_is_written():
    stream = io.StringIO()
    screen = StatusDisplay(stream)
    screen.show("status")
    screen.say("it happened")
    screen.clear()
    assert stream.getvalue() == "it happened\n"


def test_quiet_is_quiet():
    stream = Terminal()
    screen = StatusDisplay(stream, quiet=True)
    screen.show("status")
    screen.say("it happened")
    assert stream.getvalue() == ""

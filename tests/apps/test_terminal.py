"""Progress and tables, on a terminal and elsewhere."""

import io
import subprocess
import sys

from crispen.apps.shared.terminal import FrameProgress, item_progress, print_table, text_table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def run(stream, total, frames, seconds_a_frame, **options) -> str:
    clock = Clock()
    with FrameProgress(stream=stream, clock=clock, **options) as progress:
        progress("a.mp4", 0, total)
        for done in range(1, frames + 1):
            clock.now += seconds_a_frame
            progress("a.mp4", done, total)
    return stream.getvalue()


def test_plain_lines_appear_every_ten_seconds():
    lines = run(io.StringIO(), 100, 50, 0.5).splitlines()
    assert len(lines) == 2
    assert lines[0] == "a.mp4:  20%, 20/100 frames, 2.0 fps, 40 s left"
    assert lines[1] == "a.mp4:  40%, 40/100 frames, 2.0 fps, 30 s left"


def test_a_terminal_shows_a_bar_that_is_removed_at_the_end():
    text = run(Terminal(), 100, 50, 0.1)
    assert text.count("a.mp4") > 10 and "2%, 2/100 frames, 10.0 fps, 10 s left" in text
    assert text.rstrip("\n").endswith("\x1b[2K")  # the line is erased


def test_markup_in_names_is_printed_as_it_is():
    stream, clock = Terminal(), Clock()
    with FrameProgress(stream=stream, clock=clock) as progress:
        progress("[red]a[/red].mp4", 0, 10)
        clock.now += 1
        progress("[red]a[/red].mp4", 1, 10)
    assert "[red]a[/red].mp4" in stream.getvalue()


def test_quiet_prints_only_lines_marked_always():
    for quiet, wanted in ((False, "one\ntwo\n"), (True, "two\n")):
        stream = io.StringIO()
        progress = FrameProgress(quiet, stream)
        progress.print("one")
        progress.print("two", always=True)
        assert stream.getvalue() == wanted


def test_long_videos_show_minutes_and_hours_and_unknown_lengths_no_end():
    assert "16:30 left" in run(io.StringIO(), 1000, 10, 1.0)
    assert "2:46:30 left" in run(io.StringIO(), 10000, 10, 1.0)
    assert run(io.StringIO(), None, 10, 1.0) == "a.mp4: 10 frames, 1.0 fps\n"


def test_quiet_prints_nothing():
    assert run(Terminal(), 100, 50, 1.0, quiet=True) == ""


def test_items_show_a_line_for_every_tenth(monkeypatch, capsys):
    show = item_progress("pairs built")
    for done in range(1, 26):
        show(done, 25)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10 and lines[0] == "pairs built: 3/25" and lines[-1] == "pairs built: 25/25"


def test_a_finished_item_bar_leaves_its_last_line(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    show = item_progress("pairs built")
    for done in range(1, 26):
        show(done, 25)
    assert stream.getvalue().endswith("pairs built: 25/25\n")


ROWS = [["a", "1.5"], ["long", "-12.0"]]


def test_a_table_is_plain_text_without_a_terminal(capsys):
    print_table(["name", "dB"], ROWS)
    assert (
        capsys.readouterr().out == "name     dB\na       1.5\nlong  -12.0\n" == text_table(["name", "dB"], ROWS) + "\n"
    )


def test_a_table_on_a_terminal_has_the_same_cells(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    print_table(["name", "dB"], ROWS)
    assert all(cell in stream.getvalue() for cell in ("name", "dB", "long", "-12.0"))


def test_a_bar_that_an_exception_leaves_behind_shows_the_cursor_again_at_exit():
    code = """
import io, os, sys
class Terminal(io.TextIOWrapper):
    def isatty(self): return True
sys.stderr = Terminal(sys.stderr.buffer, encoding="utf-8", write_through=True)
from crispen.apps.shared.terminal import item_progress
item_progress("pairs built")(1, 10)
print("a result")
raise SystemExit(3)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 3 and done.stdout == "a result\n"
    assert done.stderr.rfind("\x1b[?25h") > done.stderr.rfind("\x1b[?25l") > -1

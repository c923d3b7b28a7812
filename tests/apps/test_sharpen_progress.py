import io

from crispen.files.progress import Progress
from crispen.files.result import Report


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def run(stream, total, frames, seconds_a_frame, **options) -> str:
    clock = Clock()
    progress = Progress("a.mp4", total, stream, clock=clock, **options)
    for _ in range(frames):
        clock.now += seconds_a_frame
        progress.step()
    progress.finish()
    return stream.getvalue()


def test_plain_lines_come_now_and_then_with_speed_and_time_left():
    lines = run(io.StringIO(), 100, 50, 0.5).splitlines()
    assert len(lines) == 2
    assert lines[0] == "a.mp4:  20%, 20/100 frames, 2.0 fps, 40 s left"
    assert lines[1] == "a.mp4:  40%, 40/100 frames, 2.0 fps, 30 s left"


def test_a_terminal_sees_one_line_that_is_wiped_at_the_end():
    text = run(Terminal(), 100, 50, 0.1)
    assert "\n" not in text
    assert text.count("\r") > 10
    assert text.endswith("\r")
    assert text.split("\r")[-2].strip() == ""
    assert "[##########..........]" in text


def test_long_videos_show_minutes_and_hours_and_unknown_lengths_no_end():
    assert "16:30 left" in run(io.StringIO(), 1000, 10, 1.0)
    assert "2:46:30 left" in run(io.StringIO(), 10000, 10, 1.0)
    assert run(io.StringIO(), None, 10, 1.0) == "a.mp4: 10 frames, 1.0 fps\n"


def test_quiet_says_nothing():
    assert run(Terminal(), 100, 50, 1.0, quiet=True) == ""


def test_the_report_says_what_was_not_kept():
    report = Report(
        "a.mp4", "b.mp4", "video", "fast", "openvino", "int8", 2, {"small": 20, "any": 10}, 0.875, "libx264",
        30, 2.0, (64, 48), (128, 96), 1.234,
        kept=["audio (aac)"], lost=["subtitle (x)"],
    )  # fmt: skip
    assert report.line() == (
        "a.mp4 -> b.mp4: 30 frames 64x48 -> 128x96 in 2.0 s (15.0 fps); "
        "fast (small, any, strength 0.88) on openvino (int8), 2 threads; "
        "luma changed by 1.23 levels on average; kept audio (aac); NOT kept: subtitle (x)"
    )
    assert report.as_dict()["fps"] == 15.0

"""Outcomes, for people and for programs."""

from crispen.files.result import Failure, FolderResult, Result


def test_the_text_of_a_result_lists_what_was_kept_and_lost():
    result = Result(
        "a.mp4", "b.mp4", "video", "fast", "openvino", "int8", 2, {"small": 20, "any": 10}, 0.875, "libx264",
        30, 2.0, (64, 48), (128, 96), 1.234,
        kept=("audio (aac)",), lost=("subtitle (x)",),
    )  # fmt: skip
    assert result.as_text() == (
        "a.mp4 -> b.mp4: 30 frames 64x48 -> 128x96 in 2.0 s (15.0 fps); "
        "fast (small, any, strength 0.88) on openvino (int8), 2 threads; "
        "luma changed by 1.23 levels on average; kept audio (aac); NOT kept: subtitle (x)"
    )
    assert result.as_dict()["fps"] == 15.0


def test_the_text_of_a_copy():
    assert Result("a.mp4", "b.mp4", "video", "fast", copied=True).as_text() == (
        "a.mp4 -> b.mp4: copied bit for bit (strength 0)"
    )


def test_the_text_of_a_folder_warns_that_skipped_outputs_may_have_other_settings():
    result = FolderResult("in", "out", (), 2, (Failure("in/a.png", "a.png is damaged"),))
    assert result.as_text().startswith("in -> out: 0 sharpened, 2 done before, 1 failed (")
    assert "other settings" in result.as_text()
    assert FolderResult("in", "out").as_text() == "in -> out: 0 sharpened, 0 done before, 0 failed"
    assert result.as_dict() == {
        "items": [], "skipped": 2, "failed": [{"source": "in/a.png", "error": "a.png is damaged"}],
    }  # fmt: skip

"""Videos at strength 0 in another container: PyAV counts the frames that are there."""

from fractions import Fraction

import pytest
from clips import frames_of, write_clip

from crispen.apps.cli import main


@pytest.mark.parametrize("target", ["b.mp4", "b.mkv", "b.ts"])
@pytest.mark.parametrize(
    ("name", "codec"), [("a.h264", "libx264"), ("a.hevc", "libx265"), ("a.m2v", "mpeg2video"), ("a.flv", "libx264")]
)
def test_every_frame_is_in_the_copy_also_of_streams_without_times(name, codec, target, tmp_path):
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    source = write_clip(tmp_path / name, frames=12, codec=codec, options=quiet, time_base=Fraction(1, 30))
    assert main(["sharpen", "--strength", "0", str(source), str(tmp_path / target), "--quiet"]) == 0
    assert len(frames_of(tmp_path / target)) == 12


def test_pictures_that_the_container_does_not_take_are_refused(tmp_path, capsys):
    """AVI wants H.264 with start codes, which MP4 has not."""
    source = write_clip(tmp_path / "a.mp4", frames=12)
    assert main(["sharpen", "--strength", "0", str(source), str(tmp_path / "b.avi")]) == 1
    said = capsys.readouterr().err
    assert "avi cannot hold video (h264)" in said and said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]

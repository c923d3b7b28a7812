"""Writers as context managers."""

from fractions import Fraction

import av
import pytest

from crispen.media.conversion_notes import ConversionNotes
from crispen.video.frame_writer import FrameWriter
from crispen.video.video_encoder import find_encoder
from crispen.video.video_info import VideoInfo
from crispen.video.video_writer import VideoWriter


class Recording(FrameWriter):
    def __init__(self, close_fails: bool = False):
        self.calls: list[str] = []
        self._close_fails = close_fails

    def write(self, frame: av.VideoFrame) -> None:
        self.calls.append("write")

    def close(self) -> None:
        self.calls.append("close")
        if self._close_fails:
            raise OSError("disk full")

    def abort(self) -> None:
        self.calls.append("abort")


def test_a_block_that_ends_well_closes_the_writer():
    with Recording() as writer:
        writer.write(av.VideoFrame(16, 16))
    assert writer.calls == ["write", "close"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_in_the_block_aborts_the_writer(error):
    writer = Recording()
    with pytest.raises(error), writer:
        raise error
    assert writer.calls == ["abort"]


def test_a_close_that_fails_aborts_the_writer():
    writer = Recording(close_fails=True)
    with pytest.raises(OSError, match="disk full"), writer:
        pass
    assert writer.calls == ["close", "abort"]


def test_a_video_is_complete_after_the_block(tmp_path):
    info = VideoInfo(64, 48, "yuv420p", Fraction(25), Fraction(1, 25))
    with VideoWriter(tmp_path / "a.mp4", info, find_encoder("h264"), None, 1, ConversionNotes()) as writer:
        for number in range(3):
            frame = av.VideoFrame(64, 48)
            frame.pts, frame.time_base = number, info.time_base
            writer.write(frame)
    with av.open(str(tmp_path / "a.mp4")) as made:
        assert sum(1 for _ in made.decode(video=0)) == 3

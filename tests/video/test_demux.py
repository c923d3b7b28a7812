import av
import numpy as np
import pytest
from clips import write_clip

from crispen.callbench.clip_cases import clip
from crispen.callbench.heads_cases import head_cases
from crispen.data.clean_sources import draw_clip
from crispen.degrade.condition import Condition
from crispen.errors import CrispenError
from crispen.live.camera import Camera
from crispen.video.demux import main_video_stream
from crispen.video.video_reader import VideoReader


@pytest.fixture
def unknown(tmp_path):
    """A video of a codec that does not exist."""
    path = write_clip(tmp_path / "unknown.mov", codec="png", pixel_format="rgb24")
    path.write_bytes(path.read_bytes().replace(b"png ", b"zzz "))
    return path


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "sound.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        frame.sample_rate, frame.pts = 8000, 0
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def _read(path):
    VideoReader(path)


def _watch(path):
    Camera(str(path))


def _train_on(path):
    draw_clip(path, 128, 128, Condition(), np.random.default_rng(0), shrink=False)


def _measure(path):
    clip(path, Condition(), np.random.default_rng(0))


def _measure_heads(path):
    head_cases({"a": path})


@pytest.mark.parametrize("open_it", [_read, _watch, _train_on, _measure, _measure_heads])
def test_an_undecodable_video_is_a_crispen_error_everywhere(open_it, unknown, sound):
    with pytest.raises(CrispenError, match=r"unknown\.mov: FFmpeg has no decoder for its video"):
        open_it(unknown)
    with pytest.raises(CrispenError, match=r"sound\.mkv has no video in it"):
        open_it(sound)


def test_a_cover_picture_is_not_the_main_video(tmp_path):
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuvj420p"
        stream.disposition = av.stream.Disposition.attached_pic
        container.mux([*stream.encode(av.VideoFrame(16, 16, "yuvj420p")), *stream.encode(None)])
    with av.open(str(path)) as container:
        with pytest.raises(CrispenError, match="has no video"):
            main_video_stream(container, path)
        assert main_video_stream(container, path, covers=True).width == 16

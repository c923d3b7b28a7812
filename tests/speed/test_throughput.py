"""The pipeline does what `crispen sharpen` does, to the whole of a video; how long that takes is not asked here."""

import re
from itertools import pairwise

import av
import numpy as np
import pytest

from crispen.errors import CrispenError
from crispen.speed import throughput as pipeline
from crispen.speed.throughput import RUNS, clip_in, make_clip, on_luma, throughput

WIDTH, HEIGHT, FRAMES = 96, 64, 9


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    make_clip(path, WIDTH, HEIGHT, FRAMES, 1)
    return path


def luma(path):
    """(T, H, W) int16, as PyAV alone reads it."""
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray()[: frame.height] for frame in container.decode(video=0)]).astype(np.int16)


def settings(path):
    """What x264 wrote into the file about itself."""
    return dict(re.findall(rb"(\w+)=(\S+)", re.search(rb"x264 - core.*?\x00", path.read_bytes(), re.DOTALL)[0]))


@pytest.fixture
def outputs(monkeypatch):
    """Luma and settings of every file that a pipeline wrote."""
    seen = []

    class Seen(pipeline.VideoWriter):
        def close(self):
            super().close()
            seen.append((luma(self.path), settings(self.path)))

    monkeypatch.setattr(pipeline, "VideoWriter", Seen)
    return seen


def test_the_clip_is_a_still_that_pans(clip):
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.average_rate) == ("h264", 30)
        assert (stream.width, stream.height, stream.pix_fmt) == (WIDTH, HEIGHT, "yuv420p")
    frames = luma(clip)
    assert len(frames) == FRAMES
    for before, after in pairwise(frames):
        still = np.abs(after - before).mean()
        panned = np.abs(after[:-1, :-2] - before[1:, 2:]).mean()
        assert panned < 0.7 * still


def test_a_clip_is_made_once(tmp_path):
    first = clip_in(tmp_path, 32, 32, 2, 1)
    first.write_bytes(b"kept")
    assert clip_in(tmp_path, 32, 32, 2, 1).read_bytes() == b"kept"
    other = clip_in(tmp_path, 32, 48, 2, 1)
    assert luma(other).shape == (2, 48, 32)
    assert sorted(tmp_path.iterdir()) == sorted([first, other])


@pytest.mark.parametrize("size", [(33, 32), (32, 33)])
def test_odd_sides_are_refused(size, tmp_path):
    with pytest.raises(CrispenError, match="even sides"):
        clip_in(tmp_path, *size, 2, 1)
    assert not list(tmp_path.iterdir())


def test_every_frame_goes_through_every_time(clip, outputs):
    times = []

    def work(frame):
        times.append(frame.pts)
        return on_luma(lambda y: 255 - y)(frame)

    found = throughput(clip, work, 1)
    assert found.runs == RUNS and len(times) == RUNS * FRAMES
    assert found.frame_ms > 0 and found.p95_ms > 0
    for written, how in outputs:
        assert written.shape == (FRAMES, HEIGHT, WIDTH)
        assert np.abs(written - (255 - luma(clip))).mean() < 2  # at CRF 18 little is lost
        # What `crispen sharpen` sets for an mp4: CRF 18, and "veryfast", which refines subpixels at level 2.
        assert (how[b"rc"], how[b"crf"], how[b"subme"]) == (b"crf", b"18.0", b"2")


def test_the_new_frames_may_be_of_another_size(clip, outputs):
    found = throughput(clip, lambda frame: frame.reformat(2 * WIDTH, 2 * HEIGHT), 1, (2 * WIDTH, 2 * HEIGHT))
    assert found.runs == RUNS and all(written.shape == (FRAMES, 2 * HEIGHT, 2 * WIDTH) for written, _ in outputs)


def test_a_slow_pipeline_is_cut_short(clip, outputs):
    found = throughput(clip, on_luma(lambda y: y), 1, longest=0)
    assert found.runs == 1 and len(outputs) == 1 and 1 <= len(outputs[0][0]) < FRAMES


def test_what_the_work_raises_is_raised(clip, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(CrispenError, match="too wide"):
        throughput(clip, on_luma(lambda y: fail("too wide")), 1)
    assert not list(tmp_path.iterdir())


def fail(reason):
    raise CrispenError(reason)


def test_chroma_is_copied(clip):
    with av.open(str(clip)) as container:
        frame = next(container.decode(video=0))
    before = frame.to_ndarray()
    after = on_luma(lambda y: y[::-1])(frame)
    np.testing.assert_array_equal(after.to_ndarray()[:HEIGHT], before[:HEIGHT][::-1])
    np.testing.assert_array_equal(after.to_ndarray()[HEIGHT:], before[HEIGHT:])
    np.testing.assert_array_equal(frame.to_ndarray(), before)
    assert (after.pts, after.time_base, after.color_range) == (frame.pts, frame.time_base, frame.color_range)

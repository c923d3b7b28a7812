"""What a camera gave before anybody read from it is old: it is left out, and nothing else is."""

from itertools import islice
from types import SimpleNamespace

import av
import pytest
from clips import write_clip

from crispen.errors import CrispenError
from crispen.live.camera import Camera

PERIOD = 1 / 30


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("crispen.live.camera.time", clock)
    return clock


@pytest.fixture
def opened(monkeypatch, clock):
    """Opens a camera with a driver that holds `held` pictures; then what lists when each that was read was captured."""

    def camera(held, decoding):
        captured = []

        def decode():
            clock.now += decoding * PERIOD
            return [av.VideoFrame(16, 16, "yuv420p")]

        def demux(stream, due=clock.now):
            while True:
                due = max(due, clock.now - held * PERIOD)  # while all its buffers are full, pictures are lost
                clock.now = max(clock.now, due)
                captured.append(due)
                due += PERIOD
                yield SimpleNamespace(decode=decode)

        stream = SimpleNamespace(
            average_rate=30,
            width=16,
            height=16,
            pix_fmt="yuv420p",
            codec_context=SimpleNamespace(name="mjpeg", colorspace=2, color_primaries=2, color_trc=2, color_range=0),
            disposition=0,
            sample_aspect_ratio=None,
        )
        container = SimpleNamespace(streams=SimpleNamespace(video=[stream]), demux=demux)
        monkeypatch.setattr(av, "open", lambda *args, **options: container)
        return Camera("rtsp://example.org/"), captured

    return camera


@pytest.mark.parametrize("held", [4, 32])
@pytest.mark.parametrize("decoding", [0, 0.3])
def test_no_picture_is_old(decoding, held, clock, opened):
    camera, captured = opened(held, decoding)
    clock.now += 2  # engines are opened
    for _, came in islice(camera, 20):
        assert came - captured[-1] <= (0.5 + decoding) * PERIOD
    assert len(captured) - 20 <= (held + 1) / (1 - decoding)  # those that came meanwhile, too


@pytest.mark.parametrize("decoding", [0.6, 0.9, 1.5])
def test_where_decoding_takes_long_pictures_come_all_the_same(decoding, clock, opened):
    camera, captured = opened(4, decoding)
    clock.now += 2
    assert len(list(islice(camera, 20))) == 20
    assert len(captured) - 20 <= 2 / PERIOD


def test_a_camera_that_is_read_at_once_loses_nothing(clock, opened):
    camera, captured = opened(4, 0)
    assert len(list(islice(camera, 20))) == len(captured) == 20


def test_a_file_whose_display_matrix_can_not_be_read_is_closed(tmp_path, monkeypatch):
    path = write_clip(tmp_path / "clip.mkv", 2)
    opened = []
    real = av.open

    def remember(*args, **options):
        opened.append(real(*args, **options))
        return opened[-1]

    def fail(frame):
        raise ValueError("no matrix")

    monkeypatch.setattr("crispen.live.camera.av.open", remember)
    monkeypatch.setattr("crispen.live.camera.display_matrix", fail)
    with pytest.raises(ValueError, match="no matrix"):
        Camera(str(path))
    assert len(opened) == 2
    for container in opened:
        with pytest.raises(AssertionError, match="not open"):
            container.seek(0)


@pytest.mark.parametrize(
    "header",
    [b"", b"some text\n", b"YUV4MPEG2\n", b"YUV4MPEG2 W64 Hx F30:1\n", b"YUV4MPEG2 W64 H48 F30:1 C999\nFRAME\n"],
)
def test_a_damaged_y4m_header_is_explained(header, tmp_path):
    path = tmp_path / "call.y4m"
    path.write_bytes(header)
    with pytest.raises(CrispenError, match=r"cannot read .*call\.y4m: .*(YUV4MPEG2|Y4M|layout|C999)") as caught:
        Camera(str(path))
    assert "\n" not in str(caught.value)

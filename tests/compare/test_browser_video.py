"""Videos for browsers: decoded again, their frames are those of the file."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from clips import frames_of, packets_of, write_clip

from crispen.compare.browser_image import BrowserMedia
from crispen.compare.browser_video import browser_video, displayed_size
from crispen.errors import CrispenError
from crispen.media.plane_layout import samples


def decoded(embedded: BrowserMedia) -> list[av.VideoFrame]:
    with av.open(io.BytesIO(embedded.data)) as container:
        assert container.format.name.startswith("matroska" if embedded.mime == "video/webm" else "mov")
        assert [stream.type for stream in container.streams] == ["video"]
        return list(container.decode(video=0))


def same(first: list[av.VideoFrame], second: list[av.VideoFrame]) -> bool:
    return len(first) == len(second) and all(
        np.array_equal(samples(one, index), samples(other, index))
        for one, other in zip(first, second, strict=True)
        for index in range(len(one.planes))
    )


@pytest.mark.parametrize(
    ("name", "codec", "mime"),
    [
        ("a.mp4", "libx264", "video/mp4"),
        ("a.mkv", "libx264", "video/mp4"),
        ("a.webm", "libvpx", "video/webm"),
        ("a.webm", "libvpx-vp9", "video/webm"),
        ("a.mp4", "libvpx-vp9", "video/webm"),
        ("a.webm", "libsvtav1", "video/mp4"),
    ],
)
def test_videos_that_browsers_play_are_not_re_encoded(name, codec, mime, tmp_path):
    path = write_clip(tmp_path / name, codec=codec, audio="aac" if name == "a.mp4" else None)
    embedded = browser_video(path, 1)
    assert embedded.mime == mime and "as in the file" in embedded.how
    assert same(decoded(embedded), frames_of(path))
    if mime == "video/webm":
        (tmp_path / "b.webm").write_bytes(embedded.data)
        assert packets_of(tmp_path / "b.webm", "video") == packets_of(path, "video")
    assert len(embedded.times) == 10 and embedded.end == pytest.approx(10 / 30, abs=2e-3)
    assert embedded.times == pytest.approx([number / 30 for number in range(10)], abs=1e-3)


def test_a_copied_video_begins_at_0_and_keeps_its_timing(tmp_path):
    pts = [5000, 5512, 7000, 7100, 9000]
    path = write_clip(tmp_path / "a.mkv", frames=5, pts=pts, time_base=Fraction(1, 1000))
    embedded = browser_video(path, 1)
    wanted = [(each - pts[0]) / 1000 for each in pts]
    assert embedded.times == pytest.approx(wanted)
    assert [frame.time for frame in decoded(embedded)] == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize(
    ("codec", "pixel_format", "size"),
    [
        ("ffv1", "yuv444p", (64, 48)),
        ("ffv1", "yuv420p", (63, 47)),
        ("ffv1", "gray", (64, 48)),
        ("libx264", "yuv420p10le", (64, 48)),
        ("mpeg4", "yuv420p", (64, 48)),
    ],
)
def test_other_videos_are_re_encoded_visually_lossless(codec, pixel_format, size, tmp_path):
    options = {"qmin": "1", "qmax": "2"} if codec == "mpeg4" else {}
    path = write_clip(
        tmp_path / "a.mkv", codec=codec, pixel_format=pixel_format, size=size, options=options,
        time_base=Fraction(1, 30000),
    )  # fmt: skip
    embedded = browser_video(path, 1)
    assert embedded.mime == "video/mp4" and embedded.size == displayed_size(path) == size
    assert "re-encoded" in embedded.how and pixel_format in embedded.how
    before, after = frames_of(path), decoded(embedded)
    assert len(before) == len(after) == len(embedded.times)
    assert after[0].pts == 0
    unit = 4 if "10" in pixel_format else 1
    for one, other in zip(before, after, strict=True):
        assert (other.width, other.height, other.format.name) == (*size, "yuv420p")
        assert np.abs(samples(other, 0) - samples(one, 0) / unit).mean() < 1.5


def test_yuv4mpeg2(tmp_path):
    levels = [40, 90, 140]
    body = b"".join(b"FRAME\n" + bytes([level]) * (32 * 16) + b"\x80" * (32 * 8) for level in levels)
    (tmp_path / "a.y4m").write_bytes(b"YUV4MPEG2 W32 H16 F10:1 C420jpeg\n" + body)
    embedded = browser_video(tmp_path / "a.y4m", 1)
    assert [samples(frame, 0).mean() for frame in decoded(embedded)] == pytest.approx(levels, abs=1)
    assert embedded.times == pytest.approx([0, 0.1, 0.2]) and embedded.end == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("codec", "pixel_format"), [("libx264", "yuv420p"), ("libx264", "yuv422p"), ("libvpx-vp9", "yuv420p")]
)
def test_rotated_videos_keep_their_rotation(codec, pixel_format, tmp_path):
    path = write_clip(
        tmp_path / ("a.mp4" if "vp9" in codec else "a.mov"), codec=codec, rotation=90, pixel_format=pixel_format
    )
    embedded = browser_video(path, 1)
    assert embedded.size == displayed_size(path) == (48, 64)
    assert decoded(embedded)[0].rotation == frames_of(path)[0].rotation != 0


def test_non_square_pixels_give_the_displayed_size(tmp_path):
    path = write_clip(tmp_path / "a.mp4", aspect=Fraction(3, 2))
    assert browser_video(path, 1).size == displayed_size(path) == (96, 48)


def test_a_truncated_video_is_encoded_as_far_as_possible_with_a_note(tmp_path):
    path = write_clip(tmp_path / "a.mkv", frames=90)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    embedded = browser_video(path, 1)
    assert 0 < len(embedded.times) < 90 and len(decoded(embedded)) == len(embedded.times)
    assert any("breaks off" in note for note in embedded.notes)


def test_progress_sees_every_frame(tmp_path):
    path, seen = write_clip(tmp_path / "a.mp4"), []

    def watch(frames, total):
        seen.append(total)
        for frame in frames:
            seen.append(frame.pts)
            yield frame

    browser_video(path, 1, watch)
    assert seen[0] == 10 and len(seen) == 11


def test_files_that_are_not_videos_are_rejected(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"nothing of the kind " * 50)
    for read in (lambda path: browser_video(path, 1), displayed_size):
        with pytest.raises(CrispenError, match="not a picture or video"):
            read(tmp_path / "a.mp4")

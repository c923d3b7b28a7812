import io
import os
import subprocess
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crispen.errors import CrispenError
from crispen.media.plane_layout import samples
from crispen.video.y4m import FORMATS, Y4mHeader, Y4mReader, Y4mWriter, header_for


def stream(header: str, frames: list[bytes], parameters: str = "") -> bytes:
    return f"YUV4MPEG2 {header}\n".encode() + b"".join(f"FRAME{parameters}\n".encode() + data for data in frames)


def copied(data: bytes, tmp_path) -> tuple[bytes, Y4mReader]:
    """`data` read and written again."""
    (tmp_path / "in.y4m").write_bytes(data)
    with open(tmp_path / "in.y4m", "rb") as incoming, open(tmp_path / "out.y4m", "wb") as outgoing:
        reader = Y4mReader(incoming.fileno())
        writer = Y4mWriter(outgoing.fileno(), reader.header, reader.parameters)
        for frame in reader:
            writer.write(frame)
    return (tmp_path / "out.y4m").read_bytes(), reader


# Bytes of a 5x3 frame, counted by hand from the definition of each sampling.
SIZES = {
    "420jpeg": 15 + 2 * 6, "420": 27, "420mpeg2": 27, "420paldv": 27, "422": 15 + 2 * 9, "444": 45, "444alpha": 60,
    "411": 15 + 2 * 6, "410": 15 + 2 * 2, "mono": 15, "420p10": 54, "422p12": 66, "444p16": 90, "mono10": 30,
}  # fmt: skip


@pytest.mark.parametrize("sampling", SIZES)
def test_every_sampling_passes_byte_for_byte_at_odd_size(sampling, tmp_path):
    generator = np.random.default_rng(len(sampling))
    frames = [generator.integers(0, 4, SIZES[sampling], np.uint8).tobytes() for _ in range(3)]
    data = stream(f"W5 H3 F30000:1001 Ip A10:11 C{sampling} XFOO=BAR", frames)
    result, reader = copied(data, tmp_path)
    assert result == data
    assert reader.info.rate == Fraction(30000, 1001)
    assert reader.info.aspect == Fraction(10, 11)
    assert reader.info.frames == 3
    assert not reader.notes.lost


def test_frame_parameters_pass_and_mark_fields_of_mixed_streams(tmp_path):
    data = b"YUV4MPEG2 W4 H4 F25:1 Im C420jpeg\n"
    data += b"FRAME Itit\n" + bytes(24) + b"FRAME I1pp\n" + bytes(24)
    assert copied(data, tmp_path)[0] == data
    with open(tmp_path / "in.y4m", "rb") as file:
        assert [frame.interlaced_frame for frame in Y4mReader(file.fileno())] == [True, False]


@pytest.mark.parametrize(("letter", "interlaced"), [("p", False), ("t", True), ("b", True), ("?", False)])
def test_interlacing_of_the_header_reaches_the_frames(letter, interlaced, tmp_path):
    copied(stream(f"W4 H4 F25:1 I{letter}", [bytes(24)]), tmp_path)
    with open(tmp_path / "in.y4m", "rb") as file:
        assert [frame.interlaced_frame for frame in Y4mReader(file.fileno())] == [interlaced]


@given(cut=st.integers(0, 200))
def test_a_truncated_stream_gives_its_complete_frames_or_an_error(cut, tmp_path_factory):
    head = b"YUV4MPEG2 W4 H4 F25:1\n"
    data = head + (b"FRAME\n" + bytes(24)) * 5
    path = tmp_path_factory.mktemp("cut")
    try:
        result, reader = copied(data[:cut], path)
    except CrispenError:
        assert cut < len(head)
        return
    whole = max(0, min(cut, len(data)) - len(head)) // 30
    assert result.count(b"FRAME") == whole
    assert bool(reader.notes.lost) == (cut < len(data) and (cut - len(head)) % 30 != 0)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "W4",
        "W4 H4 C420p99",
        "W0 H4",
        "Wx H4",
        "W4 H99999",
        "W4 H4 F30",
        "W-4 H4",
        "W4 H4 Ix",
        "W4 H4 F99999999999999:1",
        "W4 H4 A1:99999999999999",
        "W16384 H16384 C444p16",
    ],
    ids=repr,
)
def test_damaged_headers_are_rejected(header, tmp_path):
    with pytest.raises(CrispenError):
        copied(stream(header, []), tmp_path)


@pytest.mark.parametrize("data", [b"RIFFxxxx", b"YUV4MPEG2 " + b"X" * 9999], ids=["other", "endless"])
def test_streams_that_are_not_y4m_are_rejected(data, tmp_path):
    with pytest.raises(CrispenError, match="not a YUV4MPEG2"):
        copied(data, tmp_path)


def test_a_slow_pipe_is_read_completely():
    data = stream("W64 H64 F25:1", [bytes([n]) * 6144 for n in range(3)])
    writer = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert writer.stdin and writer.stdout
    writer.stdin.write(data[:5000])
    writer.stdin.flush()
    reader = Y4mReader(writer.stdout.fileno())
    frames = iter(reader)
    writer.stdin.write(data[5000:])
    writer.stdin.close()
    assert [int(samples(frame, 0)[0, 0]) for frame in frames] == [0, 1, 2]
    assert reader.info.frames is None
    writer.stdout.close()
    writer.wait()


def test_ffmpegs_reader_agrees_on_a_header_we_make():
    """The oracle is FFmpeg's own demuxer."""
    import av

    header = Y4mHeader.parse(b"YUV4MPEG2 W6 H4 F30000:1001 It A4:3 C422 XCOLORRANGE=FULL")
    data = header_for(header.info()).line() + b"FRAME\n" + bytes(range(48))
    with av.open(io.BytesIO(data), format="yuv4mpegpipe") as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.pix_fmt) == (6, 4, "yuv422p")
        assert stream.average_rate == Fraction(30000, 1001)
        assert stream.sample_aspect_ratio == Fraction(4, 3)
        frame = next(container.decode(stream))
        assert frame.interlaced_frame
        assert frame.color_range == 2
        assert samples(frame, 0).tobytes() == bytes(range(24))


def test_every_known_sampling_has_planes_that_can_be_read():
    for tag in FORMATS:
        reader, writer = os.pipe()
        os.write(writer, f"YUV4MPEG2 W2 H2 C{tag}\nFRAME\n".encode() + bytes(64))
        os.close(writer)
        frame = next(iter(Y4mReader(reader)))
        assert all(not samples(frame, index).any() for index in range(len(frame.planes)))
        os.close(reader)


def test_a_full_disk_is_an_error_in_one_line():
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(CrispenError, match="no room left to write it"):
        Y4mWriter(full.fileno(), Y4mHeader(("W2", "H2")), name="it").write(_grey(2, 2))


def _grey(width, height):
    from clips import picture

    return picture(0, width, height)

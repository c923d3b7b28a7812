"""YUV4MPEG2, an uncompressed format for pipes: a text header, then for each frame a FRAME line and its planes.

The format is yuv4mpeg(5) of mjpegtools with FFmpeg's extensions for deeper samples and XCOLORRANGE. Unknown parameters
of the header and of frames are preserved, so that reading and writing is lossless.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import numpy as np
from av.error import FFmpegError

from crispen.errors import CrispenError
from crispen.media.av_filters import FilterChain
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.error_messages import explain_write_errors
from crispen.media.field_order import FIELD_MODES, FieldMode, field_order_filter
from crispen.media.plane_layout import samples
from crispen.video.frame_writer import FrameWriter
from crispen.video.video_info import VideoInfo

# C tag -> FFmpeg's pixel format.
FORMATS = {
    "420jpeg": "yuv420p", "420": "yuv420p", "420mpeg2": "yuv420p", "420paldv": "yuv420p", "422": "yuv422p",
    "444": "yuv444p", "444alpha": "yuva444p", "411": "yuv411p", "410": "yuv410p", "mono": "gray",
    **{f"{c}p{bits}": f"yuv{c}p{bits}le" for c in ("420", "422", "444") for bits in (9, 10, 12, 14, 16)},
    **{f"mono{bits}": f"gray{bits}le" for bits in (9, 10, 12, 14, 16)},
}  # fmt: skip
Y4M_FORMATS = [name for name in FORMATS.values() if name != "yuv410p"]  # FFmpeg does not read that one
_MAX_LINE = 4096
_MAX_RATIO = 2**31 - 1  # FFmpeg's limit for the two numbers of a ratio
_FIELD_ORDERS = {"p": 1, "t": 2, "b": 3, "m": 0, "?": 0}  # m: mixed, signalled in each frame


@dataclass(frozen=True)
class Y4mHeader:
    """The stream header as a sequence of tokens, for example ("W640", "H360", "F30:1", "C420jpeg")."""

    tokens: tuple[str, ...]

    def value(self, letter: str) -> str | None:
        """The value of the first token that starts with `letter`, None without one."""
        return next((token[1:] for token in self.tokens if token[:1] == letter), None)

    def with_values(self, **values: str) -> Y4mHeader:
        """A copy with tokens replaced, or appended if missing."""
        tokens = [letter + values.pop(letter) if (letter := token[:1]) in values else token for token in self.tokens]
        return Y4mHeader((*tokens, *(letter + value for letter, value in values.items())))

    def line(self) -> bytes:
        """The header as written in a stream."""
        return " ".join(("YUV4MPEG2", *self.tokens)).encode("latin-1") + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Y4mHeader:
        """Parses the first line of a stream. Raises CrispenError if it is not YUV4MPEG2."""
        if not line:
            raise CrispenError("the input is empty; a YUV4MPEG2 stream was expected")
        words = line.decode("latin-1").rstrip("\n").split(" ")
        if words[0] != "YUV4MPEG2":
            raise CrispenError("not a YUV4MPEG2 stream: it does not begin with YUV4MPEG2")
        return cls(tuple(word for word in words[1:] if word))

    def info(self) -> VideoInfo:
        """The video that the header describes. Raises CrispenError if its size or sampling is missing or unknown."""
        try:
            width, height = int(self.value("W") or ""), int(self.value("H") or "")
            rate = _ratio(self.value("F"))
            aspect = _ratio(self.value("A"))
            field_order = _FIELD_ORDERS[self.value("I") or "?"]
        except (ValueError, KeyError):
            raise CrispenError(f"damaged YUV4MPEG2 header: {' '.join(self.tokens)}") from None
        sampling = self.value("C") or "420jpeg"
        if sampling not in FORMATS:
            raise CrispenError(f"YUV4MPEG2 sampling C{sampling} is unknown; known are {', '.join(FORMATS)}")
        if not (0 < width <= 1 << 15 and 0 < height <= 1 << 15):
            raise CrispenError(f"YUV4MPEG2 size {width}x{height} is out of range (1x1 to 32768x32768)")
        full = {"XCOLORRANGE=FULL": 2, "XCOLORRANGE=LIMITED": 1}
        colour_range = next((full[token] for token in self.tokens if token in full), 0)
        return VideoInfo(
            width, height, FORMATS[sampling], rate, 1 / (rate or Fraction(25)), aspect,
            field_order, colour=(2, 2, 2, colour_range), codec="rawvideo",
        )  # fmt: skip


def _ratio(text: str | None) -> Fraction | None:
    """Parses a ratio such as 30000:1001; None for the unknown ratio 0:0. Raises ValueError."""
    if text is None:
        return None
    above, below = (int(part) for part in text.split(":"))
    if max(above, below) > _MAX_RATIO:
        raise ValueError
    return Fraction(above, below) if above > 0 and below > 0 else None


class Y4mReader:
    """Reads a YUV4MPEG2 stream from a file descriptor, which stays open.

    Iterating yields `av.VideoFrame`s whose pts count from 0. If the stream ends inside a frame, the complete frames
    before it are yielded, and `notes` reports it.

    Raises:
        CrispenError: The stream is not YUV4MPEG2.
    """

    def __init__(self, descriptor: int):
        self._descriptor = descriptor
        self._rest = b""
        self.notes = ConversionNotes()
        line = self._line() or b""
        self.header = Y4mHeader.parse(line)
        if not line.endswith(b"\n"):
            raise CrispenError("the YUV4MPEG2 stream ends inside its header")
        self.info = self.header.info()
        self.parameters: dict[int, bytes] = {}  # frame number -> parameters after FRAME, if any
        self._markers: dict[str, FilterChain] = {}
        blank = self._blank()
        frame_size = len(b"FRAME\n") + sum(samples(blank, index).nbytes for index in range(len(blank.planes)))
        frames = (os.fstat(descriptor).st_size - len(line)) // frame_size  # 0 for a pipe
        self.info = replace(self.info, frames=frames if frames > 0 else None)

    def __iter__(self) -> Iterator[av.VideoFrame]:
        number = 0
        while (line := self._line()) is not None:
            if not line.startswith(b"FRAME"):
                self.notes.add_lost(f"everything after frame {number}: the stream is damaged there")
                return
            frame = self._blank()
            planes = [samples(frame, index) for index in range(len(frame.planes))]
            data = self._read(sum(plane.nbytes for plane in planes))
            if data is None:
                self.notes.add_lost(f"frame {number + 1}: the stream ends inside it")
                return
            start = 0
            for plane in planes:
                plane[:] = np.frombuffer(data, plane.dtype, plane.size, start).reshape(plane.shape)
                start += plane.nbytes
            if len(line) > len(b"FRAME\n"):
                self.parameters[number] = line[5:-1]
            frame.pts, frame.time_base = number, self.info.time_base
            frame.color_range = self.info.colour[3]
            yield self._marked(frame, line[5:])
            number += 1

    def _marked(self, frame: av.VideoFrame, parameters: bytes) -> av.VideoFrame:
        """Sets the interlaced flags by the header, or for mixed streams by the parameters of the frame."""
        mode = FIELD_MODES.get(self.info.field_order)
        if self.header.value("I") == "m":
            presentation = next((word[1:2] for word in parameters.split() if word[:1] == b"I"), b"")
            fields: dict[bytes, FieldMode] = {b"t": "tff", b"T": "tff", b"b": "bff", b"B": "bff"}
            mode = fields.get(presentation)
        if mode is None:
            return frame
        return self._markers.setdefault(mode, field_order_filter(mode))(frame)

    def _blank(self) -> av.VideoFrame:
        size = self.info.width, self.info.height
        try:
            return av.VideoFrame(*size, self.info.pixel_format)
        except FFmpegError:
            raise CrispenError(f"frames of {size[0]}x{size[1]} are too large for FFmpeg") from None

    def _line(self) -> bytes | None:
        """The next line with its line end, which the last line may lack; None at the end of the stream."""
        while b"\n" not in self._rest:
            if len(self._rest) > _MAX_LINE:
                raise CrispenError("not a YUV4MPEG2 stream: a header line has no end")
            more = os.read(self._descriptor, 64)
            if not more:
                return None if not self._rest else self._take(len(self._rest))
            self._rest += more
        return self._take(self._rest.index(b"\n") + 1)

    def _take(self, count: int) -> bytes:
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def _read(self, count: int) -> bytearray | None:
        """Exactly `count` bytes, or None if the stream ends earlier."""
        data = bytearray(count)
        start = len(self._rest[:count])
        data[:start] = self._take(start)
        with memoryview(data) as view:
            while start < count:
                more = os.read(self._descriptor, min(count - start, 1 << 20))
                if not more:
                    return None
                view[start : start + len(more)] = more
                start += len(more)
        return data


class Y4mWriter(FrameWriter):
    """Writes a YUV4MPEG2 stream to a file descriptor, which stays open.

    Args:
        descriptor: The file descriptor.
        header: Size, rate and sampling of the frames.
        parameters: Frame number -> parameters to write after FRAME.
        name: The name of the output in error messages.

    Raises:
        BrokenPipeError: The reader of the pipe has ended.
        CrispenError: The disk is full.
    """

    def __init__(
        self, descriptor: int, header: Y4mHeader, parameters: dict[int, bytes] | None = None, name: str = "the stream"
    ):
        self._descriptor, self._name = descriptor, name
        self._header: Y4mHeader | None = header
        self._parameters = {} if parameters is None else parameters
        self._number = 0

    def write(self, frame: av.VideoFrame) -> None:
        self._start()
        self._put(b"FRAME" + self._parameters.pop(self._number, b"") + b"\n")
        for index in range(len(frame.planes)):
            self._put(samples(frame, index).tobytes())
        self._number += 1

    def close(self) -> None:
        """Does nothing: no frame is buffered, and the descriptor belongs to the caller."""

    abort = close

    def _start(self) -> None:
        if self._header is not None:
            self._put(self._header.line())
            self._header = None

    def _put(self, data: bytes) -> None:
        with memoryview(data) as view, explain_write_errors(self._name):
            start = 0
            while start < len(view):
                start += os.write(self._descriptor, view[start:])


def header_for(info: VideoInfo) -> Y4mHeader:
    """The header for frames described by `info`. Raises CrispenError if YUV4MPEG2 does not support their format."""
    tag = next((tag for tag, name in FORMATS.items() if name == info.pixel_format), None)
    if tag is None:
        raise CrispenError(f"YUV4MPEG2 cannot hold {info.pixel_format}")
    rate, aspect = info.rate or Fraction(25), info.aspect or Fraction(1)
    mode = FIELD_MODES.get(info.field_order)
    tokens = [
        f"W{info.width}", f"H{info.height}", f"F{rate.numerator}:{rate.denominator}",
        f"I{mode[0] if mode else 'p'}", f"A{aspect.numerator}:{aspect.denominator}", f"C{tag}",
    ]  # fmt: skip
    if info.colour[3]:
        tokens.append("XCOLORRANGE=" + ("FULL" if info.colour[3] == 2 else "LIMITED"))
    return Y4mHeader(tuple(tokens))

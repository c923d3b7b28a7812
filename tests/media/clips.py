"""Generated small videos with every kind of stream and metadata, and a stand-in for the Sharpener."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from PIL import Image

from crispen.media.conversion_notes import ConversionNotes
from crispen.media.plane_layout import copy_attributes, samples
from crispen.media.scheduling import preserve_scheduling
from crispen.runtime.router import Choice
from crispen.runtime.stream_info import UNKNOWN
from crispen.video.video_encoder import default_encoder
from crispen.video.video_reader import VideoReader
from crispen.video.video_writer import VideoWriter


def luma(frame: av.VideoFrame) -> np.ndarray:
    """The luma plane, (H, W)."""
    return samples(frame, 0).copy()


def flat(width: int, height: int, level: int, pixel_format: str = "yuv420p") -> av.VideoFrame:
    """A frame whose luma is `level` and whose chroma is 128, at 7 ms."""
    frame = av.VideoFrame(width, height, pixel_format)
    for index in range(len(frame.planes)):
        samples(frame, index)[:] = 128 if index else level
    frame.pts, frame.time_base = 7, Fraction(1, 1000)
    return frame


def picture(number: int, width: int, height: int, pixel_format: str = "yuv420p") -> av.VideoFrame:
    """A smooth moving pattern whose luma mean grows with `number`, so that the order can be recognised from pixels."""
    frame = av.VideoFrame(width, height, pixel_format)
    deep = frame.format.components[0].bits > 8
    for index in range(len(frame.planes)):
        plane = samples(frame, index)
        rows, columns = np.mgrid[: plane.shape[0], : plane.shape[1]]
        wave = 40 + 4 * number + 30 * index + 20 * np.sin((rows + columns + number) / 5)
        plane[:] = np.rint(wave * (4 if deep else 1))
    return frame


def write_clip(
    path: Path,
    frames: int = 10,
    size: tuple[int, int] = (64, 48),
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    pts: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 15360),
    audio: str | None = None,
    subtitles: str | None = None,
    chapters: bool = False,
    rotation: int | None = None,
    metadata: dict[str, str] | None = None,
    colour: tuple[int, int, int, int] | None = None,
    aspect: Fraction | None = None,
    interlaced: bool = False,
    attachment: bytes | None = None,
    options: dict[str, str] | None = None,
    begins: float = 0,
    cover: bool = False,
) -> Path:
    """Writes a clip of `picture`s at 30 frames a second, or at the times in `pts`; all of it `begins` seconds late."""
    shift = {"output_ts_offset": str(begins)} if begins else {}
    with preserve_scheduling(), av.open(str(path), "w", container_options=shift) as container:
        container.metadata.update(metadata or {})
        lossless = {"crf": "10"} if codec == "libx264" else {}
        video = container.add_stream(codec, rate=30, options={**lossless, **(options or {})})
        video.width, video.height, video.pix_fmt = *size, pixel_format
        video.time_base = video.codec_context.time_base = time_base
        _describe(video, colour, aspect, rotation, interlaced)
        streams = {}
        if audio:
            how = {"bit_rate": 128_000} if audio.startswith("wma") else {}
            streams["audio"] = container.add_stream(audio, rate=48000, **how)
            streams["audio"].metadata["language"] = "deu"
        if subtitles:
            streams["subtitles"] = container.add_mux_stream(subtitles, time_base=Fraction(1, 1000))
        if cover and path.suffix == ".mkv":
            container.add_attachment("cover.jpg", "image/jpeg", _jpeg())
        elif cover:
            streams["cover"] = container.add_mux_stream("mjpeg", width=32, height=24)
            streams["cover"].disposition = Disposition.attached_pic
        if attachment:
            container.add_attachment("note.txt", "text/plain", attachment)
        if chapters:
            zero = round(1000 * begins)
            times = ((zero, zero + 150, "One"), (zero + 150, zero + 300, "Two"))
            unit = Fraction(1, 1000)
            container.set_chapters(
                [
                    {"id": number, "start": start, "end": end, "time_base": unit, "metadata": {"title": title}}
                    for number, (start, end, title) in enumerate(times, 1)
                ]
            )
        if cover and path.suffix != ".mkv":
            packet = av.Packet(_jpeg())
            packet.stream, packet.pts, packet.dts, packet.time_base = streams["cover"], 0, 0, Fraction(1, 90000)
            container.mux(packet)
        step = round(1 / (30 * time_base))
        for number in range(frames):
            frame = picture(number, *size, pixel_format)
            frame.pts, frame.time_base = (pts[number] if pts else number * step), time_base
            container.mux(video.encode(frame))
        if audio:
            _tone(container, streams["audio"], frames / 30)
        if subtitles:
            _caption(container, streams["subtitles"], subtitles)
        container.mux(video.encode(None))
    return path


def _describe(video, colour, aspect, rotation, interlaced) -> None:
    """Sets how the pictures of a stream are to be shown."""
    context = video.codec_context
    if colour:
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = colour
    if aspect:
        context.sample_aspect_ratio = aspect
    if rotation is not None:
        video.set_display_rotation(rotation)
    if interlaced:
        context.flags |= 0x40000 | 0x20000000


def _jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 24), (200, 30, 30)).save(file, "JPEG")
    return file.getvalue()


def _tone(container, stream, seconds: float) -> None:
    rate, size = 48000, stream.codec_context.frame_size or 1024
    time = np.arange(int(rate * seconds)) / rate
    wave = (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    resampler = av.AudioResampler(stream.codec_context.format.name, stream.codec_context.layout, rate)
    for start in range(0, len(wave), size):
        chunk = av.AudioFrame.from_ndarray(wave[None, start : start + size], "fltp", "mono")
        chunk.sample_rate, chunk.pts, chunk.time_base = rate, start, Fraction(1, rate)
        for frame in resampler.resample(chunk):
            container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _caption(container, stream, codec: str) -> None:
    text = b"hello"
    packet = av.Packet(len(text).to_bytes(2, "big") + text if codec == "mov_text" else text)
    packet.pts = packet.dts = 50
    packet.duration, packet.time_base, packet.stream = 100, Fraction(1, 1000), stream
    container.mux(packet)


def copy(source, target, encoder=None, audio=None) -> ConversionNotes:
    """Decodes and encodes `source` as the pipeline does, changing nothing."""
    reader = VideoReader(source, hear=audio is not None)
    encoder = encoder or default_encoder(target, reader.info)
    writer = VideoWriter(target, reader.info, encoder, None, 1, reader.notes, reader, audio=audio)
    for item in reader:
        if isinstance(item, av.VideoFrame):
            writer.write(item)
        else:
            writer.copy(*item)
    writer.close()
    reader.close()
    return reader.notes


CALL_SIZES = (64, 36), (128, 72), (72, 128)
WHITE, GREY = 200, 90


def with_square(width, height):
    """A white square in the middle of grey, half as high as the shorter side."""
    frame = av.VideoFrame(width, height, "yuv420p")
    for index, value in enumerate((GREY, 128, 128)):
        samples(frame, index)[:] = value
    half = min(width, height) // 4
    samples(frame, 0)[height // 2 - half : height // 2 + half, width // 2 - half : width // 2 + half] = WHITE
    return frame


def write_call(path, codec, sizes=CALL_SIZES, frames=4):
    """One stream, of which each part begins with a key frame of another size."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *sizes[0], "yuv420p"
        container.start_encoding()
        number = 0
        for width, height in sizes:
            encoder = av.CodecContext.create(codec, "w")
            encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
            encoder.time_base, encoder.bit_rate = Fraction(1, 25), 4_000_000
            encoder.options = {} if codec == "libvpx" else {"bf": "0", "x265-params": "bframes=0:log-level=error"}
            packets = []
            for count in range(frames):
                frame = with_square(width, height)
                frame.pts, frame.time_base = count, encoder.time_base
                packets += encoder.encode(frame)
            for packet in packets + encoder.encode(None):
                packet.stream, packet.time_base = stream, Fraction(1, 25)
                packet.pts = packet.dts = number
                container.mux(packet)
                number += 1
    return path


def frames_of(path: Path, stream: int = 0) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=stream))


def packets_of(path: Path, kind: str) -> list[bytes]:
    """The payload of each packet of the first stream of a kind."""
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


class Brighter:
    """A stand-in for the Sharpener: adds `amount` to luma, so that the oracle is one addition."""

    engine, device, precision, threads, choice = "fake", "cpu", "exact", 1, Choice("any", 1.0)
    skipped, instructions, reach = 0.0, "", 0

    def __init__(self, amount: int = 10):
        self.amount = amount
        self.count = 0
        self.stream_info = UNKNOWN

    def restart(self) -> None:
        pass

    def luma(self, y: np.ndarray) -> np.ndarray:
        return np.clip(y.astype(np.int16) + self.amount, 0, 255).astype(np.uint8)

    def choose(self, y: np.ndarray) -> Choice:
        return self.choice

    def hold(self, choice: Choice | None) -> None:
        pass

    def frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        self.count += 1
        result = copy_attributes(frame, av.VideoFrame(frame.width, frame.height, frame.format.name))
        deep = 1 << max(0, frame.format.components[0].bits - 8)
        for index in range(len(frame.planes)):
            samples(result, index)[:] = samples(frame, index) + (self.amount * deep if index == 0 else 0)
        return result

    def close(self) -> None:
        pass


CAPTION = bytes((0xFC, 0x94, 0x2C)) + bytes((0xFD, 0x80, 0x80))  # ATSC A/53: two triplets of a field each


def captioned(path, first):
    """H.264 that carries captions in an SEI message from frame `first` on."""
    payload = b"\xb5\x00\x31GA94\x03" + bytes((0x40 | len(CAPTION) // 3, 0xFF)) + CAPTION + b"\xff"
    message = b"\0\0\0\1\x06\x04" + bytes((len(payload),)) + payload + b"\x80"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "0", "aud": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(6):
            frame = picture(number, 64, 48)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            for packet in stream.encode(frame):
                container.mux(packet)
        container.mux(stream.encode(None))
    bare = path.read_bytes()
    slices = [at for at in range(len(bare) - 4) if bare[at : at + 3] == b"\0\0\1" and bare[at + 3] & 31 in (1, 5)]
    pieces, before = [], 0
    for number, at in enumerate(slices):
        start = at - (bare[at - 1] == 0)
        pieces += [bare[before:start], message if number >= first else b""]
        before = start
    path.write_bytes(b"".join(pieces) + bare[before:])
    return path

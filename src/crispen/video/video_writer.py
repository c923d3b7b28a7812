"""Writing a video: encoded frames, and copies of all other streams of the source."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.codec.context import Flags
from av.error import FFmpegError
from av.format import Flags as ContainerFlags
from av.video.stream import VideoStream

from crispen.errors import CrispenError
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.error_messages import DISK_FULL, explain_write_errors, rejected_by_ffmpeg
from crispen.media.field_order import FIELD_MODES
from crispen.media.scheduling import preserve_scheduling
from crispen.media.side_data import has_captions
from crispen.video.container_contents import note_kept_contents, read_contents, transferable_tags
from crispen.video.frame_writer import FrameWriter
from crispen.video.hdr10 import hdr10_options
from crispen.video.stream_copy import StreamCopier, container_options
from crispen.video.video_encoder import Encoder, ffmpeg_options
from crispen.video.video_info import VideoInfo
from crispen.video.video_reader import VideoReader

_MAX_DELAY = 0.2  # seconds; larger delays of frames are reported
_TS_ENCODERS = ("libx264", "libx265", "mpeg4", "h264_", "hevc_")
_CAPTIONING_ENCODERS = ("libx264", "libx265")
_INTERLACED_ENCODERS = ("libx264", "mpeg4", "ffv1", "prores_ks")


class VideoWriter(FrameWriter):
    """Encodes frames of one size and format, and copies the other streams of `source`.

    Args:
        path: The file to write.
        info: The frames. Its colour, aspect, matrix, field_order, rate and time_base go into the file.
        encoder: The encoder.
        crf: Constant quality, None for the encoder's default.
        threads: Number of encoder threads.
        notes: Receives what is kept, and what the encoder or the container cannot hold.
        source: The reader whose other streams are copied, None for none.
        repeatable: Whether the same frames give the same bytes, without random identifiers in the file.
        audio: As in `StreamCopier`.
        name: The name of the file in error messages, if `path` is a hidden one.

    Raises:
        CrispenError: The encoder or the container does not support this. Raised before the first frame if possible.
    """

    def __init__(
        self, path: Path, info: VideoInfo, encoder: Encoder, crf: int | None, threads: int, notes: ConversionNotes,
        source: VideoReader | None = None, repeatable: bool = False, audio: str | None = None,
        name: Path | str | None = None,
    ):  # fmt: skip
        self.path, self.info, self._name = path, info, name or path
        self._encoder, self._notes, self._source = encoder, notes, source
        self._fields = FIELD_MODES.get(info.field_order, "prog")
        self._last: int | None = None
        self._count = 0
        self._late = Fraction(0)  # seconds
        self._packets, self._refused = 0, False
        options = ffmpeg_options(encoder, crf, threads, info)
        with explain_write_errors(self._name):
            self._container = av.open(f"file:{path}", "w")
        self._container.container_options.update(
            container_options(source.container if source else None, self._container.format.name)
            | ({"fflags": "+bitexact"} if repeatable else {})
        )
        with contextlib.ExitStack() as opening:
            opening.callback(self.abort)
            if source is None:
                self._copier = None
                self._add_video(options, threads)
            else:
                video = source.stream, lambda: self._add_video(options, threads)
                self._copier = StreamCopier(source.container, self._container, notes, video, audio)
            self._start()
            opening.pop_all()

    def _add_video(self, options: dict[str, str], threads: int) -> None:
        info, encoder = self.info, self._encoder
        self._time_base = _time_base(info, encoder, self._container.format.name)
        if self._time_base != info.time_base and self._source is not None:
            self._notes.add_lost(
                f"exact timestamps: frames are on a grid of {float(1 / self._time_base):.6g} per second"
            )
        if self._container.format.name == "avi":
            options["bf"] = "0"  # AVI has no presentation times
        rate = info.rate or Fraction(25)
        try:
            if self._container.format.name == "mpegts" and not encoder.name.startswith(_TS_ENCODERS):
                raise ValueError  # it would accept any packets, and declare them as data
            added = self._container.add_stream(encoder.name, rate=min(rate, encoder.fastest or rate), options=options)
        except ValueError:
            raise CrispenError(
                f"{self._container.format.name} cannot hold {encoder.name}; choose another --codec or file name"
            ) from None
        self._stream = stream = cast(VideoStream, added)
        stream.time_base = self._time_base
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = info.width, info.height, info.pixel_format
        context.time_base = self._time_base
        context.thread_count = threads
        if info.aspect:
            context.sample_aspect_ratio = info.aspect
        matrix, primaries, transfer, colour_range = info.colour
        context.colorspace, context.color_primaries = matrix, primaries
        context.color_trc, context.color_range = transfer, colour_range
        if self._fields != "prog":
            context.field_order = info.field_order
            if encoder.name in _INTERLACED_ENCODERS:
                context.flags |= Flags.interlaced_dct | Flags.interlaced_me
            else:
                self._notes.add_lost(f"the interlaced flag, which {encoder.name} cannot write (its fields are kept)")
        if info.hdr is not None:
            if hdr10_options(encoder.name, info.hdr):
                self._notes.kept.append("HDR10 metadata")
            else:
                self._notes.add_lost(f"HDR10 metadata, which {encoder.name} cannot write (x264, x265 and AV1 can)")
        if info.matrix is not None:
            stream.set_display_matrix(info.matrix)
        if self._source is not None:
            tags = transferable_tags(self._source.stream.metadata)
            stream.metadata.update({k: v for k, v in tags.items() if k.lower() != "alpha_mode"})
            stream.disposition = self._source.stream.disposition

    def _start(self) -> None:
        try:
            with preserve_scheduling():
                self._container.start_encoding()
        except FFmpegError as error:
            if error.errno in DISK_FULL:
                raise CrispenError(f"no room left to write {self._name}") from None
            size = f"{self.info.width}x{self.info.height} {self.info.pixel_format}"
            raise CrispenError(
                f"{self._encoder.name} cannot encode {size} into {self._container.format.name}"
            ) from None

    def write(self, frame: av.VideoFrame) -> None:
        """Encodes one frame. Its pts must be larger than that of the frame before."""
        if self._encoder.name not in _CAPTIONING_ENCODERS and has_captions(frame):
            self._notes.add_lost(f"closed captions, which {self._encoder.name} cannot write (x264 and x265 can)")
        if frame.interlaced_frame != (self._fields != "prog") and self._encoder.name in ("libx264", "mpeg4"):
            self._notes.add_lost("which frames are interlaced (all are marked like the first one)")
        if frame.time_base != self._time_base and frame.pts is not None and frame.time_base:
            frame.pts = round(frame.pts * frame.time_base / self._time_base)
            frame.duration = round((frame.duration or 0) * frame.time_base / self._time_base)
            frame.time_base = self._time_base
        if self._last is not None and frame.pts is not None and frame.pts <= self._last:
            self._late = max(self._late, (self._last + 1 - frame.pts) * self._time_base)
            frame.pts = self._last + 1
        self._last = frame.pts
        frame.pict_type = 0  # lets the encoder choose key frames
        self._count += 1
        with explain_write_errors(self._name):
            self._mux(self._stream.encode(frame))

    def _mux(self, packets: list[av.Packet[Any]]) -> None:
        """Passes packets to the muxer, which can report errors of another stream's packets here."""
        for packet in packets:
            try:
                self._container.mux(packet)
            except FFmpegError as error:
                if self._copier is None or not rejected_by_ffmpeg(error):
                    raise
                self._refused = True
            self._packets += 1

    def _check_packets(self) -> None:
        """Raises CrispenError if the muxer rejected packets of this video stream."""
        name = self._container.format.name
        with av.open(f"file:{self.path}") as made:
            count = sum(packet.size > 0 for packet in made.demux(made.streams[self._stream.index]))
        if count < self._packets:
            raise CrispenError(f"cannot write {self._name}: {name} accepts {count} of its {self._packets} frames")
        self._notes.add_lost(f"packets of other streams that {name} did not accept")

    def copy(self, packet: av.Packet[Any] | av.AudioFrame, index: int) -> None:
        """Copies a packet of stream `index` of the source, or encodes an audio frame of it."""
        if self._copier is not None:
            with explain_write_errors(self._name):
                self._copier.mux(packet, index)

    @property
    def head(self) -> bytes | None:
        """The codec's global header (extradata); None if the container keeps it in the packets."""
        at_head = bool(self._container.format.flags & ContainerFlags.global_header.value)
        return bytes(self._stream.codec_context.extradata or b"") if at_head else None

    @property
    def time_base(self) -> Fraction:
        """Time base of the encoded frames, in seconds."""
        return self._time_base

    def paste(self, packet: av.Packet[Any]) -> None:
        """Writes a packet from another encoder with the same settings."""
        packet.stream = self._stream
        with explain_write_errors(self._name):
            self._container.mux(packet)

    def close(self) -> None:
        """Flushes the encoder, and finishes the file."""
        with explain_write_errors(self._name):
            packets = self._stream.encode(None)
            if self._count <= 2:  # no reordering, and x265 reads their decoding times from uninitialised memory
                for packet in packets:
                    packet.dts = packet.pts
            self._container.mux(packets)
            if self._copier is not None:
                self._copier.close()
            self._container.close()
        if self._refused:
            self._check_packets()
        if self._late > _MAX_DELAY:
            self._notes.add_lost(f"the times of frames in quick succession, up to {float(self._late):.1f} s late")
        if self._copier is not None and self._source is not None:
            turned, oblong = self.info.matrix is not None, self.info.aspect not in (None, 1)
            wanted, name = self._copier.wanted(turned, oblong), self._container.format.name
            note_kept_contents(wanted, read_contents(self.path), name, self._notes)

    def abort(self) -> None:
        """Closes the file, which is incomplete and of no use."""
        with contextlib.suppress(OSError, FFmpegError, ValueError):
            self._container.close()


def _time_base(info: VideoInfo, encoder: Encoder, format_name: str) -> Fraction:
    """The time base of the source if encoder and container support it, else one frame."""
    if format_name == "avi" or (encoder.name == "mpeg4" and info.time_base.denominator > 65535):
        return info.grid or info.time_base
    return info.time_base

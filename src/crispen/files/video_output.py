"""The files that one video is written to: the sharpened video, and its comparison."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from crispen.files.file_config import FileConfig
from crispen.media.atomic_output import atomic_file
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.error_messages import explain_write_errors
from crispen.video.container_contents import NO_CONTENTS, ContainerContents, note_kept_contents, read_tags, stream_label
from crispen.video.encoded_format import encoded_info, enlarged_size, note_format_losses, plan_output, signalled_colour
from crispen.video.frame_writer import FrameWriter
from crispen.video.video_encoder import nearest_pixel_format
from crispen.video.video_info import VideoInfo
from crispen.video.video_reader import VideoReader
from crispen.video.video_writer import VideoWriter
from crispen.video.y4m import Y4M_FORMATS, Y4mHeader, Y4mReader, Y4mWriter, header_for

STDOUT = 1


@dataclass(frozen=True)
class VideoOutput:
    """Open writers of one video.

    Attributes:
        size: (width, height) that decoded frames are scaled to before they are sharpened.
        coded: The frames as they are encoded.
        writer: Takes the sharpened frames.
        comparison: Takes frames twice as wide: before beside after. None if there is none.
    """

    size: tuple[int, int]
    coded: VideoInfo
    writer: FrameWriter
    comparison: VideoWriter | None

    @property
    def writers(self) -> list[FrameWriter]:
        """All of them."""
        return [self.writer, *([self.comparison] if self.comparison is not None else [])]


def open_output(
    reader: VideoReader | Y4mReader, target: Path | None, compare: Path | None, config: FileConfig, files: ExitStack
) -> VideoOutput:
    """Opens the writers. The outputs appear under their names when `files` is closed without an exception.

    Args:
        reader: The video that is read; its notes receive what the output cannot hold.
        target: The file to write; None for YUV4MPEG2 on standard output.
        compare: The comparison to write, if any.
        config: Size, encoder and audio.
        files: Owns the files until the end.

    Raises:
        CrispenError: The output cannot be written as it is named, or with these settings.
    """
    size = enlarged_size(reader.info, config.enlargement)
    if target is None or target.suffix.lower() == ".y4m":
        coded, writer = _open_y4m(reader, target, size, config, files)
    else:
        coded, writer = _open_encoded(reader, target, size, config, files)
    comparison = None
    if compare is not None:
        doubled = replace(coded, width=2 * (coded.width + coded.width % 2))
        comparison = _video_writer(reader, compare, doubled, ConversionNotes(), config, files)
    return VideoOutput(size, coded, writer, comparison)


def _open_encoded(
    reader: VideoReader | Y4mReader, target: Path, size: tuple[int, int], config: FileConfig, files: ExitStack
) -> tuple[VideoInfo, VideoWriter]:
    plan = plan_output(reader.info, target, size, lambda info: config.encoder_for(target, info))
    coded = plan.coded
    if (coded.width, coded.height) != size:
        reader.notes.add_lost(
            f"the size {size[0]}x{size[1]}, which {coded.codec} must round up to {coded.width}x{coded.height}"
        )
    note_format_losses(reader.info, coded, plan.described, reader.notes)
    return coded, _video_writer(reader, target, coded, reader.notes, config, files)


def _video_writer(
    reader: VideoReader | Y4mReader,
    path: Path,
    coded: VideoInfo,
    notes: ConversionNotes,
    config: FileConfig,
    files: ExitStack,
) -> VideoWriter:
    part = files.enter_context(atomic_file(path, config.overwrite))
    source = reader if isinstance(reader, VideoReader) else None
    encoder = config.encoder_for(path, coded)
    return VideoWriter(
        part, coded, encoder, config.crf, config.stage_threads, notes, source, audio=config.audio, name=path
    )


def _open_y4m(
    reader: VideoReader | Y4mReader, target: Path | None, size: tuple[int, int], config: FileConfig, files: ExitStack
) -> tuple[VideoInfo, Y4mWriter]:
    parameters = None
    if isinstance(reader, Y4mReader):
        coded = replace(reader.info, width=size[0], height=size[1])
        header = reader.header.with_values(W=str(size[0]), H=str(size[1]))
        parameters = reader.parameters
    else:
        coded, header = _decoded_to_y4m(reader, size)
    if target is None:
        return coded, Y4mWriter(STDOUT, header, parameters, "standard output")
    part = files.enter_context(atomic_file(target, config.overwrite))
    with explain_write_errors(target):
        descriptor = os.open(part, os.O_WRONLY | os.O_TRUNC | getattr(os, "O_BINARY", 0))
    files.callback(os.close, descriptor)
    return coded, Y4mWriter(descriptor, header, parameters, str(target))


def _decoded_to_y4m(reader: VideoReader, size: tuple[int, int]) -> tuple[VideoInfo, Y4mHeader]:
    """The frames and the header of a decoded video in YUV4MPEG2; the reader's notes receive what it cannot hold."""
    info = reader.info
    pixel_format = info.pixel_format.replace("yuvj", "yuv")
    if pixel_format not in Y4M_FORMATS:
        pixel_format = nearest_pixel_format(Y4M_FORMATS, info.pixel_format)
    told = signalled_colour("rawvideo", ".y4m")
    coded = replace(encoded_info(info, *size, pixel_format, told), codec="rawvideo")
    note_format_losses(info, coded, told, reader.notes)
    if info.hdr is not None:
        reader.notes.add_lost("HDR10 metadata, which YUV4MPEG2 cannot hold")
    others = (stream for stream in reader.container.streams if stream.index != reader.stream.index)
    wanted = ContainerContents(
        tuple(map(stream_label, others)), len(reader.container.chapters()), info.matrix is not None, False,
        read_tags(reader.container, [reader.stream]),
    )  # fmt: skip
    note_kept_contents(wanted, NO_CONTENTS, "YUV4MPEG2", reader.notes)
    return coded, header_for(coded)

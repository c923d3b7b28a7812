"""Concatenates the encoded segments of a video, and copies all other streams of the source."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import av
from av.bitstream import BitStreamFilterContext

from crispen.batch.batch_config import BatchConfig
from crispen.batch.segment import SegmentResult, SplitError
from crispen.batch.segment_plan import VideoPlan, VideoSource
from crispen.errors import CrispenError
from crispen.media.conversion_notes import ConversionNotes
from crispen.video.audio import packets_or_audio
from crispen.video.demux import demux_packets
from crispen.video.encoded_format import note_format_losses, signalled_colour
from crispen.video.video_reader import VideoReader
from crispen.video.video_writer import VideoWriter

_IN_BAND_HEADERS = ("libx264", "libx265", "mpeg4")  # encoders whose headers may be repeated before key frames


class PacketReader(VideoReader):
    """Reads the packets of a video without decoding them."""

    def _begin(self) -> None: ...

    def packets(self) -> Iterator[av.Packet[Any]]:
        """All readable packets of the file in its order; `notes` tell if it ends early."""
        for packet in demux_packets(self.container, notes=self.notes):
            self.clock.adjust(packet)
            yield packet
        self._note_end()


def concatenate(
    config: BatchConfig, plan: VideoPlan, results: list[SegmentResult], source: VideoSource,
    files: Iterable[AbstractContextManager[Path]], target: Path,
) -> ConversionNotes:  # fmt: skip
    """Writes `target` from the encoded segments; all other packets of the source are copied once.

    Args:
        config: Configuration of the job.
        plan: Plan of the video.
        results: Results of all segments.
        source: The video.
        files: The encoded segments.
        target: The file to write.

    Returns:
        What the output keeps and loses.

    Raises:
        SplitError: The segments do not continue each other.
        CrispenError: The video cannot be read or written.
    """
    check_boundaries(results)
    with closing(PacketReader(*source)) as reader:
        encoder = config.encoder_for(plan.item.output, plan.coded)
        with VideoWriter(
            target, plan.coded, encoder, config.file.crf, config.file.stage_threads, reader.notes, reader, True,
            config.file.audio, plan.item.output,
        ) as writer:  # fmt: skip
            video = segment_packets(writer, encoder.name, results, files)
            for packet in reader.packets():
                if packet.stream.index != reader.stream.index:
                    for item, index in packets_or_audio(packet, reader.notes, config.file.audio is not None):
                        writer.copy(item, index)
                elif packet.size and (replacement := next(video, None)) is not None:  # at the same place in the file
                    writer.paste(replacement)
            if reader.clock.jumps and len(results) > 1:
                raise SplitError("the time stamps jump")
            for packet in video:
                writer.paste(packet)
    note_format_losses(plan.info, plan.coded, signalled_colour(encoder.name, target.suffix.lower()), reader.notes)
    for result in results:
        for text in result.lost:
            reader.notes.add_lost(text)
    return reader.notes


def check_boundaries(results: list[SegmentResult]) -> None:
    """Raises SplitError unless each segment begins with the frame that was decoded after the segment before."""
    if not all(result.pts for result in results):
        raise SplitError("a segment has no frames")
    for before, after in itertools.pairwise(results):
        if before.next_digest != after.first_digest or max(before.pts) >= min(after.pts):
            raise SplitError("two segments do not continue each other")


def segment_packets(
    writer: VideoWriter, encoder: str, results: list[SegmentResult], files: Iterable[AbstractContextManager[Path]]
) -> Iterator[av.Packet[Any]]:
    """The packets of all segments, with the time stamps that a single encoder would have given them."""
    pts = [time for result in results for time in result.pts]
    shown = sorted(pts)
    end_times = dict(zip(shown, [*shown[1:], shown[-1] + (results[-1].last_duration or 1)], strict=True))
    stamps = zip(pts, decode_times(pts), strict=True)
    for opened in files:
        with opened as path, av.open(str(path)) as container:
            stream = container.streams.video[0]
            header = bytes(stream.codec_context.extradata or b"")
            if writer.head not in (None, header):
                raise CrispenError(f"{encoder} does not encode all segments alike; use another --codec")
            in_band = writer.head is None and encoder in _IN_BAND_HEADERS
            add_header = BitStreamFilterContext("dump_extra", stream) if in_band else None
            for packet in container.demux(stream):
                if packet.size:
                    packet.pts, packet.dts = next(stamps)
                    packet.duration, packet.time_base = end_times[packet.pts] - packet.pts, writer.time_base
                    yield from add_header.filter(packet) if add_header else (packet,)


def decode_times(pts: list[int]) -> list[int]:
    """Decode times (dts) for frames with `pts` in encoding order: strictly increasing and never after the pts.

    They are the sorted pts, delayed by the largest number of frames that any frame is reordered by. Before the first
    one they continue in steps of the first frame's duration.
    """
    shown = sorted(pts)
    rank = {time: index for index, time in enumerate(shown)}
    delay = max(index - rank[time] for index, time in enumerate(pts))
    step = shown[1] - shown[0] if len(shown) > 1 else 1
    return [shown[i - delay] if i >= delay else shown[0] - (delay - i) * step for i in range(len(pts))]

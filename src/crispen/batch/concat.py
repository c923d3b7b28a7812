"""Segments to one video: their packets one after the other, beside everything else of the source."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import IO

import av
from av.bitstream import BitStreamFilterContext

from crispen.batch.config import Order
from crispen.batch.segment import Part, SeamError
from crispen.batch.segment_plan import Plan
from crispen.errors import CrispenError
from crispen.media.conversion_notes import ConversionNotes
from crispen.video.audio import packets_or_audio
from crispen.video.demux import demux_packets
from crispen.video.encoded_format import note_format_losses, signalled_colour
from crispen.video.video_reader import VideoReader
from crispen.video.video_writer import VideoWriter

_HEADED = ("libx264", "libx265", "mpeg4")  # their heads may stand before every key frame


class PacketReader(VideoReader):
    """The streams of a video, of which nothing is decoded."""

    def _begin(self) -> None: ...

    def packets(self) -> Iterator[av.Packet]:
        """All that is in the file, in its order, as far as it can be read; `notes` learn where that ends early."""
        for packet in demux_packets(self.container, notes=self.notes):
            self.clock.adjust(packet)
            yield packet
        self._note_end()


def join(
    order: Order, plan: Plan, parts: list[Part], source: tuple[Path, IO[bytes] | None],
    files: Iterable[AbstractContextManager[Path]], target: Path,
) -> ConversionNotes:  # fmt: skip
    """Writes `target` from `files`, the encoded `parts`; every other packet of `source` is copied once.

    Raises SeamError if the parts do not continue each other, CrispenError for what is wrong with the video.
    """
    check_seams(parts)
    with closing(PacketReader(source[0], source[1])) as reader:
        encoder = order.encoder_for(plan.item.output, plan.coded)
        with VideoWriter(
            target, plan.coded, encoder, order.crf, order.threads, reader.notes, reader, True, order.audio,
            plan.item.output,
        ) as writer:  # fmt: skip
            video = encoded(writer, encoder.name, parts, files)
            for packet in reader.packets():
                if packet.stream.index != reader.stream.index:
                    for item, index in packets_or_audio(packet, reader.notes, order.audio is not None):
                        writer.copy(item, index)
                elif packet.size and (ours := next(video, None)) is not None:  # in its place among the others
                    writer.paste(ours)
            if reader.clock.jumps and len(parts) > 1:
                raise SeamError("its clock jumps")
            for ours in video:
                writer.paste(ours)
    note_format_losses(plan.info, plan.coded, signalled_colour(encoder.name, target.suffix.lower()), reader.notes)
    for part in parts:
        for text in part.lost:
            reader.notes.add_lost(text)
    return reader.notes


def check_seams(parts: list[Part]) -> None:
    """Raises SeamError unless each part begins with the very frame that followed the part before."""
    if not all(part.times for part in parts):
        raise SeamError("a segment has no frames")
    for before, after in itertools.pairwise(parts):
        if before.following != after.first or max(before.times) >= min(after.times):
            raise SeamError("two segments do not fit")


def encoded(
    writer: VideoWriter, encoder: str, parts: list[Part], files: Iterable[AbstractContextManager[Path]]
) -> Iterator[av.Packet]:
    """The packets of all parts, timed anew as one encoder would have timed them."""
    times = [time for part in parts for time in part.times]
    shown = sorted(times)
    following = dict(zip(shown, [*shown[1:], shown[-1] + (parts[-1].last or 1)], strict=True))
    stamps = zip(times, decode_times(times), strict=True)
    for opened in files:
        with opened as path, av.open(str(path)) as container:
            stream = container.streams.video[0]
            head = bytes(stream.codec_context.extradata or b"")
            if writer.head not in (None, head):
                raise CrispenError(f"{encoder} does not encode alike twice; use another --codec")
            into = BitStreamFilterContext("dump_extra", stream) if writer.head is None and encoder in _HEADED else None
            for packet in container.demux(stream):
                if packet.size:
                    packet.pts, packet.dts = next(stamps)
                    packet.duration, packet.time_base = following[packet.pts] - packet.pts, writer.time_base
                    yield from into.filter(packet) if into else (packet,)


def decode_times(times: list[int]) -> list[int]:
    """When to decode frames that are shown at `times`, given in the order of decoding: growing, never after `times`.

    The times of showing in their order, as much later as the most postponed frame asks for; before the first one, steps
    as long as the first.
    """
    shown = sorted(times)
    rank = {time: index for index, time in enumerate(shown)}
    delay = max(index - rank[time] for index, time in enumerate(times))
    step = shown[1] - shown[0] if len(shown) > 1 else 1
    return [shown[i - delay] if i >= delay else shown[0] - (delay - i) * step for i in range(len(times))]

"""Copying a video into another container without decoding the main video."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av

from crispen.media.conversion_notes import ConversionNotes
from crispen.media.error_messages import explain_read_errors, explain_write_errors
from crispen.video.audio import packets_or_audio
from crispen.video.container_contents import note_kept_contents, read_contents
from crispen.video.cover_art import is_cover
from crispen.video.demux import demux_packets
from crispen.video.stream_copy import StreamCopier, container_options
from crispen.video.timestamps import StreamClock

_PROBED_PACKETS = 50  # one of these has a timestamp if any packet has


def has_timestamps(path: Path) -> bool:
    """Whether the packets of a video file have presentation timestamps.

    Raw H.264 and H.265 have none. AVI has decoding times only, which differ from presentation times with B-frames.

    Raises:
        CrispenError: The file cannot be opened.
    """
    with explain_read_errors(path):
        container = av.open(f"file:{path}", metadata_errors="replace")
    with container:
        videos = [stream for stream in container.streams.video if not is_cover(stream)]
        if container.format.name == "avi":
            return not any(s.codec_context is not None and s.codec_context.has_b_frames for s in videos)
        first = islice(demux_packets(container, *videos, notes=ConversionNotes()), _PROBED_PACKETS) if videos else ()
        return not videos or any(packet.pts is not None for packet in first)


def remux(
    source: Path, target: Path, notes: ConversionNotes, audio: str | None = None, name: Path | None = None
) -> None:
    """Copies all streams of a file into another container. The main video stays bit-exact.

    Args:
        source: A file that `has_timestamps`.
        target: The file to write; its suffix selects the container.
        notes: Receives what was kept and lost.
        audio: As in `StreamCopier`.
        name: The name of `target` in error messages.

    Raises:
        CrispenError: The container cannot hold the video or the audio.
    """
    held = read_contents(source)
    with explain_read_errors(source):
        incoming = av.open(f"file:{source}", metadata_errors="replace")
    with incoming, explain_write_errors(name or target):
        outgoing = av.open(f"file:{target}", "w")
        outgoing.container_options.update(container_options(incoming, outgoing.format.name))
        copier = StreamCopier(incoming, outgoing, notes, audio=audio)
        outgoing.start_encoding()
        clock = StreamClock(incoming)
        for packet in demux_packets(incoming, notes=notes):
            clock.adjust(packet)
            for item, index in packets_or_audio(packet, notes, audio is not None):
                copier.mux(item, index)
        copier.close()
        outgoing.close()
        note_kept_contents(copier.wanted(held.turned, held.oblong), read_contents(target), outgoing.format.name, notes)

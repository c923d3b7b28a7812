"""A video in another container, its pictures untouched."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av

from crispen.media.error_messages import reading, writing
from crispen.media.video_info import Notes
from crispen.video.audio import items
from crispen.video.container_contents import contents, note_kept
from crispen.video.cover_art import is_cover
from crispen.video.demux import packets_of
from crispen.video.stream_copy import Carrier, container_options
from crispen.video.timestamps import Clock

_LOOKS = 50  # packets, of which one has a time if any has


def tells_times(path: Path) -> bool:
    """Whether its packets say when frames are shown.

    Raw H.264 and H.265 say nothing. AVI says only when frames are decoded, which B-frames put in another order. Raises
    CrispenError if it cannot be opened.
    """
    with reading(path):
        container = av.open(f"file:{path}", metadata_errors="replace")
    with container:
        videos = [stream for stream in container.streams.video if not is_cover(stream)]
        if container.format.name == "avi":
            return not any(s.codec_context is not None and s.codec_context.has_b_frames for s in videos)
        first = islice(packets_of(container, *videos, notes=Notes()), _LOOKS) if videos else ()
        return not videos or any(packet.pts is not None for packet in first)


def remux(source: Path, target: Path, notes: Notes, audio: str | None = None, name: Path | None = None) -> None:
    """Copies every stream of `source`, which `tells_times`, into the container of `target`: pictures stay bit-exact.

    audio: as of Carrier. name: what messages call `target`. Raises CrispenError if the container cannot hold the
    pictures or the sound.
    """
    held = contents(source)
    with reading(source):
        incoming = av.open(f"file:{source}", metadata_errors="replace")
    with incoming, writing(name or target):
        outgoing = av.open(f"file:{target}", "w")
        outgoing.container_options.update(container_options(incoming, outgoing.format.name))
        carrier = Carrier(incoming, outgoing, notes, audio=audio)
        outgoing.start_encoding()
        clock = Clock(incoming)
        for packet in packets_of(incoming, notes=notes):
            clock.set(packet)
            for item, index in items(packet, notes, audio is not None):
                carrier.mux(item, index)
        carrier.close()
        outgoing.close()
        note_kept(carrier.wanted(held.turned, held.oblong), contents(target), outgoing.format.name, notes)

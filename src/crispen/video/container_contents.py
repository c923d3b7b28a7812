"""Contents of a video file besides the main video, read back from the output to report what was kept."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream

from crispen.media.conversion_notes import ConversionNotes
from crispen.media.error_messages import explain_read_errors
from crispen.media.side_data import display_matrix
from crispen.video.container_support import codec_name

# Tags that describe the source file rather than its content. The muxer writes its own.
_STALE_TAGS = (
    "major_brand",
    "minor_version",
    "compatible_brands",
    "encoder",
    "software",
    "duration",
    "rotate",
    "vendor_id",
)
_STALE_PREFIXES = ("bps", "number_of_", "_statistics")
_UNREPORTED_TAGS = (
    "handler_name",
    "filename",
    "mimetype",
    "alpha_mode",
)  # unimportant, or part of a stream's label


def transferable_tags(tags: dict[str, str]) -> dict[str, str]:
    """`tags` without those that would be wrong in a new file."""
    return {k: v for k, v in tags.items() if k.lower() not in _STALE_TAGS and not k.lower().startswith(_STALE_PREFIXES)}


def stream_label(stream: Stream) -> str:
    """A stream in words for the user, for example "audio (aac)"."""
    if stream.type == "attachment":
        return f"attachment ({stream.metadata.get('filename', 'unnamed')})"
    if stream.type == "data":
        return f"data ({codec_name(stream) or stream.metadata.get('handler_name', 'unknown codec')})"
    kind = "cover picture" if stream.disposition & Disposition.attached_pic else stream.type
    return f"{kind} ({codec_name(stream) or 'unknown codec'})"


@dataclass(frozen=True)
class ContainerContents:
    """What a video file holds besides its main video.

    Attributes:
        streams: Labels of all other streams.
        chapters: Number of chapters.
        turned: Whether the video is displayed rotated or mirrored.
        oblong: Whether its pixels are not square.
        tags: (name, value) of the tags of the file and its streams.
    """

    streams: tuple[str, ...]
    chapters: int
    turned: bool
    oblong: bool
    tags: tuple[tuple[str, str], ...]


def read_tags(container: InputContainer, streams: Iterable[Stream]) -> tuple[tuple[str, str], ...]:
    """(name, value) of the tags of a file and of some of its streams that are worth reporting."""
    found = [tags for each in (container, *streams) for tags in transferable_tags(each.metadata).items()]
    return tuple(
        (k, v) for k, v in found if k.lower() not in _UNREPORTED_TAGS and (k.lower(), v) != ("language", "und")
    )


def read_contents(path: Path) -> ContainerContents:
    """Reads the contents of the video file `path`. Raises CrispenError if it cannot be opened."""
    with explain_read_errors(path):
        container = av.open(f"file:{path}", metadata_errors="replace")
    with container:
        videos = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        first = None
        with contextlib.suppress(FFmpegError):
            first = next(container.decode(videos[0]), None) if videos else None
        aspect = videos[0].sample_aspect_ratio if videos else None
        return ContainerContents(
            tuple(stream_label(s) for s in container.streams if s not in videos[:1]),
            len(container.chapters()),
            first is not None and display_matrix(first) is not None,
            bool(aspect) and aspect != 1,
            read_tags(container, container.streams),
        )  # fmt: skip


NO_CONTENTS = ContainerContents((), 0, False, False, ())


def note_kept_contents(wanted: ContainerContents, made: ContainerContents, name: str, notes: ConversionNotes) -> None:
    """Adds to `notes` what was kept and what was lost.

    Args:
        wanted: What the source holds.
        made: What the output holds.
        name: FFmpeg's name of the output format.
        notes: Receives the result.
    """
    left = Counter(map(_kind, made.streams))
    for label in wanted.streams:
        if left[_kind(label)]:
            left[_kind(label)] -= 1
            notes.kept.append(label + (", not sharpened" if label.startswith("video") else ""))
        else:
            notes.add_lost(f"{label}, which {name} cannot hold")
    chapters = f"{wanted.chapters} chapter{'s'[: wanted.chapters > 1]}"
    if wanted.chapters:
        if made.chapters >= wanted.chapters:
            notes.kept.append(chapters)
        else:
            notes.add_lost(f"{chapters}, which {name} cannot hold")
    if wanted.turned:
        if made.turned:
            notes.kept.append("rotation")
        else:
            notes.add_lost(f"rotation, which {name} cannot hold: frames are displayed as stored")
    if wanted.oblong and not made.oblong:
        notes.add_lost(f"the pixel aspect ratio, which {name} cannot hold")
    values = {_plain(key, value) for key, value in made.tags}
    missed = dict.fromkeys(key.lower() for key, value in wanted.tags if _plain(key, value) not in values)
    if missed:
        notes.add_lost(f"tags that {name} cannot hold: {', '.join(missed)}")


def _kind(label: str) -> str:
    """What identifies a stream in the output. The codec does not: FFmpeg can misjudge it (MP2 in MP4)."""
    return label if label.startswith("attachment") else label.partition(" (")[0]


def _plain(name: str, value: str) -> str:
    """Name and value of a tag in a comparable form: containers write times and places differently."""
    return value[:19].replace(" ", "T") if name.lower() == "creation_time" else value.strip(" /")

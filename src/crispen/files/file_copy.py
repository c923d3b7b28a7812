"""Copies of files at strength 0: the bytes, or the coded streams in another container."""

from __future__ import annotations

import shutil
from pathlib import Path

from crispen.files.file_config import FileConfig
from crispen.files.result import Result
from crispen.media.atomic_output import atomic_file
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.error_messages import explain_write_errors
from crispen.media.file_type import FileType
from crispen.video.remux import has_timestamps, remux


def copy_file(source: Path, target: Path, kind: FileType, config: FileConfig) -> Result | None:
    """Copies a file without decoding its pictures, if `config` changes no sample and the formats allow it.

    Args:
        source: The file to copy.
        target: The file to write.
        kind: What `source` is.
        config: Settings with `copies` true.

    Returns:
        The outcome, or None if the file has to be decoded: `target` has another format, the container has no times of
        presentation, or another picture format or YUV4MPEG2 is asked for.

    Raises:
        CrispenError: The container of `target` cannot hold the streams, or it cannot be written.
    """
    has_new_audio = kind == "video" and config.audio is not None
    if source.suffix.lower() == target.suffix.lower() and not has_new_audio:
        with atomic_file(target, config.overwrite) as part:
            copy_bytes(source, part, target)
        notes = ConversionNotes()
    elif kind == "video" and target.suffix.lower() != ".y4m" and has_timestamps(source):
        notes = ConversionNotes()
        with atomic_file(target, config.overwrite) as part, explain_write_errors(target):
            remux(source, part, notes, config.audio, target)
    else:
        return None
    kind = "image" if kind == "image" else "video"
    kept, lost = tuple(notes.kept), tuple(notes.lost)
    return Result(str(source), str(target), kind, config.model_name, strength=0.0, kept=kept, lost=lost, copied=True)


def copy_bytes(source: Path, part: Path, target: Path) -> None:
    """Copies a file bit for bit to `part`, which will become `target`. Raises CrispenError if it cannot be written."""
    with explain_write_errors(target):
        shutil.copyfile(source, part)

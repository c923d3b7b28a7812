"""Snapshots of a live session."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

import av

from crispen.media.error_messages import explain_write_errors


def save_snapshot(frame: av.VideoFrame, folder: Path) -> Path:
    """Writes `frame` as crispen-DATE-TIME.png, with a number at the end if such a file exists.

    Returns:
        Path of the file.

    Raises:
        CrispenError: If it cannot be written.
    """
    start = folder / time.strftime("crispen-%Y%m%d-%H%M%S")
    picture = frame.to_image()
    for number in count(1):
        path = start.with_name(f"{start.name}{'' if number == 1 else f'-{number}'}.png")
        with explain_write_errors(path):
            try:
                file = path.open("xb")
            except FileExistsError:
                continue
            try:
                with file:
                    picture.save(file, "PNG")
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        return path
    raise AssertionError("unreachable")

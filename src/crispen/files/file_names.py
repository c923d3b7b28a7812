"""Names of the files that are read, and of the outputs that belong to them."""

from __future__ import annotations

import os
from pathlib import Path

from crispen.errors import CrispenError
from crispen.image.image_writer import PICTURE_SUFFIXES
from crispen.video.video_encoder import VIDEO_SUFFIXES

# Videos that are read but not written.
READ_ONLY = (
    ".wmv", ".asf", ".mpg", ".mpeg", ".m2v", ".vob", ".ogv", ".rm", ".rmvb", ".mxf", ".f4v", ".3g2", ".divx", ".dv",
    ".h264", ".264", ".h265", ".265", ".hevc", ".ivf", ".obu", ".mjpeg", ".mjpg",
)  # fmt: skip
READ_ONLY_PICTURES = {".gif": ".png", ".heic": ".jpg", ".heif": ".jpg"}  # and the formats that they are written as
KNOWN = {*PICTURE_SUFFIXES, *VIDEO_SUFFIXES, *READ_ONLY, *READ_ONLY_PICTURES, ".y4m"}


def crisp_name(source: Path) -> Path:
    """The default output beside `source`: call.mp4 -> call.crisp.mp4, a folder calls -> calls.crisp.

    Raises:
        CrispenError: `source` is the root folder, which has no name.
    """
    if source.is_dir():
        folder = source.resolve()
        if not folder.name:
            raise CrispenError(f"{source} has no name of its own; name OUT")
        return folder.with_name(folder.name + ".crisp")
    name = writable_name(source)
    return name.with_name(f"{name.stem}.crisp{name.suffix}")


def resolve_target(output: str, source: Path | None) -> Path:
    """The file that the output `output` means for the file `source`: an existing folder takes it, as with cp.

    Raises:
        CrispenError: `output` ends like a folder that does not exist.
    """
    target = Path(output)
    if source is None or source.is_dir():
        return target
    if os.path.isdir(target):
        return target / crisp_name(source).name
    if output.endswith(("/", os.sep)):
        raise CrispenError(f"{output} is not a folder; make it first")
    return target


def writable_name(source: Path) -> Path:
    """`source` with a suffix that can be written: call.mpg -> call.mpg.mkv, photo.heic -> photo.heic.jpg."""
    suffix = source.suffix.lower()
    if suffix in READ_ONLY_PICTURES:
        return source.with_name(source.name + READ_ONLY_PICTURES[suffix])
    if suffix in VIDEO_SUFFIXES or suffix in PICTURE_SUFFIXES or suffix == ".y4m":
        return source
    return source.with_name(source.name + ".mkv")


def compare_name(target: Path) -> Path:
    """The comparison beside `target`: call.crisp.mp4 -> call.compare.mp4."""
    return target.with_name(f"{target.stem.removesuffix('.crisp')}.compare{target.suffix}")


def is_output_name(path: Path) -> bool:
    """Whether `path` is named like an output of Crispen: by `crisp_name` or `compare_name`."""
    return path.stem.endswith((".crisp", ".compare"))

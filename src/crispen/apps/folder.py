"""A folder of pictures and videos: its structure kept, finished files skipped, a failure never the end of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from crispen.errors import CrispenError
from crispen.media.encoder import SUFFIXES as VIDEO_SUFFIXES
from crispen.media.image import SUFFIXES as PICTURE_SUFFIXES

# Other videos that are read, though not written.
READ_ONLY = (
    ".wmv", ".asf", ".mpg", ".mpeg", ".m2v", ".vob", ".ogv", ".rm", ".rmvb", ".mxf", ".f4v", ".3g2", ".divx", ".dv",
    ".h264", ".264", ".h265", ".265", ".hevc", ".ivf", ".obu", ".mjpeg", ".mjpg",
)  # fmt: skip
KNOWN = {*PICTURE_SUFFIXES, *VIDEO_SUFFIXES, *READ_ONLY, ".y4m", ".gif"}


def crisp_name(source: Path) -> Path:
    """Where `source` goes by default: call.mp4 -> call.crisp.mp4, beside it; see writable_name for the suffix."""
    if source.is_dir():
        return source.resolve().with_name(source.resolve().name + ".crisp")
    name = writable_name(source)
    return name.with_name(f"{name.stem}.crisp{name.suffix}")


def writable_name(source: Path) -> Path:
    """`source` under a name whose suffix can be written: videos in a container that is only read become Matroska."""
    suffix = source.suffix.lower()
    if suffix in VIDEO_SUFFIXES or suffix in PICTURE_SUFFIXES or suffix in (".y4m", ".gif"):
        return source
    return source.with_name(source.name + ".mkv")


def compare_name(target: Path) -> Path:
    """The comparison beside `target`: call.crisp.mp4 -> call.compare.mp4."""
    return target.with_name(f"{target.stem.removesuffix('.crisp')}.compare{target.suffix}")


def media_files(folder: Path, besides: Path) -> Iterator[Path]:
    """Pictures and videos below `folder` by their suffix, sorted; hidden ones, Crispen's own and `besides` left out."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if n[0] != "." and Path(here, n).resolve() != besides.resolve())
        for name in sorted(names):
            path = Path(here, name)
            own = path.stem.endswith((".crisp", ".compare"))
            if name[0] != "." and path.suffix.lower() in KNOWN and not own:
                yield path


def each_file(
    folder: Path, target: Path, overwrite: bool, do: Callable[[Path, Path], None], say: Callable[[str], None]
) -> tuple[int, int, list[tuple[str, str]]]:
    """Calls do(source, target) for each file of `folder` that has no output in `target` yet.

    Returns (done, skipped, [(source, message) of each failure]); failures are also said at once. Raises CrispenError if
    the folder holds nothing to sharpen, or `target` cannot be made.
    """
    done, skipped, failed = 0, 0, []
    for source in media_files(folder, target):
        result = target / writable_name(source).relative_to(folder)
        if result.exists() and not overwrite:
            skipped += 1
            continue
        try:
            result.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CrispenError(f"cannot make {result.parent}: {error.strerror}") from None
        try:
            do(source, result)
        except CrispenError as error:
            failed.append((str(source), str(error)))
            say(f"crispen: {error}")
        else:
            done += 1
    if not (done or skipped or failed):
        raise CrispenError(f"{folder} holds no pictures or videos")
    return done, skipped, failed

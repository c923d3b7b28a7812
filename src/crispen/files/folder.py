"""A folder of pictures and videos: its structure kept, finished files skipped, a failure never the end of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from crispen.errors import CrispenError, describe_file_error
from crispen.image.image_writer import PICTURE_SUFFIXES
from crispen.media.file_tree import files_below, raise_unreadable
from crispen.media.source_guard import SourceGuard
from crispen.video.video_encoder import VIDEO_SUFFIXES

# Other videos that are read, though not written.
READ_ONLY = (
    ".wmv", ".asf", ".mpg", ".mpeg", ".m2v", ".vob", ".ogv", ".rm", ".rmvb", ".mxf", ".f4v", ".3g2", ".divx", ".dv",
    ".h264", ".264", ".h265", ".265", ".hevc", ".ivf", ".obu", ".mjpeg", ".mjpg",
)  # fmt: skip
READ_ONLY_PICTURES = {".gif": ".png", ".heic": ".jpg", ".heif": ".jpg"}  # and what they are written as
KNOWN = {*PICTURE_SUFFIXES, *VIDEO_SUFFIXES, *READ_ONLY, *READ_ONLY_PICTURES, ".y4m"}


def crisp_name(source: Path) -> Path:
    """Where `source` goes by default: call.mp4 -> call.crisp.mp4, beside it; see writable_name for the suffix."""
    if source.is_dir():
        folder = source.resolve()
        if not folder.name:
            raise CrispenError(f"{source} has no name of its own; name OUT")
        return folder.with_name(folder.name + ".crisp")
    name = writable_name(source)
    return name.with_name(f"{name.stem}.crisp{name.suffix}")


def named_target(output: str, source: Path | None) -> Path:
    """What OUT means for the file `source`: an existing folder takes it under its default name, as with cp.

    Raises CrispenError for a folder that is not there.
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
    """`source` under a name whose suffix can be written: videos in a container that is only read become Matroska."""
    suffix = source.suffix.lower()
    if suffix in READ_ONLY_PICTURES:
        return source.with_name(source.name + READ_ONLY_PICTURES[suffix])
    if suffix in VIDEO_SUFFIXES or suffix in PICTURE_SUFFIXES or suffix == ".y4m":
        return source
    return source.with_name(source.name + ".mkv")


def compare_name(target: Path) -> Path:
    """The comparison beside `target`: call.crisp.mp4 -> call.compare.mp4."""
    return target.with_name(f"{target.stem.removesuffix('.crisp')}.compare{target.suffix}")


def is_own(path: Path) -> bool:
    """Whether `path` is named like an output of Crispen: as crisp_name or compare_name would."""
    return path.stem.endswith((".crisp", ".compare"))


def media_files(folder: Path, besides: Path, failed: Callable[[OSError], object] = raise_unreadable) -> Iterator[Path]:
    """Pictures and videos below `folder` by their suffix, sorted; hidden ones, Crispen's own and `besides` left out.

    failed: is given the error of each folder that cannot be listed.
    """

    def enter(path: Path) -> bool:
        return path.name[0] != "." and path.resolve() != besides.resolve()

    for path in files_below(folder, enter, failed):
        if path.name[0] != "." and path.suffix.lower() in KNOWN and not is_own(path):
            yield path


def each_file(
    folder: Path, target: Path, overwrite: bool, do: Callable[[Path, Path], None], say: Callable[[str], None]
) -> tuple[int, int, list[tuple[str, str]]]:
    """Calls do(source, target) for each file of `folder` that has no output in `target` yet.

    Returns (done, skipped, [(source, message) of each failure]); failures are also said at once. Whatever happens to
    one file is a failure and not the end; so is a folder that cannot be listed, and a result that would replace a
    source. Raises CrispenError if the folder holds nothing to sharpen, or `target` cannot be made.
    """
    done, skipped, failed = 0, 0, []

    def fail(source: str, error: Exception) -> None:
        failed.append((source, describe_file_error(source, error)))
        say(f"crispen: {failed[-1][1]}")

    made = set[Path]()
    found = list(media_files(folder, target, lambda error: fail(error.filename, error)))
    sources = SourceGuard(found)
    for source in found:
        result = target / writable_name(source).relative_to(folder)
        if not made:
            _make(target)
        try:
            if result in made:
                raise CrispenError(f"{source} would become {result}, as another file did; rename one of them")
            made.add(result)
            sources.refuse(result)
            if result.exists() and not overwrite:
                skipped += 1
                continue
            if source.exists() and not source.is_file():
                raise CrispenError(f"{source} is a pipe or a device; a folder's files are sharpened")
            result.parent.mkdir(parents=True, exist_ok=True)
            do(source, result)
        except Exception as error:
            fail(str(source), error)
        else:
            done += 1
    if not (done or skipped or failed):
        raise CrispenError(f"{folder} holds no pictures or videos")
    return done, skipped, failed


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CrispenError(f"cannot make {folder}: {error.strerror}") from None

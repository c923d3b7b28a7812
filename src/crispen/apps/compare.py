"""`crispen compare A B`: writes an HTML page that shows two pictures or videos on both sides of a divider."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from crispen.apps.shared.terminal import frames_shown
from crispen.cpus import default_threads
from crispen.errors import CrispenError, UsageError, one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("first", type=Path, metavar="A", help="picture or video, shown left of the divider")
    add("second", type=Path, metavar="B", help="another of the same kind and shape, shown right of it")
    add("-o", "--output", type=Path, metavar="FILE.html", help="default: A.compare.html beside A")
    add("--truth", type=Path, metavar="T", help="the ground truth, which key T shows")
    add("--labels", metavar="A,B", help="labels on the page, also A,B,T; default: the file names")
    add("--overwrite", action="store_true", help="replace FILE.html if it exists")


def run(args: argparse.Namespace) -> int:
    from crispen.compare.compare_page import HEAVY, compare_page, file_size, page_size, shared_size
    from crispen.media.atomic_output import atomic_file, check_writable
    from crispen.media.error_messages import explain_write_errors
    from crispen.media.source_guard import SourceGuard

    sources = [args.first, args.second, *([args.truth] if args.truth else [])]
    target = args.output or args.first.parent / f"{args.first.stem}.compare.html"
    if os.path.isdir(target):
        target /= f"{args.first.stem}.compare.html"
    if target.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{target} does not end in .html; name the page so")
    labels = _labels(args.labels, sources)
    SourceGuard(sources).refuse(target)
    check_writable(target, args.overwrite)
    views, is_video = _views(sources, labels)
    width, height = shared_size([(str(path), view.content.size) for path, view in zip(sources, views, strict=True)])
    size = page_size(views)
    if size > HEAVY:
        remedy = "cut the videos: ffmpeg -t 10 -i IN -c copy OUT" if is_video else "crop the pictures"
        print(f"crispen: the page has {file_size(size)}, which browsers may refuse; {remedy}", file=sys.stderr)
    data = compare_page(views).encode("utf-8")
    with atomic_file(target, args.overwrite) as part, explain_write_errors(target):
        part.write_bytes(data)
    names = " | ".join(map(str, sources))
    print(one_line(f"{names} -> {target}: {width}x{height}, {file_size(len(data))}"), file=sys.stderr)
    for view in views:
        print(f"  {view.label}: {', '.join([view.content.how, *view.content.notes])}", file=sys.stderr)
    return 0


def _views(sources: Sequence[Path], labels: Sequence[str]):
    """(what the page shows of each source, whether they are videos)."""
    from crispen.compare.browser_video import displayed_size
    from crispen.compare.compare_page import View, shared_size
    from crispen.media.pipe_spool import seekable_path

    with ExitStack() as stack:
        files = [stack.enter_context(seekable_path(path)) for path in sources]
        is_video = _are_videos(files)
        if is_video:  # report different sizes before minutes of decoding
            shared_size([(str(path), displayed_size(path)) for path in files])
        contents = [_embedded(path, is_video) for path in files]
    names = [one_line(path.name) for path in sources]
    return [View(*words) for words in zip(map(one_line, labels), names, contents, strict=True)], is_video


def _labels(text: str | None, sources: Sequence[Path]) -> list[str]:
    """A label for each source; that of the ground truth may be left out."""
    if text is None:
        names = [path.name for path in sources]
        return names if len(set(names)) == len(names) else [str(path) for path in sources]
    labels = [label.strip() for label in text.split(",")]
    if not 2 <= len(labels) <= len(sources) or not all(labels):
        raise UsageError(f"--labels takes {'two or three' if len(sources) > 2 else 'two'} words, such as Before,After")
    return [*labels, "Truth"][: len(sources)]


def _are_videos(sources: Sequence[Path]) -> bool:
    """Whether the sources are videos. Raises CrispenError if one is missing, or there are pictures and videos."""
    from crispen.media.file_type import detect_file_type

    kinds = []
    for path in sources:
        if path.is_dir():
            raise CrispenError(f"{path} is a folder; name a picture or a video")
        kinds.append(detect_file_type(path) != "image")
    for path, is_video in zip(sources, kinds, strict=True):
        if is_video != kinds[0]:
            words = ("a picture", "a video")
            raise CrispenError(f"{sources[0]} is {words[kinds[0]]} and {path} {words[is_video]}; name two of a kind")
    return kinds[0]


def _embedded(path: Path, is_video: bool):
    from crispen.compare.browser_image import browser_picture
    from crispen.compare.browser_video import browser_video

    if not is_video:
        return browser_picture(path)

    return browser_video(path, default_threads(), lambda frames, total: frames_shown(frames, path.name, total))

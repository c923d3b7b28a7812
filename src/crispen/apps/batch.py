"""`crispen batch SRC DST`: any number of videos and pictures, on this machine or a Ray cluster."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from crispen.apps.arguments import add_file_options, add_threads, integer, number
from crispen.apps.signals import finishing
from crispen.cpus import usable_cpus
from crispen.errors import CrispenError, UsageError, describe_error, describe_file_error, one_line
from crispen.media.file_tree import raise_unreadable
from crispen.media.source_guard import overwrite_error


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", metavar="SRC", help="a folder, a file, or a URL such as s3://bucket/folder")
    add("target", metavar="DST", help="a folder or URL; every output gets the name that its source has below SRC")
    add("--address", metavar="HOST:PORT", help="the Ray cluster to work on, or auto; default: the CPUs of this machine")
    add("--workers", type=integer(1, 256), metavar="N", help="processes on this machine; default: CPUs / --threads")
    add_threads(parser, "each worker", 1)
    add(
        "--segment", type=number(0.1), default=60.0, metavar="SECONDS",
        help="length of the segments that long videos are cut into, 0.1 or more; default 60",
    )  # fmt: skip
    add("--dry-run", action="store_true", help="print what would be done and the CPU time it takes; write nothing")
    add_file_options(parser)
    add("--overwrite", action="store_true", help="sharpen files again that have an output")
    add("--quiet", action="store_true", help="print errors only")


def run(args: argparse.Namespace) -> int:
    """Returns 0, or 1 if an item failed; raises CrispenError if the job cannot begin."""
    from crispen.batch.job import Job
    from crispen.batch.manifest import Manifest
    from crispen.batch.store import open_store

    order = _order(args)
    target = open_store(order.target)
    if target.single:
        raise UsageError(f"DST is a file ({args.target}); name a folder")
    items, unread = _items(order, target)
    for reason in unread:
        print(f"crispen: {reason}", file=sys.stderr)
    present = set() if args.overwrite else set(target.names(_unless_missing))
    todo = [item for item in items if item.output not in present]
    progress = _Told(args.quiet)
    pool = _pool(args)
    try:
        if args.dry_run:
            return _dry_run(order, todo, len(items) - len(todo), pool) or bool(unread)
        job = Job(order, todo, pool, Manifest(target))
        job.state.skipped = len(items) - len(todo)
        state = job.run(progress)
    finally:
        with finishing():  # which takes a second, and leaves no temporary files
            pool.close()
        progress.finish()
    for name, reason in state.failed.items():
        print(one_line(f"crispen: {name}: {reason}"), file=sys.stderr)
    failed = len(state.failed) + len(unread)
    if not args.quiet:
        cost = f"; {state.cost:.2f} CPU hours an hour of video" if state.cost else ""
        print(
            one_line(
                f"{args.source} -> {args.target}: {state.done} sharpened, {state.skipped} done before, "
                f"{failed} failed{cost}"
            ),
            file=sys.stderr,
        )
    return 1 if failed else 0


def _order(args: argparse.Namespace):
    """The Order; raises what a wrong model or codec deserves before anything runs."""
    from crispen.batch.config import Order
    from crispen.media.output_size import Enlargement
    from crispen.runtime.sharpener_config import SharpenerConfig
    from crispen.video.video_encoder import find_encoder, with_preset

    if args.codec:
        encoder = find_encoder(args.codec)
        if args.preset:
            with_preset(encoder, args.preset)
    sharpener = SharpenerConfig(
        args.model, threads=args.threads, strength=args.strength, stream=args.stream, look=args.look
    )
    sharpener.find_model()
    if args.model.endswith(".onnx"):  # workers may run in another folder
        sharpener = replace(sharpener, model=os.path.abspath(args.model))
    enlargement = Enlargement(args.scale if args.scale != 1 else None, args.height)
    return Order(
        _absolute(args.source), _absolute(args.target), sharpener, args.codec, args.crf, args.preset, enlargement,
        audio=args.audio, segment=args.segment, overwrite=args.overwrite,
    )  # fmt: skip


def _absolute(place: str) -> str:
    """Workers may stand in another folder."""
    return place if "://" in place else os.path.abspath(place)


def _unless_missing(error: OSError) -> None:
    """A target that is not there yet holds nothing."""
    if not isinstance(error, FileNotFoundError):
        raise_unreadable(error)


def _items(order, place) -> tuple[list, list[str]]:
    """What there is to sharpen, by its suffix, and why a folder cannot be read or a file's output not be written.

    Crispen's own outputs in a folder, and the target, are left out. Raises UsageError if every output would replace a
    source.
    """
    from crispen.batch.config import Item
    from crispen.batch.store import open_store
    from crispen.files.file_names import KNOWN, READ_ONLY_PICTURES, is_output_name, writable_name
    from crispen.image.image_writer import PICTURE_SUFFIXES

    source, target = order.source.rstrip("/"), order.target.rstrip("/")
    if source == target:
        raise UsageError("DST is SRC; name another place, sources are never replaced")
    inside = f"{target.removeprefix(source + '/')}/" if target.startswith(source + "/") else None
    items, errors, origin = [], list[OSError](), open_store(order.source)
    for name in origin.names(errors.append):
        suffix = Path(name).suffix.lower()
        own = is_output_name(Path(name)) and not origin.single
        if suffix in KNOWN and not own and not (inside and name.startswith(inside)):
            output = f"{name}.mkv" if suffix == ".y4m" else writable_name(Path(name)).as_posix()
            items.append(Item(name, output, suffix in {*PICTURE_SUFFIXES, *READ_ONLY_PICTURES}))
    twice = [output for output, count in Counter(item.output for item in items).items() if count > 1]
    if twice:
        raise CrispenError(f"two files of {order.source} would become {twice[0]}; rename one of them")
    if not items and errors:
        raise_unreadable(errors[0])
    if not items:
        raise CrispenError(f"{order.source} holds no pictures or videos")
    safe, refused = _without_sources(items, origin, place, target)
    if not safe:
        raise refused[0]
    return safe, [describe_file_error(str(error.filename), error) for error in errors] + [
        describe_error(error) for error in refused
    ]


def _without_sources(items: list, origin, place, target: str) -> tuple[list, list[UsageError]]:
    """(the items whose output replaces no file of `items`, what is wrong with each of the others)."""
    sources = {origin.identity(item.name): item.name for item in items}
    sources.pop(None, None)
    safe, refused = [], []
    for item in items:
        source = sources.get(place.identity(item.output))
        if source is None:
            safe.append(item)
        else:
            refused.append(overwrite_error(f"{target}/{item.output}", source))
    return safe, refused


def _pool(args: argparse.Namespace):
    if args.address:
        from crispen.batch.ray_cluster import RayPool

        return RayPool(args.address, args.threads)
    from crispen.batch.process_pool import LocalPool

    return LocalPool(args.workers or max(1, usable_cpus() // args.threads))


def _dry_run(order, items, skipped: int, pool) -> int:
    """Looks at every item, sharpens two seconds of one video into nothing, and says what all would take."""
    from crispen.batch import tasks as work
    from crispen.batch.segment_plan import Plan

    videos = {pool.submit(work.plan, order, item): item for item in items if not item.picture}
    plans, failed = [], 0
    while videos:
        for ticket, result in pool.wait(1.0):
            item = videos.pop(ticket)
            if isinstance(result, Plan):
                plans.append(result)
                width, height = result.coded.width, result.coded.height
                cut = f"{len(result.spans)} segment{'s'[: len(result.spans) != 1]}"
                print(one_line(f"{item.name} -> {item.output}: {result.seconds:.1f} s, {width}x{height}, {cut}"))
            else:
                failed += 1
                print(one_line(f"{item.name}: {result}"))
    pictures = [item for item in items if item.picture]
    for item in pictures:
        print(one_line(f"{item.name} -> {item.output}: a picture"))
    hours = sum(plan.seconds for plan in plans) / 3600
    others = f"{len(pictures)} pictures, {skipped} done before, {failed} unreadable"
    print(f"{len(plans)} videos of {hours:.2f} hours, {others}")
    if plans:
        sample = sorted(plans, key=lambda plan: plan.frames)[len(plans) // 2]
        pool.submit(work.rate, order, sample)
        while not (ended := pool.wait(1.0)):
            pass
        rate = ended[0][1]
        if isinstance(rate, Exception):
            raise rate
        cpu = sum(plan.frames * plan.coded.width * plan.coded.height for plan in plans) * rate / 3600
        ratio = f", {cpu / hours:.2f} an hour of video" if hours else ""
        print(f"about {cpu:.3g} CPU hours{ratio}, as measured here on {sample.item.name}")
    return 1 if failed else 0


class _Told:
    """Says how the job stands: every ten seconds, or twice a second on a terminal, where the line rewrites itself."""

    def __init__(self, quiet: bool):
        self._quiet, self._terminal = quiet, sys.stderr.isatty()
        self._begun = self._said = time.monotonic()

    def __call__(self, state) -> None:
        now = time.monotonic()
        if self._quiet or now - self._said < (0.5 if self._terminal else 10):
            return
        self._said = now
        text = progress(state, now - self._begun)
        sys.stderr.write(f"\r{text:<79}" if self._terminal else f"{text}\n")
        sys.stderr.flush()

    def finish(self) -> None:
        """Clears the terminal's line."""
        if self._terminal and not self._quiet:
            sys.stderr.write("\r" + " " * 79 + "\r")


def progress(state, elapsed: float) -> str:
    """One line on a job that runs for `elapsed` seconds; what is left is told from the share of items that are done."""
    ended = state.done + len(state.failed)
    share = max(ended / max(1, state.items), 0.0)
    if state.expected and ended < state.items:  # items count alike, those that are looked at by their frames
        share = max(share, min(1.0, state.frames / state.expected) * min(1.0, (ended + 1) / state.items))
    left = f", {elapsed * (1 - share) / share / 60:.0f} min left" if share > 0.01 else ""
    failed = f" ({len(state.failed)} failed)" if state.failed else ""
    return f"{ended}/{state.items} items{failed}, {state.frames} frames, {state.frames / elapsed:.1f} fps{left}"

"""`crispen batch SRC DST`: any number of videos and pictures, on this machine or a Ray cluster."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import fields
from typing import TYPE_CHECKING

from crispen.apps.shared.arguments import add_device, add_file_options, add_threads, integer, number
from crispen.apps.shared.process_setup import finishing
from crispen.apps.shared.terminal import WorkProgress
from crispen.cpus import usable_cpus
from crispen.errors import UsageError, one_line

if TYPE_CHECKING:
    from crispen.batch.batch_config import BatchConfig, Item
    from crispen.batch.job import JobState
    from crispen.batch.process_pool import WorkerPool
    from crispen.batch.segment_plan import VideoPlan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", metavar="SRC", help="a folder, a file, or a URL such as s3://bucket/folder")
    add("target", metavar="DST", help="a folder or URL; every output has the path there that its source has below SRC")
    add("--address", metavar="HOST:PORT", help="Ray cluster to run on, or auto; default: the CPUs of this machine")
    add("--workers", type=integer(1, 256), metavar="N", help="processes on this machine; default: CPUs / --threads")
    add_threads(parser, "each worker", 1)
    add(
        "--segment", type=number(0.1), default=60.0, metavar="SECONDS",
        help="length of the segments that long videos are split into, 0.1 or more; default 60",
    )  # fmt: skip
    add("--dry-run", action="store_true", help="print what would be done and the CPU time it takes; write nothing")
    add_file_options(parser)
    add_device(parser)
    add("--overwrite", action="store_true", help="sharpen files again that have an output")
    add("--quiet", action="store_true", help="print errors only")


def run(args: argparse.Namespace) -> int:
    """Runs the job.

    Returns:
        0, or 1 if an item failed.

    Raises:
        CrispenError: The job cannot start.
    """
    from crispen.batch.item_list import list_items, outputs_present
    from crispen.batch.job import Job
    from crispen.batch.job_manifest import JobManifest
    from crispen.batch.store import open_store

    config = _config(args)
    target = open_store(config.target)
    if target.single:
        raise UsageError(f"DST is a file ({args.target}); name a folder")
    items, skipped_reasons = list_items(config)
    for reason in skipped_reasons:
        print(f"crispen: {reason}", file=sys.stderr)
    present = set() if args.overwrite else outputs_present(target)
    open_items = [item for item in items if item.output not in present]
    skipped = len(items) - len(open_items)
    progress = WorkProgress(args.quiet)
    pool = _pool(args)
    try:
        if args.dry_run:
            return _dry_run(config, open_items, skipped, pool) or bool(skipped_reasons)
        job = Job(config, open_items, pool, JobManifest(target))
        job.state.skipped = skipped
        state = job.run(lambda state: _show(progress, state))
    finally:
        with finishing():  # takes up to a second and deletes temporary files
            pool.close()
        progress.clear()
    for name, reason in state.failed.items():
        print(one_line(f"crispen: {name}: {reason}"), file=sys.stderr)
    failed = len(state.failed) + len(skipped_reasons)
    if not args.quiet:
        _print_summary(args, state, failed)
    return 1 if failed else 0


def _print_summary(args: argparse.Namespace, state: JobState, failed: int) -> None:
    cost = f"; {state.cost:.2f} CPU hours an hour of video" if state.cost else ""
    counts = f"{state.done} sharpened, {state.skipped} done before, {failed} failed"
    print(one_line(f"{args.source} -> {args.target}: {counts}{cost}"), file=sys.stderr)


def _config(args: argparse.Namespace) -> BatchConfig:
    """The job's configuration; an invalid model or codec raises CrispenError before anything runs."""
    from crispen.batch.batch_config import BatchConfig
    from crispen.files.file_config import FileConfig
    from crispen.video.encoders.hardware_encoders import AUTO_HARDWARE, HARDWARE_ENCODERS
    from crispen.video.video_encoder import find_encoder, with_preset

    settings = {field.name: getattr(args, field.name) for field in fields(FileConfig) if hasattr(args, field.name)}
    if args.model.endswith(".onnx"):
        settings["model"] = os.path.abspath(args.model)  # workers may have another working directory
    file = FileConfig(**settings)
    file.find_model()
    if file.codec and (file.codec.lower() in HARDWARE_ENCODERS or file.codec.lower() == AUTO_HARDWARE):
        raise UsageError(f"{file.codec} encodes differently on each machine; use crispen sharpen for it")
    if file.codec and file.preset:
        with_preset(find_encoder(file.codec), file.preset)
    return BatchConfig(_absolute(args.source), _absolute(args.target), file, args.segment)


def _absolute(place: str) -> str:
    """A path or URL that is valid in every working directory."""
    return place if "://" in place else os.path.abspath(place)


def _pool(args: argparse.Namespace) -> WorkerPool:
    if args.address:
        from crispen.batch.ray_cluster import RayPool

        return RayPool(args.address, args.threads)
    from crispen.batch.process_pool import ProcessPool

    return ProcessPool(args.workers or max(1, usable_cpus() // args.threads))


def _dry_run(config: BatchConfig, items: list[Item], skipped: int, pool: WorkerPool) -> int:
    """Prints what would be done and its cost. Returns 1 if a video cannot be read."""
    from crispen.batch.estimate import measure_cost, plan_videos

    plans, failed = plan_videos(config, items, pool, lambda plan: print(_plan_line(plan), flush=True))
    for name, reason in failed.items():
        print(one_line(f"{name}: {reason}"))
    pictures = [item for item in items if item.picture]
    for item in pictures:
        print(one_line(f"{item.name} -> {item.output}: a picture"))
    hours = sum(plan.seconds for plan in plans) / 3600
    others = f"{len(pictures)} pictures, {skipped} done before, {len(failed)} unreadable"
    print(f"{len(plans)} videos of {hours:.2f} hours, {others}", flush=True)
    if plans:
        cpu_hours, sample = measure_cost(config, plans, pool)
        ratio = f", {cpu_hours / hours:.2f} an hour of video" if hours else ""
        print(f"about {cpu_hours:.3g} CPU hours{ratio}, as measured here on {sample}")
    return 1 if failed else 0


def _plan_line(plan: VideoPlan) -> str:
    segments = f"{len(plan.segments)} segment{'s'[: len(plan.segments) != 1]}"
    size = f"{plan.coded.width}x{plan.coded.height}"
    return one_line(f"{plan.item.name} -> {plan.item.output}: {plan.seconds:.1f} s, {size}, {segments}")


def _show(progress: WorkProgress, state: JobState) -> None:
    done = state.done + len(state.failed)
    progress.update("", done, state.items, lambda elapsed: progress_line(state, elapsed))


def progress_line(state: JobState, elapsed: float) -> str:
    """One line on a job that has run for `elapsed` seconds. The remaining time is estimated from the finished share."""
    ended = state.done + len(state.failed)
    share = max(ended / max(1, state.items), 0.0)
    if state.expected_frames and ended < state.items:  # items count equally, and within them frames
        share = max(share, min(1.0, state.frames / state.expected_frames) * min(1.0, (ended + 1) / state.items))
    left = f", {elapsed * (1 - share) / share / 60:.0f} min left" if share > 0.01 else ""
    failed = f" ({len(state.failed)} failed)" if state.failed else ""
    return f"{ended}/{state.items} items{failed}, {state.frames} frames, {state.frames / elapsed:.1f} fps{left}"

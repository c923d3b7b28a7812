"""`crispen live SOURCE TARGET`: a camera, a stream or a file, sharpened as it comes."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crispen.apps.sharpen import MODELS
from crispen.errors import CrispenError

if TYPE_CHECKING:
    import av

    from crispen.media.info import VideoInfo
    from crispen.media.writer import VideoWriter
    from crispen.media.y4m import Y4mWriter
    from crispen.runtime.live import Live

_SAID_EVERY = 1.0  # seconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "source",
        metavar="SOURCE",
        help="a camera's number, path or name; rtsp:// and the like; a file, at its own pace",
    )
    add("target", metavar="TARGET", help="a video file, or - for YUV4MPEG2 to a window or a virtual camera")
    add("--model", default="balanced", help="the largest to use: fast, balanced (default), best, or an .onnx file")
    add("--strength", type=float, default=1.0, metavar="S", help="0 (nothing) to 2 (double); default 1")
    add("--size", metavar="WxH", help="to ask a camera for")
    add("--rate", type=int, metavar="FPS", help="to ask a camera for")
    add("--split", action="store_true", help="the left half as it came, the right half sharpened")
    add("--seconds", type=float, help="how long (default: to the end, or until Ctrl-C)")
    add("--threads", type=int, metavar="N", help="of the engine (default: 2, or 1 on one core)")
    add("--overwrite", action="store_true", help="replace a file that exists")
    add("--quiet", action="store_true", help="say nothing but errors")


def run(args: argparse.Namespace) -> int:
    from crispen.media.camera import Camera
    from crispen.media.pipeline import run_pipeline
    from crispen.media.prepare import Preparer
    from crispen.runtime.live import Live
    from crispen.runtime.sharpener import Sharpener

    if args.target == "-" and sys.stdout.isatty():
        raise CrispenError("TARGET - writes raw video; send it to a pipe, not to the terminal")
    if args.seconds is not None and not args.seconds > 0:
        raise CrispenError(f"--seconds must be above 0, not {args.seconds:g}")
    names = MODELS[MODELS.index(args.model) :: -1] if args.model in MODELS else (args.model,)
    with ExitStack() as stack:
        camera = stack.enter_context(closing(Camera(args.source, _size(args.size), args.rate)))
        info = camera.info
        coded = replace(info, width=info.width // 2 * 2, height=info.height // 2 * 2, pixel_format="yuv420p")
        made = [Sharpener(name, threads=args.threads, strength=args.strength) for name in names]
        sharpeners = [(each.model.name, stack.enter_context(each)) for each in made]
        writer = _writer(args, coded, stack)
        live = Live(sharpeners, camera.period)
        prepare = Preparer(info, (coded.width, coded.height), coded, made[0].threads)
        for _, each in sharpeners:  # compiled before the first frame comes
            each.luma(np.full((coded.height, coded.width), 128, np.uint8))
        said = time.monotonic()

        def incoming() -> Iterator[tuple[av.VideoFrame, float]]:
            began = time.monotonic()
            for frame, came in camera:
                if args.seconds and came - began > args.seconds:
                    return
                yield frame, came

        def work(item: tuple[av.VideoFrame, float]) -> av.VideoFrame:
            nonlocal said
            frame = prepare(item[0])
            sharp = live(frame, item[1])
            if args.split and sharp is not frame:
                _split(frame, sharp)
            sharp.pts, sharp.time_base = item[0].pts, item[0].time_base
            if not args.quiet and sys.stderr.isatty() and time.monotonic() - said > _SAID_EVERY:
                said = time.monotonic()
                print(f"\r{_line(live)}   ", end="", file=sys.stderr, flush=True)
            return sharp

        began, ended = time.monotonic(), False
        try:
            run_pipeline(incoming(), work, writer.write, depth=2)
        except KeyboardInterrupt:  # how a live picture ends
            pass
        except BaseException:
            ended = True
            raise
        finally:
            writer.abort() if ended or not live.went else writer.close()
        if not live.went:
            raise CrispenError(f"{args.source} gave no picture")
        if not args.quiet:
            seconds, used = time.monotonic() - began, made[0]
            start = "\r" if sys.stderr.isatty() else ""  # over the line that told how it went
            count, rate = live.went.total(), live.went.total() / seconds
            print(
                f"{start}{args.source} -> {args.target}: {count} frames {coded.width}x{coded.height} in {seconds:.1f}"
                f" s ({rate:.1f} fps); {_line(live)}; {used.engine} ({used.precision}, {used.instructions}), "
                f"{used.threads} threads",
                file=sys.stderr,
            )
    return 0


def _line(live: Live) -> str:
    went = ", ".join(f"{count} {name}" for name, count in live.went.most_common())
    milliseconds = f", {1000 * statistics.median(live.spent):.1f} ms a frame" if live.spent else ""
    return f"{went}{milliseconds}"


def _split(frame: av.VideoFrame, sharp: av.VideoFrame) -> None:
    """Puts the left half of `frame`'s luma into `sharp`, and a line between."""
    from crispen.media.planes import plane_view

    before, after = plane_view(frame.planes[0]), plane_view(sharp.planes[0])
    middle = before.shape[1] // 2
    after[:, :middle] = before[:, :middle]
    after[:, middle - 1 : middle + 1] = 235


def _writer(args: argparse.Namespace, coded: VideoInfo, stack: ExitStack) -> Y4mWriter | VideoWriter:
    from crispen.media.encoder import default_encoder
    from crispen.media.info import Notes
    from crispen.media.output import whole_file
    from crispen.media.writer import VideoWriter
    from crispen.media.y4m import Y4mWriter, header_for

    if args.target == "-":
        return Y4mWriter(sys.stdout.fileno(), header_for(coded), name="standard output")
    target = Path(args.target)
    encoder = default_encoder(target, coded)
    part = stack.enter_context(whole_file(target, args.overwrite))
    return VideoWriter(part, coded, encoder, None, min(2, os.cpu_count() or 1), Notes())


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise CrispenError(f"--size must be like 1280x720, not {text!r}")
    return int(width), int(height)

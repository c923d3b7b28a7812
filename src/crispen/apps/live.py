"""`crispen live [SOURCE [TARGET...]]`: sharpens a camera, a network stream or a file in real time."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crispen.apps.shared.arguments import add_device, add_model, add_threads, integer, number, size
from crispen.errors import CrispenError, UsageError

if TYPE_CHECKING:
    from crispen.live.live_session import LiveSession
    from crispen.live.outputs import Output

_TARGETS = (
    "virtual (default: the first v4l2loopback device, or OBS's virtual camera), /dev/videoN, window, a video file, "
    "a named pipe or - for YUV4MPEG2; can be repeated"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "source", metavar="SOURCE", nargs="?", default="0",
        help="number (default 0), path or name of a camera; rtsp:// and other URLs; a file, played in real time",
    )  # fmt: skip
    add("targets", metavar="TARGET", nargs="*", help=_TARGETS)
    add_model(parser, "the largest model to use: ")
    add("--size", type=size(), metavar="WxH", help="size in pixels to request from the camera")
    add("--rate", type=integer(1), metavar="FPS", help="frame rate to request from the camera, in frames/s")
    add("--loop", action="store_true", help="start a file again at its end")
    add("--split", action="store_true", help="show the original left of a divider, the sharpened picture right of it")
    add("--mirror", action="store_true", help="mirror the window; other targets are not mirrored")
    add(
        "--cpu-budget", type=number(0, above=True), metavar="PERCENT",
        help="mean CPU time of the whole command, in percent of one CPU; default: no limit",
    )  # fmt: skip
    add(
        "--seconds", type=number(0, above=True), metavar="SECONDS",
        help="stop after this time; default: at the end of the source, or at q or Ctrl-C",
    )  # fmt: skip
    add_threads(parser, "the engine")
    add_device(parser)
    add("--json", action="store_true", help="print the outcome as one JSON object on standard output")
    add("--overwrite", action="store_true", help="replace outputs that exist")
    add("--quiet", action="store_true", help="print errors only")


def run(args: argparse.Namespace) -> int:
    from crispen.apps.shared.process_setup import finishing
    from crispen.live.keyboard import HELP, Keyboard
    from crispen.live.live_summary import summary, summary_line
    from crispen.live.outputs import STDOUT, check_targets

    targets = args.targets or ["virtual"]
    check_targets(targets, args.source)
    if args.json and STDOUT in targets:
        raise UsageError("--json cannot go with YUV4MPEG2 on standard output")
    with ExitStack() as ending, ExitStack() as stack:
        keys = stack.enter_context(Keyboard())
        sinks: list[Output] = []
        session = _opened(args, targets, sinks, keys, stack)
        if keys.there or session.window:
            session.screen.say(HELP)
        try:
            session.run()
        except KeyboardInterrupt:  # the usual end
            pass
        except BaseException:
            _end(sinks, "abort")
            raise
        ending.enter_context(finishing())  # a second signal must not lose the recording
        session.screen.clear()
        _end(sinks, "close" if session.live.frames else "abort")
        if not session.live.frames:
            raise CrispenError(f"{args.source} gave no picture")
        found = summary(session, args.source, targets)
        session.screen.say(summary_line(found))
    if args.json:
        print(json.dumps(found))
    return 0


def _opened(args: argparse.Namespace, targets: list[str], sinks: list[Output], keys, stack: ExitStack) -> LiveSession:
    """Everything that the session needs; what is opened is left to `stack`, and `sinks` are left to the caller."""
    from crispen.live.camera import Camera
    from crispen.live.controls import Controls
    from crispen.live.cpu_budget import CpuBudget
    from crispen.live.live_session import LiveSession
    from crispen.live.live_status import SessionStats, StatusDisplay
    from crispen.live.outputs import WINDOW, open_output
    from crispen.live.reconnection import ReconnectingCamera
    from crispen.live.window import Window
    from crispen.media.frame_fitting import FrameFitter
    from crispen.runtime.live_sharpener import LiveSharpener
    from crispen.runtime.sharpener_cache import SharpenerCache
    from crispen.runtime.sharpener_config import SharpenerConfig
    from crispen.video.encoded_format import LIMITED, encoded_info

    screen = StatusDisplay(sys.stderr, args.quiet)
    source = ReconnectingCamera(lambda: Camera(args.source, args.size, args.rate, args.loop), screen.say)
    stack.enter_context(closing(source))
    info = source.camera.info
    coded = encoded_info(info, max(2, info.width // 2 * 2), max(2, info.height // 2 * 2), "yuv420p")
    coded = replace(coded, colour=(*coded.colour[:3], LIMITED))
    config = SharpenerConfig(args.model, threads=args.threads, strength=args.strength, device=args.device)
    cache = SharpenerCache(warm_up=(coded.height, coded.width))
    stack.enter_context(closing(cache))
    ladder = cache.ladder(config)
    try:
        for target in targets:
            if target != WINDOW:
                sinks.append(open_output(target, coded, args.overwrite, stack, source.camera.device))
        window = None
        if WINDOW in targets:
            window = stack.enter_context(closing(Window("Crispen", coded.width, coded.height, args.mirror)))
    except BaseException:
        _end(sinks, "abort")
        raise
    live, first = LiveSharpener(ladder, source.camera.period), ladder[0][1]
    budget = CpuBudget(args.cpu_budget, len(ladder)) if args.cpu_budget else None
    divider = 0.5 if args.split else None
    controls = Controls(live, cache, config, budget, divider)
    folder = next((Path(target).parent for target in targets if Path(target).suffix), Path())
    fit = FrameFitter(coded.width, coded.height, first.threads)
    return LiveSession(
        source, fit, live, controls, sinks, window, keys, screen, SessionStats(), budget,
        f"{first.engine} {first.precision}" + ("" if first.device == "cpu" else f", {first.device}"),
        args.seconds, folder,
    )  # fmt: skip


def _end(sinks: list[Output], how: str) -> None:
    for sink in sinks:
        getattr(sink, how)()

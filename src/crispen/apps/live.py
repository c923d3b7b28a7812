"""`crispen live [SOURCE [TARGET...]]`: a camera, a stream or a file, sharpened as it comes."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crispen.errors import CrispenError

if TYPE_CHECKING:
    from crispen.live.live_session import LiveSession
    from crispen.live.outputs import Output

_TARGETS = (
    "virtual (default: the first v4l2loopback device, or OBS's virtual camera), /dev/videoN, window, a video file, "
    "a named pipe or - for YUV4MPEG2; several if you like"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "source", metavar="SOURCE", nargs="?", default="0",
        help="a camera's number (default 0), path or name; rtsp:// and the like; a file, at its own pace",
    )  # fmt: skip
    add("targets", metavar="TARGET", nargs="*", help=_TARGETS)
    add("--model", default="balanced", help="the largest to use: fast, balanced (default), best, or an .onnx file")
    add("--look", choices=("natural", "vivid"), default="natural", help="vivid: crisper to the eye, less faithful")
    add("--strength", type=float, default=1.0, metavar="S", help="0 (nothing) to 2 (double); default 1")
    add("--size", metavar="WxH", help="to ask a camera for")
    add("--rate", type=int, metavar="FPS", help="to ask a camera for")
    add("--loop", action="store_true", help="begin a file again where it ends")
    add("--split", action="store_true", help="left of a divider as it came, right of it sharpened")
    add("--mirror", action="store_true", help="show the window as a mirror; what is sent stays as it is")
    add("--cpu-budget", type=float, metavar="PERCENT", help="of one core that the whole command may take on average")
    add("--seconds", type=float, help="how long (default: to the end, or until q or Ctrl-C)")
    add("--threads", type=int, metavar="N", help="of the engine (default: 2, or 1 on one core)")
    add("--json", action="store_true", help="one JSON object about the outcome on standard output")
    add("--overwrite", action="store_true", help="replace a file that exists")
    add("--quiet", action="store_true", help="say nothing but errors")


def run(args: argparse.Namespace) -> int:
    from crispen.apps.process_setup import finishing
    from crispen.live.keyboard import HELP, Keyboard
    from crispen.live.live_summary import summary, summary_line
    from crispen.live.outputs import STDOUT, check_targets

    targets = args.targets or ["virtual"]
    check_targets(targets, args.source)
    if args.json and STDOUT in targets:
        raise CrispenError("--json cannot go with YUV4MPEG2 on standard output")
    for name in ("seconds", "cpu_budget"):
        if getattr(args, name) is not None and not getattr(args, name) > 0:
            raise CrispenError(f"--{name.replace('_', '-')} must be above 0, not {getattr(args, name):g}")
    with ExitStack() as ending, ExitStack() as stack:
        keys = stack.enter_context(Keyboard())
        sinks: list[Output] = []
        session = _opened(args, targets, sinks, keys, stack)
        if keys.there or session.window:
            session.screen.say(HELP)
        try:
            session.run()
        except KeyboardInterrupt:  # how a live picture ends
            pass
        except BaseException:
            _end(sinks, "abort")
            raise
        ending.enter_context(finishing())  # what was recorded is not lost to a second signal
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

    screen, size = StatusDisplay(sys.stderr, args.quiet), _size(args.size)
    source = ReconnectingCamera(lambda: Camera(args.source, size, args.rate, args.loop), screen.say)
    stack.enter_context(closing(source))
    info = source.camera.info
    coded = encoded_info(info, max(2, info.width // 2 * 2), max(2, info.height // 2 * 2), "yuv420p")
    coded = replace(coded, colour=(*coded.colour[:3], LIMITED))
    config = SharpenerConfig(args.model, threads=args.threads, strength=args.strength, look=args.look)
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
        f"{first.engine} {first.precision}",
        args.seconds, folder,
    )  # fmt: skip


def _end(sinks: list[Output], how: str) -> None:
    for sink in sinks:
        getattr(sink, how)()


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise CrispenError(f"--size must be like 1280x720, not {text!r}")
    return int(width), int(height)

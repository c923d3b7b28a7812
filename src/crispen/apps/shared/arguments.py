"""The argument parser of all commands, the types of their arguments, and the options that several commands share."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from crispen.errors import one_line

STREAMS = ("full", "starved", "blurred", "noisy", "small", "aliased", "resized")
_MARK = "\0"  # cannot occur in an argument


class Parser(argparse.ArgumentParser):
    """Reports a usage error in one line, takes options between positional arguments, and refuses empty names.

    An empty path would mean the current folder.
    """

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.help_command = f"{self.prog} --help"
        self._intermixed = True  # False for a parser with subcommands, and while parsing
        self.register("type", Path, lambda text: Path(_not_empty(text)))
        self.register("type", None, _not_empty)

    def add_subparsers(self, **options):
        self._intermixed = False
        self.register("type", None, lambda text: text)  # every argument of a subcommand passes through here first
        return super().add_subparsers(**options)

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[override]
        if not self._intermixed:
            return super().parse_known_args(args, namespace)
        self._intermixed = False
        try:
            return self.parse_known_intermixed_args(_marked(sys.argv[1:] if args is None else args), namespace)
        finally:
            self._intermixed = True

    def error(self, message: str) -> NoReturn:
        """Prints one line with a pointer to the help, and exits with status 2."""
        message = one_line(message.replace(_MARK, "")).removeprefix("argument ")
        self.exit(2, f"crispen: {message}; see {self.help_command}\n")


def _marked(args) -> list[str]:
    """Marks the arguments after "--", which argparse would take for options when it parses them in a second pass."""
    args = list(args)
    end = args.index("--") if "--" in args else len(args)
    return args[:end] + [_MARK + word if word[:1] == "-" else word for word in args[end + 1 :]]


def _not_empty(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("is empty; name something")
    return text.removeprefix(_MARK)


def number(low: float = -math.inf, high: float = math.inf, above: bool = False) -> Callable[[str], float]:
    """The type of a finite number from `low` (or, with `above`, greater than it) to `high`."""

    def convert(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not low <= value <= high or math.isinf(value) or (above and value == low):
            raise argparse.ArgumentTypeError(f"{value:g} is out of range ({_range(low, high, above)})")
        return value

    return convert


def integer(low: int, high: float = math.inf) -> Callable[[str], int]:
    """The type of a whole number from `low` to `high`."""

    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{value} is out of range ({_range(low, high)})")
        return value

    return convert


def _range(low: float, high: float, above: bool = False) -> str:
    if math.isinf(high):
        return f"greater than {low:g}" if above else f"{low:g} or more"
    return f"greater than {low:g}, at most {high:g}" if above else f"{low:g} to {high:g}"


def size(largest: int = 16384) -> Callable[[str], tuple[int, int]]:
    """The type of WIDTHxHEIGHT in pixels, such as 1920x1080: (width, height)."""

    def convert(text: str) -> tuple[int, int]:
        try:
            width, height = (int(side) for side in _not_empty(text).lower().split("x"))
        except ValueError:
            width = height = 0
        if not (1 <= width <= largest and 1 <= height <= largest):
            raise argparse.ArgumentTypeError(f"{text!r} is not a size like 1920x1080 with sides from 1 to {largest}")
        return width, height

    return convert


def names(least: int = 0) -> Callable[[str], list[str]]:
    """The type of names separated by commas; repeated ones count once."""

    def convert(text: str) -> list[str]:
        found = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
        if len(found) < least:
            raise argparse.ArgumentTypeError(f"name at least {'one' if least == 1 else least}")
        return found

    return convert


def add_model(parser: argparse.ArgumentParser, text: str = "") -> None:
    """Adds --model and --strength. text: begins the help of --model."""
    add = parser.add_argument
    add("--model", default="balanced", help=f"{text}fast, balanced (default), best, or an .onnx file")
    add(
        "--strength", type=number(0, 2), default=1.0, metavar="S",
        help="factor on the correction, 0 (off) to 2; default 1",
    )  # fmt: skip


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `sharpen` and `batch`: model, size, video encoder and audio."""
    add = parser.add_argument
    add_model(parser)
    add(
        "--stream", choices=("auto", "any", *STREAMS), default="auto",
        help="what happened to the video: full (compressed at full size), starved (very few bits), blurred (motion "
        "blur or out of focus), noisy (low light), small (compressed small and enlarged), aliased (downscaled without "
        "a filter), resized (enlarged only), any (general); a model need not have all of them; auto (default) chooses "
        "by the pictures",
    )  # fmt: skip
    enlarge = parser.add_mutually_exclusive_group()
    enlarge.add_argument(
        "--height", type=integer(1, 16384), metavar="ROWS",
        help="enlarge to this height before sharpening, 1 to 16384 rows of the upright picture",
    )  # fmt: skip
    enlarge.add_argument(
        "--scale", type=number(1, 8), metavar="FACTOR", help="enlarge by this factor before sharpening, 1 to 8"
    )
    add(
        "--codec", metavar="NAME",
        help="h264, h265, vp8, vp9, av1, ffv1 (lossless), ...; h264_nvenc, hevc_qsv, ... of a GPU, or auto-hw for the "
        "first of H.264 that works; default: by the output file",
    )  # fmt: skip
    add("--crf", type=int, metavar="N", help="constant rate factor, lower is better; h264: 0 to 51, default 18")
    add(
        "--preset", metavar="NAME",
        help="speed preset of h264, h265 or av1, such as ultrafast; default: the slowest that keeps real time",
    )  # fmt: skip
    audio = parser.add_mutually_exclusive_group()
    audio.add_argument("--audio", metavar="CODEC", help="encode audio as aac, opus, mp3 or flac; default: copy it")
    audio.add_argument("--no-audio", dest="audio", action="store_const", const="none", help="leave the audio out")


def add_device(parser: argparse.ArgumentParser) -> None:
    """Adds --device."""
    parser.add_argument(
        "--device", choices=("cpu", "gpu", "npu", "auto"), default="cpu",
        help="where the network runs: cpu (default), gpu, npu, or auto (a GPU if one works, else an NPU, else the CPU)",
    )  # fmt: skip


def add_threads(parser: argparse.ArgumentParser, text: str, default: int | None = None) -> None:
    """Adds --threads. text: whose threads they are."""
    usual = "2, or 1 on a single CPU" if default is None else default
    parser.add_argument(
        "--threads", type=integer(1, 256), default=default, metavar="N",
        help=f"threads of {text}, 1 to 256; default {usual}",
    )  # fmt: skip

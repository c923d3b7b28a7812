"""The command `crispen`: finds the subcommand, runs it, and turns a user's mistake into one line."""

from __future__ import annotations

import importlib
import os
import sys
import traceback

from crispen import __version__
from crispen.apps.arguments import Parser
from crispen.apps.signals import interruptible
from crispen.apps.streams import drop, standard_streams
from crispen.errors import CrispenError, describe_error, out_of_memory

_BUG = 70  # EX_SOFTWARE of sysexits.h

# name -> one line of help; each lives in crispen.apps.<name> as add_arguments(parser) and run(args) -> exit status.
COMMANDS = {
    "sharpen": "sharpen an image, a video, a folder or a YUV4MPEG2 stream",
    "live": "sharpen a camera, a stream or a file as it comes",
    "serve": "sharpen the video of browsers over WebRTC: a page, WHIP and WHEP",
    "batch": "sharpen an archive: any number of videos and pictures, on one machine or a Ray cluster",
    "compare": "show two pictures or videos in one page, with a divider",
    "models": "list the shipped models: size, cost, quality, speed, licence",
    "doctor": "say what this machine has and what is missing for what",
    "bench": "measure speed on this machine",
    "eval": "measure quality: CallBench, on models, filters and any program",
    "study": "ask people blindly which pictures they prefer",
    "data": "build training pairs from a folder of pictures and videos",
    "teach": "train the teacher",
    "distill": "train a student, with or without a teacher",
    "route": "fit what chooses among a student's sets of weights",
    "export": "write a model for a platform: ONNX, OpenVINO, LiteRT, the browser, mpv",
}


def main(argv: list[str] | None = None) -> int:
    """Runs `crispen ARGV...`; returns the exit status.

    0 done, 1 failed, 2 wrong usage, 70 a bug of ours (CRISPEN_DEBUG=1 shows where), 130 interrupted.
    """
    with standard_streams(), interruptible():
        try:
            return _run(sys.argv[1:] if argv is None else argv)
        except KeyboardInterrupt:
            print("crispen: interrupted; nothing half-written was left behind", file=sys.stderr)
            return 130
        except Exception as error:
            if os.environ.get("CRISPEN_DEBUG"):
                traceback.print_exc()
            if not isinstance(error, BrokenPipeError):  # the reader left: nothing more to say
                print(f"crispen: {describe_error(error)}", file=sys.stderr)
            if isinstance(error, OSError):
                _keep_output_quiet()
            expected = isinstance(error, OSError) or out_of_memory(error)
            return error.exit_status if isinstance(error, CrispenError) else 1 if expected else _BUG


def _run(argv: list[str]) -> int:
    parser = Parser(prog="crispen", description="Sharpens the soft video of a bad call.")
    parser.add_argument("--version", action="version", version=f"crispen {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = next((word for word in argv if word in COMMANDS), None)
    for name, text in COMMANDS.items():
        subparser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == asked:  # only the asked command is imported: `sharpen` never loads torch
            module = importlib.import_module(f"crispen.apps.{name}")
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run)
    try:
        args = parser.parse_args(argv)
        status = args.run(args) or 0
    except SystemExit:  # how argparse ends
        sys.stdout.flush()
        raise
    sys.stdout.flush()  # here, where a failure can still be told
    return status


def _keep_output_quiet() -> None:
    """What standard output holds and cannot write is dropped."""
    try:
        sys.stdout.flush()
    except OSError:
        drop(sys.stdout)

"""The command `crispen`: runs a subcommand, and reports a user error in one line."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Container

from crispen import __version__
from crispen.apps.shared.arguments import Parser
from crispen.apps.shared.process_setup import drop, interruptible, standard_streams
from crispen.errors import CrispenError, describe_error, out_of_memory

_BUG = 70  # EX_SOFTWARE of sysexits.h

# Name -> one line of help. Module crispen.apps.<name> has add_arguments(parser) and run(args) -> exit status.
COMMANDS = {
    "sharpen": "sharpen a picture, a video, a folder or a YUV4MPEG2 stream",
    "live": "sharpen a camera, a network stream or a file in real time",
    "serve": "sharpen video over WebRTC: a web page, WHIP and WHEP",
    "web": "sharpen in the browser: serve the page, or write the page and the extension into a folder",
    "batch": "sharpen an archive: any number of videos and pictures, on one machine or a Ray cluster",
    "compare": "write an HTML page that compares two pictures or videos",
    "models": "list the shipped models: size, cost, quality, speed, licence",
    "doctor": "list what this machine has, and which optional packages are missing",
    "bench": "measure speed on this machine",
    "eval": "measure quality with CallBench: models, filters and other programs",
    "study": "make and score a blind study of which pictures people prefer",
    "data": "build training pairs from a folder of pictures and videos",
    "teach": "train the teacher",
    "distill": "train a student, with or without a teacher",
    "route": "train the router that chooses among the experts of a model",
    "export": "write a model for a platform: ONNX, OpenVINO, LiteRT, the browser, mpv",
}


def main(argv: list[str] | None = None) -> int:
    """Runs `crispen ARGV...`.

    Returns:
        The exit status: 0 done, 1 failed, 2 usage error, 70 internal error (CRISPEN_DEBUG=1 prints the traceback), 130
        interrupted.

    Raises:
        SystemExit: As argparse does, after --help (status 0) and for arguments that it cannot parse (status 2).
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
            if not isinstance(error, BrokenPipeError):  # the reader of standard output has left
                print(f"crispen: {describe_error(error)}", file=sys.stderr)
            if isinstance(error, OSError):
                _keep_output_quiet()
            expected = isinstance(error, OSError) or out_of_memory(error)
            return error.exit_status if isinstance(error, CrispenError) else 1 if expected else _BUG


def make_parser(names: Container[str]) -> Parser:
    """The parser of `crispen`. Only the commands in `names` are imported and have arguments."""
    parser = Parser(prog="crispen", description="Sharpens the soft video of a bad call.")
    parser.add_argument("--version", action="version", version=f"crispen {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        subparser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name in names:
            module = importlib.import_module(f"crispen.apps.{name}")
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run)
            parser.help_command = f"{subparser.prog} --help"
    return parser


def _run(argv: list[str]) -> int:
    asked = next((word for word in argv if word in COMMANDS), None)
    parser = make_parser({asked})  # `sharpen` never loads torch
    try:
        args = parser.parse_args(argv)
        status = args.run(args) or 0
    except SystemExit:  # from argparse
        sys.stdout.flush()
        raise
    sys.stdout.flush()  # here, where a failure can still be reported
    return status


def _keep_output_quiet() -> None:
    """Discards what standard output has buffered if it cannot be written."""
    try:
        sys.stdout.flush()
    except OSError:
        drop(sys.stdout)

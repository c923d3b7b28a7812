"""`crispen sharpen IN [OUT]`: a picture, a video, a folder or a YUV4MPEG2 stream."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from crispen.apps.shared.arguments import add_device, add_file_options, add_threads
from crispen.apps.shared.terminal import FrameProgress
from crispen.errors import UsageError, one_line

if TYPE_CHECKING:
    from crispen.files.file_config import FileConfig
    from crispen.files.result import Failure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="picture, video or folder, or - for YUV4MPEG2 on standard input")
    add("output", metavar="OUT", nargs="?", help="default: IN.crisp.EXT beside IN; - writes YUV4MPEG2 to stdout")
    add_file_options(parser)
    add_threads(parser, "the engine and of the encoder each")
    add("--engine", choices=("auto", "openvino", "onnxruntime"), default="auto", help="default: auto")
    add_device(parser)
    add(
        "--precision", choices=("auto", "int8", "f32", "bf16"), default="auto",
        help="of the network; auto (default) is int8 for the shipped models",
    )  # fmt: skip
    add("--compare", action="store_true", help="also write a comparison, before beside after, as IN.compare.EXT")
    add("--json", action="store_true", help="print the outcome as one JSON object on standard output")
    add("--overwrite", action="store_true", help="replace outputs that exist")
    add("--quiet", action="store_true", help="print errors only")


def run(args: argparse.Namespace) -> int:
    """Returns 0, or 1 if a file of a folder failed."""
    from crispen.files.sharpen_files import sharpen_file

    _check_streams(args)
    config = _config(args)
    with FrameProgress(args.quiet) as progress:
        if args.input != "-" and Path(args.input).is_dir():
            return _sharpen_folder(args, config, progress)
        result = sharpen_file(args.input, args.output, config=config, progress=progress)
    if not args.quiet:
        print(one_line(result.as_text()), file=sys.stderr)
    if args.json:
        print(json.dumps(result.as_dict()))
    return 0


def _config(args: argparse.Namespace) -> FileConfig:
    from crispen.files.file_config import FileConfig

    return FileConfig(**{field.name: getattr(args, field.name) for field in fields(FileConfig)})


def _check_streams(args: argparse.Namespace) -> None:
    """Raises UsageError for standard streams that are terminals, or that cannot take what is asked for."""
    to_stdout = args.output == "-" or (args.output is None and args.input == "-")
    if to_stdout and args.input != "-" and Path(args.input).is_dir():
        raise UsageError("a folder cannot go to standard output; name a folder as OUT")
    if to_stdout and (args.json or args.compare):
        raise UsageError(f"--{'json' if args.json else 'compare'} cannot go with YUV4MPEG2 on standard output")
    if to_stdout and sys.stdout.isatty():
        raise UsageError("OUT - writes raw video; send it to a file or a pipe, not to the terminal")
    if args.input == "-" and sys.stdin.isatty():
        raise UsageError("IN - reads raw video; pipe it in")


def _sharpen_folder(args: argparse.Namespace, config: FileConfig, progress: FrameProgress) -> int:
    from crispen.files.sharpen_files import sharpen_folder

    def failed(failure: Failure) -> None:
        progress.print(f"crispen: {failure.error}", always=True)

    result = sharpen_folder(
        args.input, args.output, config=config, progress=progress,
        on_result=lambda done: progress.print(one_line(done.as_text())), on_failure=failed,
    )  # fmt: skip
    progress.print(one_line(result.as_text()))
    if args.json:
        print(json.dumps(result.as_dict()))
    return 1 if result.failed else 0

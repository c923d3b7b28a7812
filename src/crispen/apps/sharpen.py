"""`crispen sharpen IN [OUT]`: an image, a video, a folder or a YUV4MPEG2 stream."""

from __future__ import annotations

import argparse
import functools
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from crispen.errors import one_line

STREAMS = ("full", "blurred", "noisy", "small", "aliased", "resized")
SOUND = ("aac", "opus", "mp3", "flac")
_STREAM_HELP = (
    "weights for what happened to the video: full (compressed at full size), blurred (moved or out of focus), noisy "
    "(low light), small (compressed small and scaled up), aliased (scaled down without a filter), resized (scaled "
    "only), any, or auto (default), which looks at the pictures"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="image, video, folder, or - for YUV4MPEG2 on standard input")
    add("output", metavar="OUT", nargs="?", help="default: IN.crisp.EXT beside IN; - writes YUV4MPEG2")
    add("--model", default="balanced", help="fast, balanced (default), best, or an .onnx file")
    add("--stream", choices=("auto", "any", *STREAMS), default="auto", help=_STREAM_HELP)
    add("--look", choices=("natural", "vivid"), default="natural", help="vivid: crisper to the eye, less faithful")
    add("--strength", type=_strength, default=1.0, metavar="S", help="0 (nothing) to 2 (double); default 1")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--height", type=_rows, metavar="H", help="enlarge to H rows first, as displayed")
    size.add_argument("--scale", type=_factor, metavar="F", help="enlarge F times (1 to 8) first")
    add("--codec", metavar="NAME", help="h264, h265, vp8, vp9, av1, ffv1 (lossless), ... ; default: what fits OUT")
    add("--crf", type=int, metavar="N", help="quality of the codec, lower is better; default 18 for h264")
    add("--preset", metavar="NAME", help="speed of h264, h265 or av1, such as ultrafast; default: what keeps up")
    add_audio(parser)
    add("--threads", type=_threads, metavar="N", help="threads of each stage (default: 2, or 1 on one core)")
    add("--engine", choices=("auto", "openvino", "onnxruntime"), default="auto")
    add(
        "--precision",
        choices=("auto", "int8", "f32", "bf16"),
        default="auto",
        help="default: int8 where there is a choice",
    )
    add("--compare", action="store_true", help="also write before | after as IN.compare.EXT")
    add("--json", action="store_true", help="one JSON object about the outcome on standard output")
    add("--overwrite", action="store_true", help="replace files that exist")
    add("--quiet", action="store_true", help="say nothing but errors")


def add_audio(parser: argparse.ArgumentParser) -> None:
    """What becomes of sound: copied unless one of these is given."""
    sound = parser.add_mutually_exclusive_group()
    sound.add_argument("--audio", choices=SOUND, help="encode the sound of videos anew; default: it is copied")
    sound.add_argument("--no-audio", dest="audio", action="store_const", const="none", help="leave the sound out")


def run(args: argparse.Namespace) -> int:
    """Returns 0, or 1 if a file of a folder failed; raises CrispenError for anything else that goes wrong."""
    return Job(args).run()


class Job:
    """One call of `crispen sharpen`; the engine is opened for the first file that needs it."""

    def __init__(self, args: argparse.Namespace):
        from crispen.cpus import default_threads
        from crispen.files.file_config import Options
        from crispen.files.folder import crisp_name, named_target
        from crispen.media.output_size import Enlargement
        from crispen.video.video_encoder import find_encoder

        self.args = args
        threads = args.threads or default_threads()
        encoder = find_encoder(args.codec) if args.codec else None
        enlargement = Enlargement(args.scale if args.scale != 1 else None, args.height)
        self.options = Options(
            args.strength, enlargement, encoder, args.crf, args.preset, threads, args.overwrite, args.compare,
            args.audio,
        )  # fmt: skip
        self.source = None if args.input == "-" else Path(args.input)
        output = args.output if args.output is not None or self.source is not None else "-"
        if output is None:
            assert self.source is not None
            self.target = crisp_name(self.source)
        elif output == "-":
            self.target = None
        else:
            self.target = named_target(output, self.source)
        self._check_usage()

    def _check_usage(self) -> None:
        from crispen.errors import UsageError

        args = self.args
        if self.target is None and (args.json or args.compare):
            raise UsageError(f"--{'json' if args.json else 'compare'} cannot go with YUV4MPEG2 on standard output")
        if self.target is None and sys.stdout.isatty():
            raise UsageError("OUT - writes raw video; send it to a file or a pipe, not to the terminal")
        if self.source is None and sys.stdin.isatty():
            raise UsageError("IN - reads raw video; pipe it in")
        if args.compare and args.strength == 0:
            raise UsageError("--compare has nothing to show at --strength 0")
        if self.source is not None and self.target is not None:
            self._refuse_source(self.source, self.target)

    def _refuse_source(self, source: Path, target: Path) -> None:
        """Raises UsageError if `target`, or the comparison beside it, is `source`."""
        from crispen.files.folder import compare_name
        from crispen.media.source_guard import SourceGuard

        sources = SourceGuard([source])
        for path in [target, *([compare_name(target)] if self.options.compare and not source.is_dir() else [])]:
            sources.refuse(path)

    def run(self) -> int:
        from crispen.files.folder import each_file

        if self.source is None or not self.source.is_dir():
            report = self._file(self.source, self.target)
            self._say(report.line())
            if self.args.json:
                print(json.dumps(report.as_dict()))
            return 0
        return self._folder(each_file)

    def _file(self, source: Path | None, target: Path | None):
        """Sharpens one file, or what comes out of a pipe, and returns its Report."""
        from crispen.media.atomic_output import check_writable
        from crispen.media.pipe_spool import seekable_path

        if source is None:
            return self.sharpen(None, target)
        if target is not None:  # before a pipe is read to its end
            check_writable(target, self.options.overwrite)
        with seekable_path(source) as file:
            return replace(self.sharpen(file, target), source=str(source))

    def _folder(self, each_file) -> int:
        from crispen.errors import UsageError

        assert self.source is not None
        if self.target is None:
            raise UsageError("a folder cannot go to standard output")
        reports = []

        def do(source: Path, target: Path) -> None:
            self._refuse_source(source, target)
            reports.append(self.sharpen(source, target))
            self._say(reports[-1].line())

        done, skipped, failed = each_file(
            self.source, self.target, self.options.overwrite, do, lambda text: print(text, file=sys.stderr)
        )
        self._say(f"{self.source} -> {self.target}: {done} sharpened, {skipped} done before, {len(failed)} failed")
        if self.args.json:
            failures = [{"source": source, "error": error} for source, error in failed]
            items = [report.as_dict() for report in reports]
            print(json.dumps({"items": items, "skipped": skipped, "failed": failures}))
        return 1 if failed else 0

    def sharpen(self, source: Path | None, target: Path | None):
        """Sharpens one file and returns its Report."""
        from crispen.errors import UsageError
        from crispen.files.folder import compare_name
        from crispen.files.image_file import sharpen_picture
        from crispen.files.progress import Progress
        from crispen.files.video_file import sharpen_movie
        from crispen.media.file_type import detect_file_type

        kind = "y4m" if source is None else detect_file_type(source)
        if kind == "image" and target is None:
            raise UsageError(f"{source} is a picture; OUT - is for videos")
        if self.options.is_copy and source is not None and target is not None:
            report = self._copy(source, target, kind)
            if report is not None:
                return report
        compare = compare_name(target) if self.options.compare and target is not None else None
        if kind == "image" and source is not None and target is not None:
            report = sharpen_picture(source, target, compare, self.sharpener, self.options)
        else:
            label = one_line(source.name) if source is not None else "standard input"
            report = sharpen_movie(
                source, target, compare, self.sharpener, self.options,
                lambda total: Progress(label, total, quiet=self.args.quiet),
            )  # fmt: skip
        look = "" if self.args.look == "natural" else f"-{self.args.look}"
        return replace(report, model=Path(self.args.model).stem + look)

    def _copy(self, source: Path, target: Path, kind: str):
        """Strength 0: the file as it is, or its streams in another container; None if that takes new pixels."""
        from crispen.files.result import Report
        from crispen.media.atomic_output import atomic_file
        from crispen.media.conversion_notes import ConversionNotes
        from crispen.media.error_messages import explain_write_errors
        from crispen.video.remux import has_timestamps, remux

        changes = kind == "video" and self.options.audio is not None
        same = source.suffix.lower() == target.suffix.lower() and not changes
        if not same and (kind != "video" or target.suffix.lower() == ".y4m"):
            return None
        if not same and not has_timestamps(source):
            return None
        notes = ConversionNotes()
        with atomic_file(target, self.options.overwrite) as part, explain_write_errors(target):
            if same:
                shutil.copyfile(source, part)
            else:
                remux(source, part, notes, self.options.audio, target)
        kind = "image" if kind == "image" else "video"
        return Report(str(source), str(target), kind, self.args.model, kept=notes.kept, lost=notes.lost)

    @functools.cached_property
    def sharpener(self):
        from crispen.files.file_config import Untouched

        if self.args.strength == 0:
            return Untouched(self.options.threads)
        from crispen.runtime.sharpener import Sharpener

        args = self.args
        threads = self.options.threads
        return Sharpener(args.model, args.engine, threads, args.strength, args.precision, args.stream, args.look)

    def _say(self, text: str) -> None:
        if not self.args.quiet:
            print(one_line(text), file=sys.stderr)


def _strength(text: str) -> float:
    return _between(float(text), 0, 2)


def _factor(text: str) -> float:
    return _between(float(text), 1, 8)


def _rows(text: str) -> int:
    return int(_between(int(text), 1, 16384))


def _threads(text: str) -> int:
    return int(_between(int(text), 1, 256))


def _between(value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{value:g} is out of range ({low} to {high})")
    return value

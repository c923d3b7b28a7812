"""Runs a command on one damaged file in a separate process, and lists the faults of the outcome."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mutations import MUTATIONS, mutate

SECONDS, MEMORY = 60, 3 << 30  # limits of a case: seconds, bytes
ENTRIES = {"sharpen": 0.7, "copy": 0.1, "compare": 0.1, "live": 0.1}  # share of the cases
PICTURES = {".png", ".jpg", ".webp", ".tiff", ".tif", ".bmp", ".ppm", ".pgm", ".avif", ".jp2", ".gif"}


@dataclass(frozen=True)
class Case:
    """A damaged file. `number` determines the seed file, the mutation, its position and the command (ENTRIES)."""

    number: int
    seed: str
    mutation: str
    entry: str = "sharpen"

    @property
    def file_name(self) -> str:
        return f"{self.number}-{self.entry}-{self.mutation}-{self.seed}"


def case_of(number: int, seeds: dict[str, bytes]) -> tuple[Case, bytes]:
    """The case `number` and the bytes of its file."""
    rng = np.random.default_rng(number)
    seed, mutation = str(rng.choice(sorted(seeds))), str(rng.choice(sorted(MUTATIONS)))
    data = mutate(seeds[seed], mutation, rng)
    return Case(number, seed, mutation, str(rng.choice(list(ENTRIES), p=list(ENTRIES.values())))), data


def faults(case: Case, data: bytes, folder: Path) -> list[str]:
    """Runs the command on the file; returns the faults of the outcome, [] if there are none."""
    source, target = folder / case.file_name, folder / ("out" + _suffix(case))
    source.write_bytes(data)
    status, text = _forked(lambda: _command(case.entry, source, target), folder.parent / f"said-{os.getpid()}")
    if status == 0:  # `compare` prints a line for each file
        text = "".join(line for line in text.splitlines(keepends=True) if case.file_name not in line)
    found = list(_faults_of_words(status, text))
    left = sorted(path.name for path in folder.iterdir() if path not in (source, target))
    if left:
        found.append(f"files left behind: {left}")
    if source.read_bytes() != data:
        found.append("the input was changed")
    if status == 0 and target.exists():
        found += _faults_of_result(source, target, folder) if case.entry == "sharpen" else []
    elif status == 0:
        found.append("status 0 without an output")
    elif target.exists():
        found.append(f"status {status} with an output")
    for path in (source, target):
        path.unlink(missing_ok=True)
    return found


def _suffix(case: Case) -> str:
    """Suffix of an output format that can hold the contents of the seed file."""
    suffix = {".heic": ".jpg"}.get(Path(case.seed).suffix, Path(case.seed).suffix)  # HEIC is not written
    if case.entry == "compare":
        return ".html"
    return suffix if (suffix in PICTURES or suffix == ".y4m") and case.entry != "live" else ".mkv"


def _faults_of_words(status: int, text: str) -> Iterator[str]:
    lines = text.splitlines()
    if status < 0:
        yield f"ended by {'the time limit' if -status == signal.SIGALRM else signal.Signals(-status).name}"
    if "Traceback" in text:
        yield f"traceback: {lines[-1]}"
    elif status == 0 and lines:
        yield f"extra output: {lines[0]}"
    elif status > 0 and (len(lines) != 1 or not lines[0].startswith("crispen: ")):
        yield f"status {status} with {len(lines)} lines: {lines[:2]}"
    elif status not in (0, 1, 2) and status > 0:
        yield f"status {status}: {lines[0]}"


def _faults_of_result(source: Path, target: Path, folder: Path) -> Iterator[str]:
    if target.suffix in PICTURES:
        status, text = _forked(lambda: _open_picture(target), folder.parent / f"said-{os.getpid()}")
        if status:
            yield f"the output cannot be read: {text.splitlines()[-1:]}"
        return
    counts = [
        _forked(lambda path=path: _count(path), folder.parent / f"said-{os.getpid()}") for path in (source, target)
    ]
    if counts[1][0] or not counts[1][1].strip().isdigit():
        yield f"the output cannot be read: {counts[1][1].splitlines()[-1:]}"
    elif counts[0][0] == 0 and counts[0][1] != counts[1][1]:
        yield f"{counts[0][1].strip()} frames can be decoded, {counts[1][1].strip()} were written"


def _command(entry: str, source: Path, target: Path) -> int:
    from crispen.apps.cli import main

    # A child of a fork may not open OpenVINO if its parent has used it, which other tests do.
    how = ["--model", "fast", "--engine", "onnxruntime", "--threads", "1", "--quiet"]
    sharpen = ["sharpen", str(source), str(target), *how]
    return main(
        {
            "sharpen": sharpen,
            "copy": [*sharpen, "--strength", "0"],
            "compare": ["compare", str(source), str(source), "-o", str(target)],
            "live": ["live", str(source), str(target), "--model", "fast", "--threads", "1", "--quiet"],
        }[entry]
    )


def _open_picture(path: Path) -> int:
    from PIL import Image

    with Image.open(path) as image:
        image.load()
    return 0


def _count(path: Path) -> int:
    """Prints the number of decodable frames of the first video stream. Packets that fail are skipped."""
    import av

    frames = 0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        with contextlib.suppress(av.FFmpegError):
            for packet in container.demux(stream):
                with contextlib.suppress(av.FFmpegError):
                    frames += len(packet.decode())
    print(frames)
    return 0


def _forked(work: Callable[[], int], said: Path) -> tuple[int, str]:
    """Runs `work` in a forked process with limits; returns (exit status or minus the signal, printed text)."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            sys.stdout = sys.stderr = os.fdopen(2, "w", closefd=False)  # a test runner may have replaced them
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            status = work()
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:
            import traceback

            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)
    return _reaped(child), said.read_text(errors="replace")


def _reaped(child: int) -> int:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGALRM

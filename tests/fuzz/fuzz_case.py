"""One damaged file through a command in a process of its own, and what is wrong with the outcome."""

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

SECONDS, MEMORY = 60, 3 << 30  # of one case
ENTRIES = {"sharpen": 0.7, "copy": 0.1, "compare": 0.1, "live": 0.1}  # share of the cases
PICTURES = {".png", ".jpg", ".webp", ".tiff", ".tif", ".bmp", ".ppm", ".pgm", ".avif", ".jp2", ".gif"}


@dataclass(frozen=True)
class Case:
    """A damaged file: `number` alone decides the seed file, the mutation, where it strikes and one of ENTRIES."""

    number: int
    seed: str
    mutation: str
    entry: str = "sharpen"

    @property
    def file_name(self) -> str:
        return f"{self.number}-{self.entry}-{self.mutation}-{self.seed}"


def case_of(number: int, seeds: dict[str, bytes]) -> tuple[Case, bytes]:
    """The case `number` and its bytes."""
    rng = np.random.default_rng(number)
    seed, mutation = str(rng.choice(sorted(seeds))), str(rng.choice(sorted(MUTATIONS)))
    data = mutate(seeds[seed], mutation, rng)
    return Case(number, seed, mutation, str(rng.choice(list(ENTRIES), p=list(ENTRIES.values())))), data


def faults(case: Case, data: bytes, folder: Path) -> list[str]:
    """What is wrong with how the command took the file; an empty list if nothing is."""
    source, target = folder / case.file_name, folder / ("out" + _suffix(case))
    source.write_bytes(data)
    status, text = _forked(lambda: _command(case.entry, source, target), folder.parent / f"said-{os.getpid()}")
    if status == 0:  # `compare` says what it made of each file
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
    """A suffix of the output that can hold what the seed holds."""
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
        yield f"noise: {lines[0]}"
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

    sharpen = ["sharpen", str(source), str(target), "--model", "fast", "--threads", "1", "--quiet"]
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
    """Prints how many frames of the first video stream can be decoded; packets that fail are passed over."""
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
    """(exit status, or minus the signal; what was printed) of `work` in a forked process with limits."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            sys.stdout = sys.stderr = os.fdopen(2, "w", closefd=False)  # a test runner may have put others there
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

"""A shell command as a contender: any program can be measured."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from crispen.callbench.contenders.contender import ContenderInput, Failed, all_or_failed, mismatch
from crispen.callbench.contenders.file_exchange import read_pictures, read_video, write_pictures, write_video
from crispen.callbench.hashing import hash_file
from crispen.degrade.resampling import resize_plane
from crispen.errors import CrispenError

PICTURES_PER_RUN = 64
LONGEST_REASON = 200
_PLACE = re.compile(r"\{(input|decoded)(\.rgb|\.y4m)?\}|\{(output)(\.y4m)?\}")


@dataclass(frozen=True)
class ShellContender:
    """A contender whose pictures a shell command makes, in the folder in which Crispen runs.

    The command contains one placeholder for what the program reads and one for what it writes, without quotes:

    - `{input}` and `{output}` are folders. The first holds gray 8-bit PNGs, 00000.png and so on; when the command ends,
      the second must hold a PNG of the same name and size for each. `{input.rgb}` holds PNGs of three equal channels.
      One run gets up to PICTURES_PER_RUN pictures, or all frames of a clip.
    - `{input.y4m}` and `{output.y4m}` are YUV4MPEG2 files, 4:2:0 with gray chroma: one frame, or all frames of a clip.
    - `{decoded}`, `{decoded.rgb}` and `{decoded.y4m}` replace `{input}` for programs that upscale: they hold the
      pictures as they left the decoder, and the program may return any size, which is then scaled to the display size
      with Pillow's LANCZOS.

    Gray levels are those of the luma plane, in video range; color that comes back is converted to luma. A picture that
    is missing, unreadable or of another size fails alone. A run that ends with a status other than 0, or not in time,
    fails the pictures that it has not made.

    Attributes:
        name: Name of its row in the tables.
        command: The command, as described above.
        timeout: Seconds that a run may take for each of its pictures.
        identity: The command, and the hashes of the files and programs that are words of it. Files that these open
            themselves are not known.

    Raises:
        CrispenError: If placeholders are missing or do not belong together.
    """

    name: str
    command: str
    timeout: float = 120.0
    kind: str = field(default="command", init=False)
    mac_per_pixel: float | None = field(default=None, init=False)

    def __post_init__(self):
        places = {match[0]: match for match in _PLACE.finditer(self.command)}
        sources = [match for match in places.values() if match[1]]
        endings = {".y4m" if ".y4m" in place else "" for place in places}
        if len(sources) != 1 or len(places) != 2 or len(endings) != 1:
            raise CrispenError(
                f"the command of {self.name} must contain {{input}} (or {{input.rgb}}, {{decoded}}, {{decoded.rgb}}) "
                f"and {{output}}, or {{input.y4m}} (or {{decoded.y4m}}) and {{output.y4m}}; it contains "
                + (" and ".join(places) or "none of them")
            )

    @cached_property
    def identity(self) -> str:
        hashes = (f"{word} {hash_file(Path(file))}" for word, file in _files(self.command).items())
        return "\n".join(("command", self.command, *hashes))

    @property
    def described(self) -> str:
        scaled = "; what it makes of the decoded picture is scaled to the display's size with Pillow's LANCZOS"
        return f"`{' '.join(self.command.split())}`{scaled * self._from_decoded}"

    @property
    def timed(self) -> ShellContender:
        return self

    def pictures(self, inputs: Iterable[ContenderInput]) -> Iterator[np.ndarray | Failed]:
        waiting = iter(inputs)
        while batch := list(islice(waiting, 1 if self._video else PICTURES_PER_RUN)):
            yield from self._run(batch)

    def clip(self, frames: Sequence[ContenderInput]) -> list[np.ndarray] | Failed:
        return all_or_failed(self._run(frames))

    @property
    def _from_decoded(self) -> bool:
        return "{decoded" in self.command

    @property
    def _video(self) -> bool:
        return "{output.y4m}" in self.command

    def _run(self, inputs: Sequence[ContenderInput]) -> list[np.ndarray | Failed]:
        planes = [picture.decoded if self._from_decoded else picture.received for picture in inputs]
        with tempfile.TemporaryDirectory(prefix="crispen-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            if self._video:
                source, target = folder / "input.y4m", folder / "output.y4m"
                write_video(planes, source)
            else:
                source, target = folder / "input", folder / "output"
                write_pictures(planes, source, rgb=".rgb}" in self.command)
                target.mkdir()
            line = _PLACE.sub(lambda match: shlex.quote(str(target if match[3] else source)), self.command)
            error = _shell(line, self.timeout * len(planes), folder)
            outputs = (read_video if self._video else read_pictures)(target, len(planes))
        fitted = [self._fitted(output, picture) for output, picture in zip(outputs, inputs, strict=True)]
        return [Failed(error) if error and isinstance(output, Failed) else output for output in fitted]

    def _fitted(self, output: np.ndarray | Failed, picture: ContenderInput) -> np.ndarray | Failed:
        if isinstance(output, Failed):
            return output
        if self._from_decoded:
            height, width = picture.received.shape
            return resize_plane(output, height, width, "pil-lanczos")
        return mismatch(output, picture.received) or output


def parse_command(text: str, timeout: float = ShellContender.timeout) -> ShellContender:
    """Parses NAME=COMMAND. Raises CrispenError for text of another form."""
    name, _, command = (part.strip() for part in text.partition("="))
    if not name or not command:
        raise CrispenError(f"{text!r} is not NAME=COMMAND; write for example 'my tool=mytool {{input}} {{output}}'")
    return ShellContender(name, command, timeout)


def _shell(line: str, seconds: float, folder: Path) -> str | None:
    """Runs `line` in a shell and returns one line that says what went wrong, or None.

    On timeout its whole process group is killed.
    """
    shell = shutil.which("bash") or shutil.which("sh")
    if not shell:
        raise CrispenError("a command needs bash or sh, and neither is in PATH; install one")
    errors = folder / "stderr"  # a file: a pipe stays open as long as any grandchild holds it
    with open(errors, "wb") as stderr:
        process = subprocess.Popen(
            [shell, "-c", line],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            if process.returncode is None:
                _kill_group(process)
    if status == 0:
        return None
    happened = f"it took longer than {seconds:g} s" if status is None else f"it ended with status {status}"
    last = errors.read_text("utf-8", "replace").replace(f"{folder}{os.sep}", "").strip().splitlines()[-1:]
    return ": ".join((happened, *last))[:LONGEST_REASON]


def _kill_group(process: subprocess.Popen) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)  # it leads a session, so its group has its number
    else:
        process.kill()
    process.wait()


def _files(command: str) -> dict[str, str]:
    """{word: file} for the words of `command`, or the part after their first `=`, that name a file or a program."""
    splitter = shlex.shlex(command, posix=True, punctuation_chars=True)
    splitter.whitespace_split, splitter.commenters = True, ""
    try:
        words = list(splitter)
    except ValueError:  # quotes that the shell understands and shlex does not
        words = command.split()
    found = {}
    for word in words:
        for part in (word, word.partition("=")[2]):
            path = os.path.expanduser(part)
            file = path if os.path.isfile(path) else shutil.which(path)
            if file:
                found[part] = file
    return found

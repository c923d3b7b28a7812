"""A sharpener that is a shell command: other people's programs as they are."""

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

from crispen.callbench.contenders.contender import Arrived, Failed, unlike
from crispen.callbench.contenders.file_exchange import read_pictures, read_video, write_pictures, write_video
from crispen.callbench.picture_cases import hash_file
from crispen.degrade.resampling import resize_plane
from crispen.errors import CrispenError

AT_ONCE = 64
LONGEST_REASON = 200
_PLACE = re.compile(r"\{(input|decoded)(\.rgb|\.y4m)?\}|\{(output)(\.y4m)?\}")


@dataclass(frozen=True)
class CommandContender:
    """A contender whose pictures a shell command makes, in the folder where Crispen runs.

    command: contains one kind of place for what the program reads and one for what it writes, without quotes:

    - `{input}` and `{output}` are folders. The first holds grey 8-bit PNGs, 00000.png and so on; when the command ends,
      the second must hold a PNG of the same name and size for each. `{input.rgb}` holds PNGs of three equal channels.
      Up to AT_ONCE pictures are handed over in one run, and all frames of a clip.
    - `{input.y4m}` and `{output.y4m}` are YUV4MPEG2 files, 4:2:0 without colour: one frame, or all those of a clip.
    - `{decoded}`, `{decoded.rgb}` and `{decoded.y4m}` stand in the place of `{input}` for programs that scale up: they
      give the pictures as they left the decoder, and take back any size, which is then scaled to the display's with
      Pillow's LANCZOS.

    Grey levels are those of the luma plane, in video range; colour that comes back is taken to luma.
    timeout: seconds that a run may take for each picture in it. A picture that is missing, unreadable or of another
    size fails alone; a run that ends with another status than 0, or not in time, fails what it has not made by then.
    identity: the command, and the hashes of the files and programs that are words of it; what those open by themselves
    it cannot know. Raises CrispenError if the places are missing or do not belong together.
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
    def timed(self) -> CommandContender:
        return self

    def pictures(self, arrived: Iterable[Arrived]) -> Iterator[np.ndarray | Failed]:
        arrived = iter(arrived)
        while batch := list(islice(arrived, 1 if self._video else AT_ONCE)):
            yield from self._run(batch)

    def clip(self, frames: Sequence[Arrived]) -> list[np.ndarray] | Failed:
        outputs = []
        for output in self._run(frames):
            if isinstance(output, Failed):
                return output
            outputs.append(output)
        return outputs

    @property
    def _from_decoded(self) -> bool:
        return "{decoded" in self.command

    @property
    def _video(self) -> bool:
        return "{output.y4m}" in self.command

    def _run(self, arrived: Sequence[Arrived]) -> list[np.ndarray | Failed]:
        planes = [picture.decoded if self._from_decoded else picture.received for picture in arrived]
        with tempfile.TemporaryDirectory(prefix="crispen-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            if self._video:
                given, made = folder / "input.y4m", folder / "output.y4m"
                write_video(planes, given)
            else:
                given, made = folder / "input", folder / "output"
                write_pictures(planes, given, rgb=".rgb}" in self.command)
                made.mkdir()
            line = _PLACE.sub(lambda match: shlex.quote(str(made if match[3] else given)), self.command)
            complaint = _shell(line, self.timeout * len(planes), folder)
            outputs = (read_video if self._video else read_pictures)(made, len(planes))
        fitted = [self._fitted(output, picture) for output, picture in zip(outputs, arrived, strict=True)]
        return [Failed(complaint) if complaint and isinstance(output, Failed) else output for output in fitted]

    def _fitted(self, output: np.ndarray | Failed, picture: Arrived) -> np.ndarray | Failed:
        if isinstance(output, Failed):
            return output
        if self._from_decoded:
            height, width = picture.received.shape
            return resize_plane(output, height, width, "pil-lanczos")
        return unlike(output, picture.received) or output


def parse_command(text: str, timeout: float = CommandContender.timeout) -> CommandContender:
    """The contender that NAME=COMMAND describes; raises CrispenError for text that is not of that form."""
    name, _, command = (part.strip() for part in text.partition("="))
    if not name or not command:
        raise CrispenError(f"{text!r} is not NAME=COMMAND; write for example 'my tool=mytool {{input}} {{output}}'")
    return CommandContender(name, command, timeout)


def _shell(line: str, seconds: float, folder: Path) -> str | None:
    """Runs `line` in a shell, and says in one line what went wrong. Nothing it started lives on if it is cut short."""
    shell = shutil.which("bash") or shutil.which("sh")
    if not shell:
        raise CrispenError("a command needs bash or sh, and there is neither in PATH; install one")
    errors = folder / "stderr"  # a file: a pipe would be waited for as long as any grandchild holds it
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
        os.killpg(process.pid, signal.SIGKILL)  # a session of its own: its group bears its number
    else:
        process.kill()
    process.wait()


def _files(command: str) -> dict[str, str]:
    """{word: file} for the words of `command`, or what follows their first `=`, that name a file or a program."""
    splitter = shlex.shlex(command, posix=True, punctuation_chars=True)
    splitter.whitespace_split, splitter.commenters = True, ""
    try:
        words = list(splitter)
    except ValueError:  # the shell may see sense in quotes that this does not
        words = command.split()
    found = {}
    for word in words:
        for part in (word, word.partition("=")[2]):
            path = os.path.expanduser(part)
            file = path if os.path.isfile(path) else shutil.which(path)
            if file:
                found[part] = file
    return found

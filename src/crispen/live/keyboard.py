"""Reads keys from the terminal without blocking."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from types import TracebackType

HELP = "keys: + - strength, m model, s split, left right divider, p snapshot, q quit, ? this"
_ARROWS = {"\x1b[D": "left", "\x1b[C": "right", "\x1bOD": "left", "\x1bOC": "right", "\xe0K": "left", "\xe0M": "right"}


class Keyboard:
    """A context in which the terminal delivers each key at once and does not echo it. Ctrl-C still interrupts.

    Attributes:
        there: Whether there is a terminal to read; not if another process group is in its foreground.
    """

    def __enter__(self) -> Keyboard:
        self._before = None
        self.there = sys.stdin is not None and sys.stdin.isatty()
        if sys.stdin and self.there and sys.platform != "win32":
            import termios
            import tty

            self._descriptor = sys.stdin.fileno()
            self.there = os.tcgetpgrp(self._descriptor) == os.getpgrp()  # else a read stops the process
            if self.there:
                self._before = termios.tcgetattr(self._descriptor)
                tty.setcbreak(self._descriptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None and sys.platform != "win32":
            import termios

            with suppress(termios.error):  # the terminal is gone
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def pressed(self) -> list[str]:
        """The keys since the last call: one character each, or "left" and "right"."""
        return parse_keys(self._read()) if self.there else []

    def _read(self) -> str:
        if sys.platform == "win32":
            import msvcrt

            text = ""
            while msvcrt.kbhit():
                text += msvcrt.getwch()
            return text
        import select

        if not select.select([self._descriptor], [], [], 0)[0]:
            return ""
        try:
            return os.read(self._descriptor, 256).decode(errors="ignore")
        except OSError:  # the terminal is gone
            return ""


def parse_keys(text: str) -> list[str]:
    """The keys in a terminal's input: arrows by name, without other escape sequences."""
    found = []
    while text:
        arrow = next((code for code in _ARROWS if text.startswith(code)), None)
        if arrow:
            found.append(_ARROWS[arrow])
        elif text[0] not in "\x1b\xe0\x00":
            found.append(text[0])
        text = text[len(arrow or "x") :]
    return found

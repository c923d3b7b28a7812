"""How the words of a command are read, beyond what argparse does by itself."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from crispen.errors import one_line

_SHIELD = "\0"  # no word of a command line has it


class Parser(argparse.ArgumentParser):
    """Options may stand between the positional arguments, and a name may not be empty: "" would be this folder."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self._whole = True  # neither a parser of subcommands nor at work already
        self.register("type", Path, lambda text: Path(_named(text)))
        self.register("type", None, _named)

    def add_subparsers(self, **options):
        self._whole = False
        self.register("type", None, lambda text: text)  # each of a command's words comes by here too
        return super().add_subparsers(**options)

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[override]
        if not self._whole:
            return super().parse_known_args(args, namespace)
        self._whole = False
        try:
            return self.parse_known_intermixed_args(_shielded(sys.argv[1:] if args is None else args), namespace)
        finally:
            self._whole = True

    def error(self, message: str):
        super().error(one_line(message.replace(_SHIELD, "")))


def _shielded(words) -> list[str]:
    """What follows "--" is never an option, which argparse forgets when it reads the rest in a second go."""
    words = list(words)
    end = words.index("--") if "--" in words else len(words)
    return words[:end] + [_SHIELD + word if word[:1] == "-" else word for word in words[end + 1 :]]


def _named(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("is empty; name something")
    return text.removeprefix(_SHIELD)

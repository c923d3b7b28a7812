"""How the words of a command are read, beyond what argparse does by itself."""

from __future__ import annotations

import argparse
from pathlib import Path


class Parser(argparse.ArgumentParser):
    """Options may stand between the positional arguments, and a name may not be empty: "" would be this folder."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self._whole = True  # neither a parser of subcommands nor at work already
        self.register("type", Path, lambda text: Path(_named(text)))
        self.register("type", None, _named)

    def add_subparsers(self, **options):
        self._whole = False
        self.register("type", None, str)  # all words of a command pass through here, and options may take ""
        return super().add_subparsers(**options)

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[override]
        if not self._whole:
            return super().parse_known_args(args, namespace)
        self._whole = False
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._whole = True


def _named(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("is empty; name something")
    return text

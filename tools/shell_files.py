"""Writes shell/: completions for bash, zsh and fish, and the manual page, from the parsers of the command line.

    python tools/shell_files.py            # needs shtab and argparse-manpage
    python tools/shell_files.py --check    # fails if a file is not what the parsers give

The files are committed, so that installing Crispen needs neither package. Help texts differ between versions of Python;
these are those of 3.11.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import shtab
from argparse_manpage.manpage import Manpage

from crispen import __version__
from crispen.apps.cli import COMMANDS, make_parser

FOLDER = Path(__file__).parent.parent / "shell"
_COMPLETIONS = {"crispen.bash": "bash", "_crispen": "zsh", "crispen.fish": "fish"}
_FILES = {"IN", "OUT", "SRC", "DST", "SOURCE", "TARGET", "MODEL"}  # arguments that are files, but not of type Path


def shell_files() -> dict[str, str]:
    """The text of each file by its name."""
    os.environ["COLUMNS"] = "80"  # argparse wraps the usage at the width of the terminal
    parser = make_parser(COMMANDS)
    for action in _actions(parser):
        if action.metavar == "DIR":
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.type is Path or action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    files = {name: shtab.complete(parser, shell) for name, shell in _COMPLETIONS.items()}
    about = {
        "project_name": "crispen",
        "version": __version__,
        "manual_title": "Crispen",
        "authors": ["The Crispen authors"],
    }
    page = Manpage(parser, {**about, "description": "sharpens the soft video of a bad call"}, format="pretty")
    page.date = ""  # that of the release would change the file without a change of its text
    return {name: text.rstrip() + "\n" for name, text in {**files, "crispen.1": str(page)}.items()}


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The actions of a parser and of its subparsers."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from _actions(each)


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes shell/.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file differs")
    check, stale = parser.parse_args().check, []
    for name, text in shell_files().items():
        path = FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8", newline="\n")
    if check and stale:
        print(f"not what the parsers give: {', '.join(stale)}; run: python tools/shell_files.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

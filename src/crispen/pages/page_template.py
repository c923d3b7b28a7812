"""The parts of pages, which lie beside the modules that make the pages of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path


def part(name: str) -> str:
    """The text of a file in this folder."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def filled(name: str, parts: Mapping[str, str]) -> str:
    """The page in the file `name` with each @@KEY@@ replaced by parts[KEY]. It can always be written as UTF-8."""
    # In one pass, so that what is filled in is never taken for a place to fill.
    text = re.sub(r"@@([A-Z]+)@@", lambda place: parts[place[1]], part(name))
    return text.encode("utf-8", "replace").decode("utf-8")  # names that are not Unicode

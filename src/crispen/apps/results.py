"""What a measurement found, as Markdown and as JSON, in the files that were asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path


def write_results(
    text: str, data: Callable[[], dict], markdown: Path | None, json_file: Path | None, overwrite: bool
) -> None:
    """Writes `text` to `markdown` and what `data` gives to `json_file`, whole or not at all; None is not written."""
    from crispen.media.atomic_output import atomic_file

    if markdown:
        with atomic_file(markdown, overwrite) as file:
            file.write_text(text + "\n", encoding="utf-8")
    if json_file:
        with atomic_file(json_file, overwrite) as file:
            file.write_text(json.dumps(data(), indent=1) + "\n", encoding="utf-8")

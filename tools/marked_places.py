"""Parts of a page that are generated: what is between `<!-- NAME -->` and `<!-- /NAME -->`."""

from __future__ import annotations

import re


def filled(text: str, parts: dict[str, str]) -> str:
    """`text` with the parts in their places. A part of several lines begins on a line below its mark.

    Raises:
        ValueError: If a place is missing or there twice.
    """
    for name, part in parts.items():
        edge = "\n" if "\n" in part else ""
        text, count = re.subn(
            rf"(<!-- {name} -->).*?(<!-- /{name} -->)",
            lambda match, part=part, edge=edge: match[1] + edge + part + edge + match[2],
            text,
            flags=re.DOTALL,
        )
        if count != 1:
            raise ValueError(f"the page has {count} places for {name}, not one")
    return text

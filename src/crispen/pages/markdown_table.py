"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Writes a table whose first `left` columns are aligned left, the others right. Cells must hold no bare `|`."""
    align = ["left"] * min(left, len(heads)) + ["right"] * (len(heads) - left)
    return tabulate(rows, heads, tablefmt="pipe", colalign=align, disable_numparse=True)

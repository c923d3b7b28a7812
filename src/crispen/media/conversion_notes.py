"""Record of what a conversion keeps and what it loses."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ConversionNotes:
    """What the user should hear at the end: what is carried over untouched, and what is not as it was."""

    kept: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def add_lost(self, text: str) -> None:
        """Adds `text` to `lost` once."""
        if text not in self.lost:
            self.lost.append(text)

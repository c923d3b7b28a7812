"""Record of what a conversion keeps and what it loses."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ConversionNotes:
    """What a conversion keeps and what it loses or changes, in words for the user.

    Attributes:
        kept: What is copied without changes, such as "audio (aac)".
        lost: What is lost or changed.
    """

    kept: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def add_lost(self, text: str) -> None:
        """Adds `text` to `lost` once."""
        if text not in self.lost:
            self.lost.append(text)

"""Crispen sharpens the soft video of a bad call in real time on an ordinary computer."""

__version__ = "0.1.0"
__all__ = ["CrispenError", "Sharpener", "__version__"]

from typing import TYPE_CHECKING

from crispen.errors import CrispenError

if TYPE_CHECKING:
    from crispen.runtime.sharpener import Sharpener


def __getattr__(name: str):
    # Loaded on first use, so that `import crispen` opens no inference engine.
    if name == "Sharpener":
        from crispen.runtime.sharpener import Sharpener

        return Sharpener
    raise AttributeError(f"module 'crispen' has no attribute {name!r}")

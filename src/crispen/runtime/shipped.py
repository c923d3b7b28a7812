"""The models inside the package, and the cards that describe them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from crispen.errors import CrispenError

NAMES = ("fast", "balanced", "best")
_FOLDER = Path(__file__).parent / "models"


@dataclass(frozen=True)
class Model:
    """A model file and its card (an empty dict where there is none). name: shipped name or the file's stem."""

    name: str
    path: Path
    card: dict

    @property
    def unshuffle(self) -> int:
        """Sides of the luma plane must be multiples of this; without a card 8, which suits every network of ours."""
        return self.card.get("unshuffle", 8)


def find_model(name_or_path: str | Path) -> Model:
    """The shipped model of that name, or the .onnx file at that path, and its card.

    Raises CrispenError if there is neither, or if the card is damaged.
    """
    shipped = str(name_or_path) in NAMES
    path = _FOLDER / f"{name_or_path}.onnx" if shipped else Path(name_or_path)
    if path.suffix != ".onnx":
        name = str(name_or_path)
        raise CrispenError(f"no model {name!r}; choose {', '.join(NAMES)} or give the path of an .onnx file")
    if not path.is_file():
        remedy = "install crispen again" if shipped else f"choose {', '.join(NAMES)} or give another path"
        raise CrispenError(f"there is no model file {path}; {remedy}")
    return Model(path.stem, path, _read_card(path.with_suffix(".json")))


def _read_card(path: Path) -> dict:
    if not path.is_file():
        return {}
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CrispenError(f"{path} is not JSON ({error}); export the model again") from None
    if not isinstance(card, dict) or card.get("unshuffle", 8) not in (2, 4, 8):
        raise CrispenError(f"{path} is no card of a model (its unshuffle is 2, 4 or 8); export the model again")
    return card

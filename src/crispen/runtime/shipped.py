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
        return int(self.card.get("unshuffle", 8))


def find_model(name_or_path: str | Path) -> Model:
    """The shipped model of that name, or the .onnx file at that path. Raises CrispenError if there is neither."""
    if str(name_or_path) in NAMES:
        path = _FOLDER / f"{name_or_path}.onnx"
    else:
        path = Path(name_or_path)
        if path.suffix != ".onnx":
            name = str(name_or_path)
            raise CrispenError(f"no model {name!r}; choose {', '.join(NAMES)} or give the path of an .onnx file")
    if not path.is_file():
        raise CrispenError(f"there is no model file {path}; choose {', '.join(NAMES)} or give another path")
    card = path.with_suffix(".json")
    try:
        return Model(path.stem, path, json.loads(card.read_text()) if card.is_file() else {})
    except ValueError as error:
        raise CrispenError(f"{card} is not JSON ({error}); export the model again") from None

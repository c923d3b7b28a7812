"""The models inside the package, and the cards that describe them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crispen.errors import CrispenError
from crispen.json_files import read_json

NAMES = ("fast", "balanced", "best")
PRECISIONS = ("auto", "int8", "f32", "bf16")
_MOST_BYTES = 1_000_000  # of a card
_FOLDER = Path(__file__).parent / "models"


@dataclass(frozen=True)
class Model:
    """A model file and its card (an empty dict where there is none). name: shipped name or the file's stem."""

    name: str
    path: Path
    card: dict

    @property
    def precision(self) -> str:
        """What the file was made for: "int8", or "f32", which engines may also run in bfloat16."""
        return self.card.get("precision", "f32")

    @property
    def unshuffle(self) -> int:
        """Sides of the luma plane must be multiples of this; without a card 8, which suits every network of ours."""
        return self.card.get("unshuffle", 8)

    @property
    def reach(self) -> int | None:
        """Pixels around one that the network sees; None where the card does not say how deep it is."""
        depth = self.card.get("depth")
        return None if depth is None else self.unshuffle * (depth + 2)


def find_model(name_or_path: str | Path, precision: str = "auto") -> Model:
    """The shipped model of that name, or the .onnx file at that path, and its card.

    precision: "int8", or "f32" or "bf16", which need a file in floating point; "auto" is int8 where there is a choice.
    Raises CrispenError if there is neither, if the file is in another precision, or if the card is damaged.
    """
    if precision not in PRECISIONS:
        raise CrispenError(f"no precision {precision!r}; choose {', '.join(PRECISIONS)}")
    shipped, int8 = str(name_or_path) in NAMES, precision in ("auto", "int8")
    path = _FOLDER / f"{name_or_path}{'.int8' if int8 else ''}.onnx" if shipped else Path(name_or_path)
    if path.suffix != ".onnx":
        name = str(name_or_path)
        raise CrispenError(f"no model {name!r}; choose {', '.join(NAMES)} or give the path of an .onnx file")
    if not path.is_file():
        remedy = "install crispen again" if shipped else f"choose {', '.join(NAMES)} or give another path"
        raise CrispenError(f"there is no model file {path}; {remedy}")
    model = Model(path.stem.removesuffix(".int8"), path, _read_card(path.with_suffix(".json")))
    if precision != "auto" and (precision == "int8") != (model.precision == "int8"):
        raise CrispenError(
            f"{path} is in {model.precision} and can not run in {precision}; leave the precision out, or write another "
            f"file with: crispen export --precision {'int8' if int8 else 'fp32'}"
        )
    return model


def _read_card(path: Path) -> dict:
    if not path.is_file():
        return {}
    try:
        card = read_json(path, _MOST_BYTES)
    except ValueError as error:
        raise CrispenError(f"{path} is not JSON ({error}); export the model again") from None
    if not isinstance(card, dict):
        raise CrispenError(f"{path} is no card of a model; export the model again")
    for name, (told, fits) in _ENTRIES.items():
        if name in card and not fits(card[name]):
            raise CrispenError(f"{path} is no card of a model (its {name} is {told}); export the model again")
    return card


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# What is relied on: what it is, in words, and whether a value is so.
_ENTRIES = {
    "unshuffle": ("2, 4 or 8", lambda value: _whole(value) and value in (2, 4, 8)),
    "precision": ("f32 or int8", lambda value: value in ("f32", "int8")),
    "depth": ("0 to 100", lambda value: _whole(value) and 0 <= value <= 100),
    "mac_per_pixel": ("a number", lambda value: isinstance(value, float | int) and 0 <= value < 1e12),
}

"""Model files: the models that ship, the experts of a model, and the cards that describe them.

A model is a set of experts of one architecture and the router that chooses among them. An expert is one set of weights,
trained for one kind of degradation. On disk a model is

    NAME.onnx               the general expert, "any", trained on all degradations
    NAME-EXPERT.onnx        the other experts
    NAME.router.json        the router, which lists the experts; without it the model has the general expert only

and each .onnx file may have a card beside it, a JSON file of the same stem.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crispen.errors import CrispenError
from crispen.json_files import read_json
from crispen.runtime.onnx_file import is_int8

if TYPE_CHECKING:
    from crispen.runtime.router import Router

MODEL_NAMES = ("fast", "balanced", "best")  # that ship, the smallest first
PRECISIONS = ("auto", "int8", "f32", "bf16")
GENERAL = "any"  # the name of the expert that was trained on all degradations
_MAX_CARD_BYTES = 1_000_000
_FOLDER = Path(__file__).parent / "models"


@dataclass(frozen=True)
class Expert:
    """One .onnx file and its card.

    Attributes:
        name: Name of a shipped file without ".int8", or the stem of the file.
        path: The .onnx file.
        card: The card's entries; empty where there is no card.
    """

    name: str
    path: Path
    card: dict[str, Any]

    @property  # not a cached one: those of Python 3.11 have a lock, which the child of a fork may find locked
    def precision(self) -> str:
        """Precision of the weights, from the file: "int8", or "f32", which engines may also run in bfloat16.

        Raises CrispenError if the file is not an ONNX file.
        """
        return "int8" if is_int8(self.path) else "f32"

    @property
    def unshuffle(self) -> int:
        """Sides of the luma plane must be multiples of this; 8 without a card, which suits every Crispen network."""
        return self.card.get("unshuffle", 8)

    @property
    def reach(self) -> int | None:
        """Radius of the receptive field in pixels; None if the card does not give the depth of the network."""
        depth = self.card.get("depth")
        return None if depth is None else self.unshuffle * (depth + 2)


@dataclass(frozen=True)
class Model:
    """All experts of one model in one precision.

    Attributes:
        experts: The experts by name; `GENERAL` is always among them.
        router: Chooses an expert and a strength for a picture; None for a model that has the general expert only.
    """

    experts: dict[str, Expert]
    router: Router | None = None

    @property
    def general(self) -> Expert:
        return self.experts[GENERAL]


def find_model(name_or_path: str | Path, precision: str = "auto") -> Model:
    """Finds a model and all its experts.

    Args:
        name_or_path: Name of a model that ships, or path of the .onnx file of a general expert.
        precision: "int8"; "f32" or "bf16", which need files with float32 weights; "auto" prefers int8.

    Raises:
        CrispenError: If the model or an expert does not exist, if the weights have another precision, if a card or the
            router is damaged, or if the experts differ in architecture.
    """
    general = find_expert(name_or_path, precision)
    router_path = general.path.with_name(f"{general.name}.router.json")
    if not router_path.exists():
        return Model({GENERAL: general})
    from crispen.runtime.router import read_router  # needs numpy, which listing the models does not

    router = read_router(router_path)
    stem, ending = general.name, general.path.name.removeprefix(general.name)
    paths = {name: general.path.with_name(f"{stem}-{name}{ending}") for name in router.experts if name != GENERAL}
    experts = {GENERAL: general} | {name: find_expert(path, precision) for name, path in paths.items()}
    architecture = (general.unshuffle, general.reach, general.precision)
    for expert in experts.values():
        if (expert.unshuffle, expert.reach, expert.precision) != architecture:
            raise CrispenError(
                f"{expert.path} has another architecture than {general.path}; export all experts of a model alike"
            )
    return Model(experts, router)


def find_expert(name_or_path: str | Path, precision: str = "auto") -> Expert:
    """Finds one .onnx file and reads its card.

    Args:
        name_or_path: Name of a model that ships, for its general expert, or path of an .onnx file.
        precision: As in `find_model`.

    Raises:
        CrispenError: If there is no such file, if its weights have another precision, or if its card is damaged.
    """
    if precision not in PRECISIONS:
        raise CrispenError(f"no precision {precision!r}; choose {', '.join(PRECISIONS)}")
    ships, int8 = str(name_or_path) in MODEL_NAMES, precision in ("auto", "int8")
    path = _FOLDER / f"{name_or_path}{'.int8' if int8 else ''}.onnx" if ships else Path(name_or_path)
    if path.suffix != ".onnx":
        name = str(name_or_path)
        raise CrispenError(f"no model {name!r}; choose {', '.join(MODEL_NAMES)} or give the path of an .onnx file")
    if not path.is_file():
        remedy = "install crispen again" if ships else f"choose {', '.join(MODEL_NAMES)} or give another path"
        raise CrispenError(f"no model file {path}; {remedy}")
    expert = Expert(path.stem.removesuffix(".int8"), path, _read_card(path.with_suffix(".json")))
    if precision != "auto" and (precision == "int8") != (expert.precision == "int8"):
        raise CrispenError(
            f"{path} is in {expert.precision} and can not run in {precision}; leave out the precision, or write "
            f"another file with: crispen export --precision {'int8' if int8 else 'fp32'}"
        )
    return expert


def _read_card(path: Path) -> dict[str, Any]:
    """The entries of a card, {} without one. Raises CrispenError if an entry that the runtime uses is wrong."""
    if not path.is_file():
        return {}
    try:
        card = read_json(path, _MAX_CARD_BYTES)
    except ValueError as error:
        raise CrispenError(f"{path} is not JSON ({error}); export the model again") from None
    if not isinstance(card, dict):
        raise CrispenError(f"{path} is no model card; export the model again")
    for name, (expected, is_valid) in _ENTRIES.items():
        if name in card and not is_valid(card[name]):
            raise CrispenError(f"{path} is no model card ({name} must be {expected}); export the model again")
    return card


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# Entries that the runtime uses: what they must be, in words and as a predicate.
_ENTRIES = {
    "unshuffle": ("2, 4 or 8", lambda value: _is_integer(value) and value in (2, 4, 8)),
    "precision": ("f32 or int8", lambda value: value in ("f32", "int8")),
    "depth": ("0 to 100", lambda value: _is_integer(value) and 0 <= value <= 100),
    "mac_per_pixel": ("a number", lambda value: isinstance(value, float | int) and 0 <= value < 1e12),
}

"""The sets of weights of one model, each for another kind of stream."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crispen.model.router import Router, read_router
from crispen.runtime.shipped import Model, find_model

GENERAL = "any"  # the set that was trained on everything


@dataclass(frozen=True)
class Bank:
    """The sets of weights of one model, by name, and the router that chooses among them and how strongly they sharpen.

    Each set is a file of its own, of one architecture: NAME.onnx for "any", NAME-SET.onnx for the others, and
    NAME.router.json, which names them; without it there is one set, and nothing is chosen.
    """

    models: dict[str, Model]
    router: Router | None = None


def find_bank(name_or_path: str | Path, precision: str = "auto") -> Bank:
    """All sets of the model that `find_model` finds. Raises CrispenError as that does, and if a set is missing."""
    model = find_model(name_or_path, precision)
    beside = model.path.with_name(f"{model.name}.router.json")
    if not beside.exists():
        return Bank({GENERAL: model})
    router = read_router(beside)
    ending = model.path.name.removeprefix(model.name)
    paths = {name: model.path.with_name(f"{model.name}-{name}{ending}") for name in router.sets if name != GENERAL}
    return Bank({GENERAL: model} | {name: find_model(path, precision) for name, path in paths.items()}, router)

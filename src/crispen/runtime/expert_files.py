"""The sets of weights of one model, each for another kind of stream."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crispen.errors import CrispenError
from crispen.runtime.model_catalog import Model, find_model
from crispen.runtime.router import Router, read_router

GENERAL = "any"  # the set that was trained on everything
LOOKS = ("natural", "vivid")


@dataclass(frozen=True)
class Bank:
    """The sets of weights of one model, by name, and the router that chooses among them and how strongly they sharpen.

    Each set is a file of its own, of one architecture: NAME.onnx for "any", NAME-SET.onnx for the others, and
    NAME.router.json, which names them; without it there is one set, and nothing is chosen.
    """

    models: dict[str, Model]
    router: Router | None = None


def find_bank(name_or_path: str | Path, precision: str = "auto", look: str = "natural") -> Bank:
    """All sets of the model that `find_model` finds.

    look: "natural", or "vivid", whose sets lie beside the natural ones as NAME-vivid.onnx and NAME-vivid-SET.onnx and
    go by the same router. Raises CrispenError as `find_model` and `read_router` do, if a set is missing or of another
    architecture, and for a look that the model does not have.
    """
    if look not in LOOKS:
        raise CrispenError(f"no look {look!r}; choose {' or '.join(LOOKS)}")
    model = find_model(name_or_path, precision)
    router = model.path.with_name(f"{model.name}.router.json")
    stem, ending = model.name, model.path.name.removeprefix(model.name)
    if look != "natural":
        stem = f"{model.name}-{look}"
        path = model.path.with_name(f"{stem}{ending}")
        if not path.is_file():
            raise CrispenError(f"{model.name} has no {look} look ({path.name} is not there); choose natural")
        model = find_model(path, precision)
    if not router.exists():
        return Bank({GENERAL: model})
    found = read_router(router)
    paths = {name: model.path.with_name(f"{stem}-{name}{ending}") for name in found.sets if name != GENERAL}
    models = {GENERAL: model} | {name: find_model(path, precision) for name, path in paths.items()}
    for each in models.values():
        if (each.unshuffle, each.reach, each.precision) != (model.unshuffle, model.reach, model.precision):
            raise CrispenError(f"{each.path} is of another architecture than {model.path}; export both alike")
    return Bank(models, found)

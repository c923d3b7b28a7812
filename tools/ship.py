"""Writes the model files of the package, `src/crispen/runtime/models/*.onnx` and their cards, from trained weights.

    python tools/ship.py [--check]

Each NAME.safetensors and NAME-EXPERT.safetensors of `weights/` becomes a file with float32 weights and
one in int8. The cards take quality from results/callbench_v1.json.xz and speed from results/performance.json. A file
whose network is the same to within float32 rounding is kept. `--check` writes nothing and exits with 1 if a file
differs. Needs the extras `export` and `train`. docs/training.md has the commands before and after this one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from case_table import load_results
from crispen.export.export_source import ExportSource, read_checkpoint, read_onnx
from crispen.export.onnx_export import write_onnx
from crispen.model.conv import Conv
from crispen.runtime.model_files import MODEL_NAMES
from crispen.runtime.router import read_router
from crispen.train.experts import expert_weights
from performance_docs import speed_of

ROOT = Path(__file__).parent.parent
WEIGHTS = ROOT / "weights"
MODELS = ROOT / "src" / "crispen" / "runtime" / "models"
TRAINING_DATA = "up to 827 pictures and clips listed in docs/data.md"
LICENSE = "Apache-2.0"
_ROUNDING = 2e-6  # kernels, which are of the order of 1, are folded with additions in another order on another CPU


def main() -> int:
    check, files = "--check" in sys.argv[1:], model_weights()
    changed = [name for name, weights in files.items() if not up_to_date(MODELS / name, weights, write=not check)]
    faults = [f"{name} differs from its weights" for name in changed] if check else []
    faults += [
        f"{path.name} has no weights; remove it and its card"
        for path in sorted(MODELS.glob("*.onnx"))
        if path.name not in files
    ]
    faults += [
        f"{name}.router.json chooses among other experts than {', '.join(experts)}; run: crispen route"
        for name in MODEL_NAMES
        if set(experts := expert_weights(WEIGHTS / f"{name}.safetensors"))
        != set(read_router(MODELS / f"{name}.router.json").experts)
    ]
    print("\n".join([*faults, *([] if check else [f"{name} written" for name in changed])]))
    return int(bool(faults))


def model_weights() -> dict[str, Path]:
    """The weights of each .onnx file of the package, by the file's name."""
    return {
        f"{path.stem}{ending}": path
        for name in MODEL_NAMES
        for path in expert_weights(WEIGHTS / f"{name}.safetensors").values()
        for ending in (".onnx", ".int8.onnx")
    }


def up_to_date(target: Path, weights: Path, write: bool) -> bool:
    """Whether the network and the card at `target` are those of `weights`; if not, `write` replaces them."""
    source = read_checkpoint(weights, ".int8." in target.name)
    card = source.card | {"training_data": TRAINING_DATA, "license": LICENSE} | _measured(weights.stem)
    text, beside = json.dumps(card, indent=2) + "\n", target.with_suffix(".json")
    same_network = target.exists() and _equal(source, read_onnx(target, target.stem, {}))
    same_card = beside.exists() and beside.read_text("utf-8") == text
    if write and not same_network:
        write_onnx(target, source.convs, source.unshuffle, card)
    elif write and not same_card:
        beside.write_text(text, "utf-8")
    return same_network and same_card


def _equal(one: ExportSource, other: ExportSource) -> bool:
    """Whether two networks are the same to within rounding."""
    pairs = list(zip(_numbers(one.convs), _numbers(other.convs), strict=False))
    return (
        (one.unshuffle, len(one.convs)) == (other.unshuffle, len(other.convs))
        and all(a.shape == b.shape for a, b in pairs)
        and all(np.allclose(a, b, rtol=_ROUNDING, atol=_ROUNDING) for a, b in pairs)
    )


def _numbers(convs: Sequence[Conv]) -> list[np.ndarray]:
    return [
        np.atleast_1d(0.0 if value is None else value)
        for conv in convs
        for value in (conv.weight, conv.bias, conv.steps, conv.top)
    ]


def _measured(stem: str) -> dict:
    """Speed for the card of an expert and, for the general one, which stands for the model, quality."""
    model = stem.partition("-")[0]
    speed = speed_of(json.loads((ROOT / "results" / "performance.json").read_text("utf-8")), model)
    if stem != model:
        return {"quality": {}, "speed": speed}
    found = load_results("callbench_v1")
    core, before = found["rows"][model]["core"], found["rows"]["input"]["core"]["score"]
    quality = {
        "psnr_gain": core["gain"]["psnr"]["mean"],
        "ssim_gain": core["gain"]["ssim"]["mean"],
        "input_psnr": before["psnr"],
        "input_ssim": before["ssim"],
        "source": f"{len(found['pictures'])} pictures of CallBench {found['callbench']}",
        "command": "crispen eval",
    }
    return {
        "quality": quality,
        "speed": {"fps": speed["fps"], "command": "crispen bench --size 1920x1080", "machine": speed["machine"]},
    }


if __name__ == "__main__":
    sys.exit(main())

"""Writes the models that the browser loads, and pairs of input and reference output for the tests.

    python models.py public/models [--golden tests/golden]

Needs crispen, no extra.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from router_files import write_router_golden

from crispen.export.export_source import read_onnx
from crispen.export.golden_pair import golden_picture, reference_output
from crispen.export.web_export import shipped_web_files
from crispen.runtime.model_files import MODEL_NAMES, find_model

SIZES = (96, 128), (75, 101), (1, 1), (2, 40)  # height and width of the test pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--golden", type=Path)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for file, data in shipped_web_files().items():
        (args.folder / file).write_bytes(data)
    if args.golden:
        write_golden(args.golden)


def write_golden(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pairs, planes = [], []
    noise = np.random.default_rng(0).integers(0, 256, (40, 56), np.uint8)
    models = {name: find_model(name, "f32") for name in MODEL_NAMES}
    for name, model in models.items():
        for stream, expert in model.experts.items():
            source = read_onnx(expert.path, name, expert.card)
            for index, y in enumerate([*(golden_picture(*size) for size in SIZES), noise]):
                output = f"{name}-{stream}-{index}.png"
                pair = {"model": f"{name}-{stream}.safetensors", "input": f"{index}.png", "output": output}
                Image.fromarray(y).save(folder / pair["input"])
                Image.fromarray(reference_output(source.convs, source.unshuffle, y)).save(folder / output)
                pairs.append(pair)
        for precision in ("f32", "int8"):  # for onnxruntime-web
            general = find_model(name, precision).general
            source = read_onnx(general.path, name, general.card)
            shutil.copy(general.path, folder / general.path.name)
            for index, y in enumerate([golden_picture(*SIZES[0]), noise]):
                pair = {"model": general.path.name, "size": y.shape, "output": f"{name}-{precision}-{index}.raw"}
                (folder / f"wasm-{index}.raw").write_bytes(y.tobytes())
                output = reference_output(source.convs, source.unshuffle, y)
                (folder / pair["output"]).write_bytes(output.tobytes())
                planes.append({**pair, "input": f"wasm-{index}.raw"})
    write_router_golden(folder, {name: model.router for name, model in models.items() if model.router})
    (folder / "planes.json").write_text(json.dumps(planes))
    (folder / "pairs.json").write_text(json.dumps(pairs))


if __name__ == "__main__":
    main()

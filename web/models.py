"""Writes the models that the browser loads, and pairs of input and reference output for the tests.

    python models.py public/models [--golden tests/golden]

Needs crispen with the extra `export`.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from router_files import write_router_file, write_router_golden

from crispen.export.export_source import read_onnx
from crispen.export.golden_pair import golden_picture, reference_output
from crispen.export.web_export import write_web
from crispen.runtime.model_files import MODEL_NAMES, find_model

SIZES = (96, 128), (75, 101), (1, 1), (2, 40)  # height and width of the test pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--golden", type=Path)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    pairs, planes = [], []
    noise = np.random.default_rng(0).integers(0, 256, (40, 56), np.uint8)
    models = {name: find_model(name, "f32") for name in MODEL_NAMES}
    routers = {name: model.router for name, model in models.items() if model.router}
    for name, router in routers.items():
        write_router_file(args.folder / f"{name}-router.safetensors", router)
    for name, model in models.items():
        for stream, expert in model.experts.items():
            source = read_onnx(expert.path, name, expert.card)
            file = f"{name}-{stream}.safetensors"
            write_web(args.folder / file, source.convs, source.unshuffle, name)
            if not args.golden:
                continue
            args.golden.mkdir(parents=True, exist_ok=True)
            for index, y in enumerate([*(golden_picture(*size) for size in SIZES), noise]):
                pair = {"model": file, "input": f"{index}.png", "output": f"{name}-{stream}-{index}.png"}
                Image.fromarray(y).save(args.golden / pair["input"])
                Image.fromarray(reference_output(source.convs, source.unshuffle, y)).save(args.golden / pair["output"])
                pairs.append(pair)
        for precision in ("f32", "int8") if args.golden else ():  # for onnxruntime-web
            model = find_model(name, precision).general
            source = read_onnx(model.path, name, model.card)
            shutil.copy(model.path, args.golden / Path(model.path).name)
            for index, y in enumerate([golden_picture(*SIZES[0]), noise]):
                pair = {"model": Path(model.path).name, "size": y.shape, "output": f"{name}-{precision}-{index}.raw"}
                (args.golden / f"wasm-{index}.raw").write_bytes(y.tobytes())
                output = reference_output(source.convs, source.unshuffle, y)
                (args.golden / pair["output"]).write_bytes(output.tobytes())
                planes.append({**pair, "input": f"wasm-{index}.raw"})
    if args.golden:
        write_router_golden(args.golden, routers)
        (args.golden / "planes.json").write_text(json.dumps(planes))
        (args.golden / "pairs.json").write_text(json.dumps(pairs))


if __name__ == "__main__":
    main()

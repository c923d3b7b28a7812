"""Compares the file that Google's converter litert-torch makes of a shipped model with the one that Crispen writes.

It needs torch, JAX and transformers, 2 GB in all, in a separate environment, created in a checkout by

    python3 -m venv .litert && .litert/bin/pip install torch==2.13.0 litert-torch==0.10.0 -e '.[export]'
    .litert/bin/python examples/through_litert_torch.py [MODEL]

(install the CPU build of torch first if pip would install one for a GPU). Prints the size of each file, operators,
milliseconds per frame on two threads, and the difference of the output to the floating-point reference. For int8 the
converter calibrates on one picture; Crispen's ranges come from training clips.
"""

import sys
import tempfile
import time
from pathlib import Path

import litert_torch
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from litert_torch.quantize import pt2e_quantizer, quant_config
from PIL import Image
from torchao.quantization.pt2e import quantize_pt2e

from crispen.export.golden_pair import reference_output
from crispen.export.litert_export import write_litert
from crispen.export.onnx_layers import read_convs
from crispen.runtime.model_files import find_expert

SIZES = (360, 640), (1080, 1920)
PICTURES = Path(__file__).parent / "pictures"
SECONDS = 5.0


class Net(torch.nn.Module):
    """The folded student: uint8 in and out with `levels`, else float in [0, 1], as the quantiser requires."""

    def __init__(self, convs, levels: bool):
        super().__init__()
        self.levels = levels
        self.convs = torch.nn.ModuleList()
        for conv in convs:
            plain = torch.nn.Conv2d(*conv.weight.shape[1::-1], 3, padding=0 if conv.edge else 1)
            plain.load_state_dict({"weight": torch.from_numpy(conv.weight), "bias": torch.from_numpy(conv.bias)})
            self.convs.append(plain)

    def forward(self, luma, strength):
        plane = luma.float() / 255 if self.levels else luma
        features = torch.nn.functional.pixel_unshuffle(plane, 2)
        features = torch.nn.functional.pad(features, (1, 1, 1, 1), mode="replicate")
        for conv in self.convs[:-1]:
            features = torch.nn.functional.relu(conv(features))
        sharp = plane + strength * torch.nn.functional.pixel_shuffle(self.convs[-1](features), 2)
        return (255 * sharp).round().clamp(0, 255).to(torch.uint8) if self.levels else sharp


def picture(height: int, width: int) -> np.ndarray:
    """Luma of an example picture, halved and enlarged: (H, W) uint8."""
    with Image.open(PICTURES / "18F_0021.jpg") as image:
        grey = image.convert("L").resize((width // 2, height // 2), Image.Resampling.BICUBIC)
    return np.asarray(grey.resize((width, height), Image.Resampling.BICUBIC))


def convert(convs, y: np.ndarray, path: Path, int8: bool) -> None:
    """Converts with litert-torch, for the size of `y`."""
    net, one = Net(convs, levels=not int8).eval(), torch.ones(1)
    if not int8:
        litert_torch.convert(net, (torch.from_numpy(y)[None, None], one)).export(str(path))
        return
    sample = torch.from_numpy(y)[None, None].float() / 255, one
    quantizer = pt2e_quantizer.PT2EQuantizer()
    quantizer.set_global(pt2e_quantizer.get_symmetric_quantization_config(is_per_channel=True, is_dynamic=False))
    prepared = quantize_pt2e.prepare_pt2e(torch.export.export(net, sample).module(), quantizer)
    prepared(*sample)
    eight = quantize_pt2e.convert_pt2e(prepared, fold_quantize=False)
    config = quant_config.QuantConfig(pt2e_quantizer=quantizer)
    litert_torch.convert(eight, sample, quant_config=config).export(str(path))


def measure(path: Path, y: np.ndarray) -> tuple[np.ndarray, float, int]:
    """The file's output for `y` in levels, its median time in ms, and its number of operators."""
    interpreter = Interpreter(str(path), num_threads=2)
    for port in interpreter.get_input_details():
        if len(port["shape"]) == 4 and max(port["shape"]) > 1 and port["shape"][3] == 1:
            interpreter.resize_tensor_input(port["index"], (1, *y.shape, 1))
    interpreter.allocate_tensors()
    for port in interpreter.get_input_details():
        plane = y.reshape(port["shape"]) if len(port["shape"]) == 4 else np.full(1, 255)
        if port["dtype"] != np.uint8:  # the converter's int8 has its own scales
            step, zero = port["quantization"] if port["dtype"] == np.int8 else (1, 0)
            plane = plane / 255 / step + zero
            plane = np.clip(np.rint(plane), -128, 127) if port["dtype"] == np.int8 else plane
        interpreter.set_tensor(port["index"], plane.astype(port["dtype"]))
    took = []
    while sum(took) < SECONDS:
        began = time.perf_counter()
        interpreter.invoke()
        took.append(time.perf_counter() - began)
    port = interpreter.get_output_details()[0]
    made = interpreter.get_tensor(port["index"]).reshape(y.shape)
    if made.dtype != np.uint8:
        step, zero = port["quantization"] if made.dtype == np.int8 else (1, 0)
        made = np.clip(np.rint(255 * step * (made.astype(float) - zero)), 0, 255)
    operators = sum(each["op_name"] != "DELEGATE" for each in interpreter._get_ops_details())
    return made.astype(int), 1000 * float(np.median(took[3:])), operators


def main(name: str = "balanced") -> None:
    plain, _ = read_convs(find_expert(name, "f32").path)
    eight, _ = read_convs(find_expert(name, "int8").path)
    print("| | size | kB | operators | ms | most levels off | PSNR to float, dB |\n|---|---|--:|--:|--:|--:|--:|")
    for size in SIZES:
        y = picture(*size)
        wanted = reference_output(plain, 2, y).astype(int)
        with tempfile.TemporaryDirectory() as folder:
            for int8 in (False, True):
                ours, theirs = Path(folder) / "ours.tflite", Path(folder) / "theirs.tflite"
                write_litert(ours, eight if int8 else plain, 2, "int8" if int8 else "fp32")
                convert(plain, y, theirs, int8)
                for maker, path in (("crispen export", ours), ("litert-torch", theirs)):
                    made, took, operators = measure(path, y)
                    error = np.mean((made - wanted) ** 2.0)
                    row = (
                        f"{maker}, {'int8' if int8 else 'fp32'}",
                        f"{size[1]}x{size[0]}",
                        f"{path.stat().st_size / 1000:.0f}",
                    )
                    decibels = f"{10 * np.log10(255**2 / error):.1f}" if error else "the same"
                    print(
                        "|",
                        " | ".join([*row, str(operators), f"{took:.1f}", str(abs(made - wanted).max()), decibels]),
                        "|",
                    )


if __name__ == "__main__":
    main(*sys.argv[1:])

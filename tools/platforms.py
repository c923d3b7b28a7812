"""Prints for each platform the file size, the error against the reference, and the time of a frame on two threads.

pip install 'crispen[export,onnxruntime]'; python tools/platforms.py [SECONDS]

The files are those of `crispen export`, at the size of the frame, run as their examples run them, luma to luma. "Off"
is the difference from the network's definition in double precision (crispen.export.golden_pair), or from the network in
eight bits for int8, on a picture of 640x360.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from crispen.export.export_folder import ExportOptions, write_folder
from crispen.export.export_source import read_onnx
from crispen.export.golden_pair import reference_output
from crispen.runtime.model_files import MODEL_NAMES, find_expert
from crispen.runtime.sharpener import Sharpener
from crispen.speed.machine import machine
from crispen.telemetry import import_without_telemetry

onnxruntime, openvino = import_without_telemetry("onnxruntime"), import_without_telemetry("openvino")

SIZES, THREADS = ((360, 640), (1080, 1920)), 2
PICTURE = Path(__file__).parents[1] / "examples" / "pictures" / "18F_0021.jpg"
ROUNDS = 3  # in turn, so that what else the machine does meets all alike


def picture(height: int, width: int) -> np.ndarray:
    """Luma of an example, as soft as a call's: (H, W) uint8."""
    with Image.open(PICTURE) as image:
        grey = image.convert("L").resize((width // 2, height // 2), Image.Resampling.BICUBIC)
    return np.asarray(grey.resize((width, height), Image.Resampling.BICUBIC))


def on_onnxruntime(path: Path, y: np.ndarray) -> Callable[[], np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feed = {"luma": y[None, None], "strength": np.ones(1, np.float32)}
    return lambda: np.asarray(session.run(["sharp"], feed)[0])[0, 0]


def on_openvino(path: Path, y: np.ndarray) -> Callable[[], np.ndarray]:
    hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": THREADS, "PERFORMANCE_HINT": "LATENCY"}
    model = openvino.Core().compile_model(path, "CPU", hints)
    feed = {"luma": y[None, None], "strength": np.ones(1, np.float32)}
    return lambda: model(feed)["sharp"][0, 0]


def on_litert(path: Path, y: np.ndarray) -> Callable[[], np.ndarray]:
    net = Interpreter(str(path), num_threads=THREADS)
    net.allocate_tensors()
    ports = net.get_input_details()
    feed = {"luma": y[None, ..., None], "strength": np.ones(1, np.float32)}
    (output,) = net.get_output_details()

    def run() -> np.ndarray:
        for port in ports:
            net.set_tensor(port["index"], feed[port["name"]])
        net.invoke()
        return net.get_tensor(output["index"])[0, ..., 0]

    return run


RUNNERS = {"onnx": (on_onnxruntime, ".onnx"), "openvino": (on_openvino, ".xml"), "litert": (on_litert, ".tflite")}


def milliseconds(runs: dict, seconds: float) -> dict:
    """The median of each, taken in turn."""
    took: dict = {key: [] for key in runs}
    for _ in range(ROUNDS):
        for key, run in runs.items():
            run()
            until = time.perf_counter() + seconds / ROUNDS
            while time.perf_counter() < until:
                began = time.perf_counter()
                run()
                took[key].append(time.perf_counter() - began)
    return {key: 1000 * float(np.median(values)) for key, values in took.items()}


def main(seconds: float = 3.0) -> None:
    about = machine()
    versions = f"onnxruntime {onnxruntime.__version__}, openvino {openvino.__version__.split('-')[0]}"
    print(f"{about['cpu']}, {THREADS} threads; {versions}; {seconds:g} s each")
    columns = " | ".join(f"{width}x{height}, ms" for height, width in SIZES)
    print(f"\n| | kB | most off | PSNR, dB | {columns} |\n|---|--:|--:|--:|{'--:|' * len(SIZES)}")
    for name in MODEL_NAMES:
        cells: dict = {}
        for size in SIZES:
            y, runs = picture(*size), {}
            with tempfile.TemporaryDirectory() as folder:
                for precision in ("fp32", "fp16", "int8"):
                    model = find_expert(name, "int8" if precision == "int8" else "f32")
                    source = read_onnx(model.path, name, model.card)
                    for target, (runner, ending) in RUNNERS.items():
                        out = Path(folder) / f"{target}-{precision}"
                        write_folder(out, source, target, ExportOptions(precision, size))
                        (path,) = out.glob(f"*{ending}")
                        run = runs[f"{target}, {precision}"] = runner(path, y)
                        if size == SIZES[0]:
                            off = run() - reference_output(source.convs, source.unshuffle, y).astype(float)
                            weight = sum(
                                each.stat().st_size for each in out.glob(f"{path.stem}.*") if ".json" not in each.name
                            )
                            psnr = f"{10 * np.log10(255**2 / np.mean(off**2)):.0f}" if off.any() else "the same"
                            cells[f"{target}, {precision}"] = [f"{weight / 1000:.0f}", f"{abs(off).max():.0f}", psnr]
                with Sharpener(name, "openvino", THREADS, stream="any") as sharpener:
                    runs["`Sharpener`, openvino, int8"] = lambda: sharpener.luma(y)  # noqa: B023 - run before the next
                    took = milliseconds(runs, seconds)
            for key, value in took.items():
                cells.setdefault(key, ["", "", ""]).append(f"{value:.1f}")
        for key, row in cells.items():
            print(f"| `{name}`, {key} |", " | ".join(row), "|")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))

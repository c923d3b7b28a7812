import json

import numpy as np
import pytest
import torch
from networks import picture
from PIL import Image

from crispen.apps.cli import main
from crispen.model.reference.reference_network import REFERENCE_NETWORKS, ReferenceConfig, ReferenceNetwork
from crispen.model.weights import save
from crispen.runtime.sharpener import Sharpener


@pytest.fixture(scope="module", params=REFERENCE_NETWORKS)
def exported(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("peers")
    torch.manual_seed(1)
    peer = ReferenceNetwork(ReferenceConfig(request.param)).eval()
    with torch.no_grad():
        for parameter in peer.parameters():
            parameter.add_(0.08 * torch.randn_like(parameter))
    save(folder / "peer.safetensors", peer, {})
    assert main(["export", str(folder / "peer.safetensors"), "--to", "onnx", "-o", str(folder / "out")]) == 0
    return folder / "out" / "peer.onnx", peer


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("size", [(24, 36), (31, 45)])
def test_engines_compute_the_same_as_the_reference_network(exported, engine, size):
    path, peer = exported
    y = picture(*size)
    even = np.pad(y, ((0, size[0] % 2), (0, size[1] % 2)), mode="edge")
    with torch.inference_mode():
        x = torch.from_numpy(even)[None, None].float() / 255
        wanted = 255 * (x + 0.5 * (peer(x) - x)).clamp(0, 1)[0, 0].numpy()[: size[0], : size[1]]
    assert np.abs(wanted - y).max() > 2
    with Sharpener(path, engine, 1, strength=0.5) as sharpener:
        assert np.abs(sharpener.luma(y) - wanted).max() <= 0.5 + 0.01


def test_the_card_says_what_it_is(exported):
    path, peer = exported
    card = json.loads(path.with_suffix(".json").read_text())
    assert (card["architecture"], card["unshuffle"]) == (peer.config.architecture, 2)
    assert card["mac_per_pixel"] == peer.mac_per_pixel


def test_the_golden_pair_of_a_reference_network(exported):
    path, _ = exported
    y, golden = (np.asarray(Image.open(path.with_name(f"golden_{name}.png"))) for name in ("input", "output"))
    assert np.abs(golden.astype(int) - y).max() > 2
    with Sharpener(path, "onnxruntime", 1) as sharpener:
        assert np.abs(sharpener.luma(y).astype(int) - golden).max() <= 1


def test_reference_networks_are_not_exported_to_phones_and_players(exported, tmp_path, capsys):
    weights = exported[0].parents[1] / "peer.safetensors"
    for target in ("litert", "webgpu", "mpv"):
        assert main(["export", str(weights), "--to", target, "-o", str(tmp_path / "out")]) == 1
        assert "reference network" in capsys.readouterr().err
    assert main(["export", str(weights), "--to", "onnx", "--precision", "int8", "-o", str(tmp_path / "out")]) == 1
    assert "has no int8" in capsys.readouterr().err
    if exported[1].config.architecture != "quicksrnet-small":  # which has a student's layers
        assert main(["export", str(exported[0]), "--to", "onnx", "-o", str(tmp_path / "out")]) == 1
        assert "reference network" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()

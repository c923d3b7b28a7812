import numpy as np
import pytest
import torch

from crispen.errors import CrispenError
from crispen.model.reference.ecbsr import EdgeBlock
from crispen.model.reference.reference_network import REFERENCE_NETWORKS, ReferenceConfig, ReferenceNetwork
from crispen.model.reference.sesr import LinearBlock
from crispen.model.weights import load_deployable, load_teacher, save


def trained(name, seed=0):
    """A reference network with all parameters random, so that none is zero or one by construction."""
    torch.manual_seed(seed)
    peer = ReferenceNetwork(ReferenceConfig(name)).eval()
    with torch.no_grad():
        for parameter in peer.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return peer


def slow(layers, y):
    """The network in float64 from its folded layers, (H, W) to (H, W), as sums over shifted planes."""
    rows, columns = y.shape[0] // 2, y.shape[1] // 2
    x_chw, outputs = y.reshape(rows, 2, columns, 2).transpose(1, 3, 0, 2).reshape(4, rows, columns), []
    for layer in layers:
        side = layer.weight.shape[-1]
        if layer.transposed:
            wide = np.zeros((2 * rows + 2 * side, 2 * columns + 2 * side))
            for i in range(side):
                for j in range(side):
                    spread = np.einsum("i,ihw->hw", layer.weight[:, 0, i, j].astype(float), x_chw)
                    wide[i : i + 2 * rows : 2, j : j + 2 * columns : 2] += spread
            half = side // 2
            return y + wide[half : half + 2 * rows, half : half + 2 * columns] + float(layer.bias[0])
        margin = side // 2
        around = np.pad(x_chw, ((0, 0), (margin,) * 2, (margin,) * 2), mode="edge" if layer.edge else "constant")
        x_chw = layer.bias.astype(float)[:, None, None] + sum(
            np.einsum("oi,ihw->ohw", layer.weight[:, :, i, j].astype(float), around[:, i : i + rows, j : j + columns])
            for i in range(side)
            for j in range(side)
        )
        if layer.slope is not None:
            x_chw = np.maximum(x_chw, 0) + layer.slope.astype(float)[:, None, None] * np.minimum(x_chw, 0)
        if layer.add is not None:
            x_chw = x_chw + outputs[layer.add]
        outputs.append(x_chw)
    return y + x_chw.reshape(2, 2, rows, columns).transpose(2, 0, 3, 1).reshape(y.shape)


@pytest.mark.parametrize("name", REFERENCE_NETWORKS)
def test_folded_layers_in_plain_numpy_are_the_network(name):
    peer, y = trained(name), np.random.default_rng(1).random((12, 18))
    with torch.inference_mode():
        found = peer(torch.from_numpy(y).float()[None, None])[0, 0].numpy()
    assert np.abs(found - y).max() > 1e-3
    assert np.allclose(found, slow(peer.folded_layers(), y), atol=2e-5)


@pytest.mark.parametrize("name", REFERENCE_NETWORKS)
def test_a_new_reference_network_returns_its_input_and_can_learn(name):
    peer, x = ReferenceNetwork(ReferenceConfig(name)), torch.rand(2, 1, 16, 20)
    assert torch.equal(peer(x), x)
    (peer(x) - x - 0.1).square().mean().backward()
    assert any(
        parameter.grad is not None and parameter.grad.abs().max() > 0 for parameter in peer.layers[-1].parameters()
    )


@pytest.mark.parametrize("name", REFERENCE_NETWORKS)
def test_a_brightness_offset_changes_only_brightness(name):
    """The kernels of the first layer have zero mean."""
    peer, x = trained(name), torch.rand(1, 1, 16, 16) / 2
    with torch.inference_mode():
        assert torch.allclose(peer(x + 0.25) - 0.25, peer(x), atol=1e-4)


# Multiplications of the papers' x2 networks per low-resolution pixel, divided by its four output pixels.
COUNTS = {
    "sesr-m5": (25 * 4 * 16 + 5 * 9 * 16 * 16 + 25 * 16 * 4) / 4,
    "quicksrnet-small": (9 * 4 * 32 + 2 * 9 * 32 * 32 + 9 * 32 * 4) / 4,
    "ecbsr-m4c8": (9 * 4 * 8 + 4 * 9 * 8 * 8 + 9 * 8 * 4) / 4,
    "fsrcnn": (25 * 4 * 56 + 56 * 12 + 4 * 9 * 12 * 12 + 12 * 56 + 81 * 56) / 4,
}


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_multiplications_counted_by_hand(name, count):
    assert ReferenceNetwork(ReferenceConfig(name)).mac_per_pixel == count


def test_parameters_of_the_smallest_counted_by_hand():
    weights = 9 * 4 * 8 + 4 * 9 * 8 * 8 + 9 * 8 * 4
    assert (
        ReferenceNetwork(ReferenceConfig("ecbsr-m4c8")).parameters_folded == weights + 5 * 8 + 4 + 5 * 8
    )  # biases, then slopes


def test_the_branches_of_an_edge_block_are_its_folded_kernel():
    torch.manual_seed(0)
    block, x = EdgeBlock(5, 7), torch.randn(2, 5, 9, 8)
    with torch.no_grad():
        block.scales.add_(torch.randn_like(block.scales))
        assert torch.allclose(block(x), block.forward_branches(x), atol=1e-5)


def test_a_linear_block_is_its_two_convolutions_and_the_identity():
    torch.manual_seed(0)
    block, x = LinearBlock(6, 6, 3), torch.randn(1, 6, 8, 8)
    with torch.no_grad():
        apart = block.project(torch.nn.functional.conv2d(x, block.conv.weight, padding=1)) + x
        assert torch.allclose(block(x), apart, atol=1e-5)


def test_reference_weights_survive_saving(tmp_path):
    peer = trained("sesr-m5")
    save(tmp_path / "peer.safetensors", peer, {"steps": 3})
    again, story = load_deployable(tmp_path / "peer.safetensors")
    assert story == {"steps": 3} and isinstance(again, ReferenceNetwork) and again.config == peer.config
    x = torch.rand(1, 1, 8, 8)
    with torch.inference_mode():
        assert torch.equal(again(x), peer(x))
    with pytest.raises(CrispenError, match="holds a peer, not a teacher"):
        load_teacher(tmp_path / "peer.safetensors")


def test_an_unknown_architecture():
    with pytest.raises(ValueError, match="sesr-m5, quicksrnet-small"):
        ReferenceNetwork(ReferenceConfig("srcnn"))

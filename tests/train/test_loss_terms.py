import numpy as np
import pytest
import torch
from pytorch_msssim import ssim
from safetensors.torch import save_file

from crispen.errors import CrispenError
from crispen.train.loss_terms import distillation, log_mse, mesh_loss, ssim_loss
from crispen.train.perceptual_loss import Perceptual


def pair(side=192, seed=0):
    generator = torch.Generator().manual_seed(seed)
    truth = torch.nn.functional.interpolate(
        torch.rand(3, 1, side // 8, side // 8, generator=generator), (side, side), mode="bicubic"
    )
    return (truth + 0.05 * torch.randn(truth.shape, generator=generator)).clamp(0, 1), truth.clamp(0, 1)


def test_ssim_loss_is_one_minus_ssim():
    output, truth = pair()
    assert ssim_loss(output, truth).item() == pytest.approx(1 - ssim(output, truth, data_range=1).item(), abs=2e-5)


def test_pixel_losses_by_hand():
    output, truth = torch.full((2, 1, 4, 4), 0.5), torch.full((2, 1, 4, 4), 0.2)
    truth[1] = 0.5
    assert log_mse(output, truth, 1e-4).item() == pytest.approx((np.log(0.0901) + np.log(1e-4)) / 2, rel=1e-5)


@pytest.mark.parametrize("loss", [log_mse, ssim_loss, mesh_loss])
def test_every_loss_pulls_towards_the_truth(loss):
    output, truth = pair()
    leaf = output.clone().requires_grad_()
    loss(leaf, truth).backward()
    assert loss(output - 0.02 * leaf.grad / leaf.grad.abs().max(), truth) < loss(output, truth)


def test_mesh_loss_responds_only_to_alternating_patterns():
    """By hand: a checkerboard of 0.1 appears in exactly one of the three patterns; edges and flat errors do not."""
    truth = torch.full((1, 1, 32, 48), 0.5)
    rows, columns = torch.meshgrid(torch.arange(32), torch.arange(48), indexing="ij")
    for pattern in (rows % 2, columns % 2, (rows + columns) % 2):
        assert mesh_loss(truth + 0.1 * (1 - 2 * pattern), truth).item() == pytest.approx(0.1 / 3, rel=1e-4)
    assert mesh_loss(truth + 0.1, truth).item() == pytest.approx(0, abs=1e-6)
    edge = truth + 0.1 * (columns > 22)
    assert mesh_loss(edge, truth).item() < 0.002
    noise = truth + 0.1 * torch.randn(truth.shape, generator=torch.Generator().manual_seed(0))
    assert mesh_loss(noise, truth).item() < 0.015  # averaged over 64 pixels, an eighth remains


def test_distillation_mixes_the_two_targets():
    output, truth = pair()
    label = truth.roll(1, 3)
    mixed = distillation(output, truth, label, 0.25, log_mse)
    assert mixed.item() == pytest.approx(0.75 * log_mse(output, truth).item() + 0.25 * log_mse(output, label).item())
    assert distillation(output, truth, None, 0, log_mse) == log_mse(output, truth)


def test_perceptual_features_are_those_of_a_sequential_vgg(tmp_path):
    channels = {
        0: (3, 4),
        2: (4, 4),
        5: (4, 5),
        7: (5, 5),
        10: (5, 6),
        12: (6, 6),
        14: (6, 6),
        17: (6, 7),
        19: (7, 7),
        21: (7, 7),
    }
    layers = torch.nn.Sequential()
    torch.manual_seed(0)
    for index in range(23):
        if index in channels:
            layers.append(torch.nn.Conv2d(*channels[index], 3, padding=1))
        else:
            layers.append(torch.nn.MaxPool2d(2) if index in (4, 9, 16) else torch.nn.ReLU())
    tensors = {f"features.{name}": value.contiguous() for name, value in layers.state_dict().items()}
    save_file(tensors, tmp_path / "vgg.safetensors")
    perceptual = Perceptual(tmp_path / "vgg.safetensors")
    output, truth = pair(64)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])

    def taps(x):
        x = (x.expand(-1, 3, -1, -1) - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)
        return [layers[: end + 1](x) for end in (3, 8, 15)]

    with torch.no_grad():
        expected = sum((a - b).abs().mean() for a, b in zip(taps(output), taps(truth), strict=True)) / 3
        assert perceptual(output, truth).item() == pytest.approx(expected.item(), rel=1e-4)


def test_missing_vgg_weights_give_a_clear_error(tmp_path):
    with pytest.raises(CrispenError, match="no VGG-16 weights"):
        Perceptual(tmp_path / "gone.safetensors")

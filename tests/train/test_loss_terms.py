import numpy as np
import pytest
import torch
from pytorch_msssim import ssim

from crispen.train.loss_terms import distillation, log_mse, ssim_loss


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


@pytest.mark.parametrize("loss", [log_mse, ssim_loss])
def test_every_loss_pulls_towards_the_truth(loss):
    output, truth = pair()
    leaf = output.clone().requires_grad_()
    loss(leaf, truth).backward()
    assert loss(output - 0.02 * leaf.grad / leaf.grad.abs().max(), truth) < loss(output, truth)


def test_distillation_mixes_the_two_targets():
    output, truth = pair()
    label = truth.roll(1, 3)
    mixed = distillation(output, truth, label, 0.25, log_mse)
    assert mixed.item() == pytest.approx(0.75 * log_mse(output, truth).item() + 0.25 * log_mse(output, label).item())
    assert distillation(output, truth, None, 0, log_mse) == log_mse(output, truth)

import pytest
import torch

from crispen.train.loss_terms import mesh_loss
from crispen.train.objectives import fidelity, vivid_objective
from crispen.train.perceptual_loss import Perceptual


def test_the_vivid_objective_adds_features_of_the_centres_and_the_mesh(vgg):
    torch.manual_seed(0)
    truth, perceptual = torch.rand(4, 1, 128, 128), Perceptual(vgg)
    output, edges = (truth + 0.1 * torch.randn(truth.shape)).clamp(0, 1), truth.clone()
    loss = vivid_objective(perceptual)
    middles = (plane[[0, 2], :, 32:96, 32:96] for plane in (output, truth))
    mesh = 400 * mesh_loss(output, truth)
    wanted = fidelity(output, truth) + 20 * perceptual(*middles) + mesh
    assert loss(output, truth, None, 0.0).item() == pytest.approx(wanted.item(), rel=1e-5)
    edges[..., :32] = output[..., :32]
    without = fidelity(edges, truth) + 400 * mesh_loss(edges, truth)
    assert loss(edges, truth, None, 0.0).item() == pytest.approx(without.item(), rel=1e-5)

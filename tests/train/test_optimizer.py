"""SOAP compared with its paper, step by step in float64 numpy, and the weight decay of each optimiser."""

import numpy as np
import pytest
import torch

from crispen.train.optimizer import OPTIMIZERS, make_optimizer


def soap(gradients, lr, decay, beta=0.95, every=5, eps=1e-8):
    """SOAP from a matrix of zeros: Adam in the eigenbases of L = E[G G'] and R = E[G' G].

    Vyas et al. (2025), algorithm 3: the first gradient only makes the bases; then Adam's two moments, the second in the
    bases, and after every `every` steps one step of the power iteration, its columns in falling order of their
    eigenvalues.
    """
    first, *rest = gradients
    left, right = (1 - beta) * first @ first.T, (1 - beta) * first.T @ first
    bases = [np.linalg.eigh(matrix)[1][:, ::-1] for matrix in (left, right)]
    weight, moment, square = (np.zeros_like(first) for _ in range(3))
    for step, gradient in enumerate(rest, 1):
        moment = beta * moment + (1 - beta) * gradient
        square = beta * square + (1 - beta) * (bases[0].T @ gradient @ bases[1]) ** 2
        turned = bases[0].T @ moment @ bases[1] / (np.sqrt(square) + eps)
        corrected = lr * np.sqrt(1 - beta**step) / (1 - beta**step)
        weight = (weight - corrected * bases[0] @ turned @ bases[1].T) * (1 - lr * decay)
        left = beta * left + (1 - beta) * gradient @ gradient.T
        right = beta * right + (1 - beta) * gradient.T @ gradient
        if step % every == 0:
            for axis, matrix in enumerate((left, right)):
                basis = bases[axis]
                order = np.argsort(-np.einsum("ij,ij->j", basis, matrix @ basis))
                square = np.take(square, order, axis)
                bases[axis] = np.linalg.qr((matrix @ basis)[:, order])[0]
    return weight


def test_soap_is_adam_in_the_bases_of_shampoo():
    rng = np.random.default_rng(4)
    stretch = np.outer([3.0, 1.0, 0.3], [2.0, 1.0, 0.5, 0.2])
    gradients = [stretch * rng.standard_normal((3, 4)) for _ in range(14)]
    weight = torch.zeros(3, 4, dtype=torch.float64, requires_grad=True)
    optimizer = make_optimizer("soap", [weight], 0.01, 0.1)
    for gradient in gradients:
        weight.grad = torch.from_numpy(gradient)
        optimizer.step()
    np.testing.assert_allclose(weight.detach().numpy(), soap(gradients, 0.01, 0.1), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_decay_shrinks_a_weight_by_the_rate_times_the_decay(name):
    weight = torch.ones(2, 2, requires_grad=True)
    optimizer = make_optimizer(name, [weight], 0.1, 0.5)
    for _ in range(3):
        weight.grad = torch.zeros(2, 2)
        optimizer.step()
    steps = 3 if name == "adamw" else 2  # SOAP's first step only computes its bases
    torch.testing.assert_close(weight.detach(), torch.full((2, 2), 0.95**steps))


def test_another_name_is_refused():
    with pytest.raises(ValueError, match="adamw, soap"):
        make_optimizer("sgd", [torch.zeros(1, requires_grad=True)], 0.1, 0.0)

"""The optimisers that a training run can use."""

from __future__ import annotations

from collections.abc import Iterable

from crispen.errors import require

torch = require("torch")

OPTIMIZERS = ("adamw", "soap")
_PRECONDITION_EVERY = 5  # steps between two updates of SOAP's eigenbases


def make_optimizer(name: str, parameters: Iterable, lr: float, weight_decay: float):
    """An optimiser over `parameters` with decoupled weight decay.

    SOAP (Vyas et al., 2025, arXiv:2409.11321) is Adam in the eigenbases of Shampoo's preconditioner. The kernels here
    have 16 to 32 channels a side, so the eigenbases add a few per cent to the time of a step.

    Args:
        name: One of OPTIMIZERS.
        parameters: The network's parameters.
        lr: Learning rate.
        weight_decay: Decay per step, relative to `lr`.

    Raises:
        ValueError: Unknown name.
    """
    if name == "adamw":
        return torch.optim.AdamW(parameters, lr, weight_decay=weight_decay)
    if name == "soap":
        soap = require("pytorch_optimizer").SOAP
        options = {"betas": (0.95, 0.95), "precondition_frequency": _PRECONDITION_EVERY}
        return soap(parameters, lr, weight_decay=weight_decay, **options)
    raise ValueError(f"unknown optimiser {name!r}; choose one of {', '.join(OPTIMIZERS)}")

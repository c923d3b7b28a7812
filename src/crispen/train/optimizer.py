"""The optimisers that a run can choose from."""

from __future__ import annotations

from collections.abc import Iterable

from crispen.errors import require

torch = require("torch", "train")

OPTIMIZERS = ("adamw", "soap")
_EVERY = 5  # steps from one turn of SOAP's bases to the next


def optimizer_of(name: str, parameters: Iterable, lr: float, weight_decay: float):
    """The optimiser called `name`, one of OPTIMIZERS, over `parameters`; decay is decoupled from the gradient in both.

    SOAP (Vyas et al., 2025, arXiv:2409.11321) is Adam in the eigenbases of Shampoo's preconditioner. These networks'
    kernels have 16 to 32 channels a side, so that the bases cost a few per cent of a step. Raises
    ValueError for another name.
    """
    if name == "adamw":
        return torch.optim.AdamW(parameters, lr, weight_decay=weight_decay)
    if name == "soap":
        soap = require("pytorch_optimizer", "train").SOAP
        options = {"betas": (0.95, 0.95), "precondition_frequency": _EVERY}
        return soap(parameters, lr, weight_decay=weight_decay, **options)
    raise ValueError(f"no optimiser {name!r}; one of {', '.join(OPTIMIZERS)}")

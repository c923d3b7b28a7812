"""Networks whose parameters are all random, as after training."""

import torch

from crispen.model.teacher import TeacherConfig

SMALL_TEACHER = TeacherConfig(width=8, encoder=(1, 1), middle=1, decoder=(1, 1))


def stirred(module, seed=0):
    """The module with all parameters random."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.1
    return module

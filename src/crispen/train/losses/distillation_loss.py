"""Output distillation: the teacher's picture stands in for a share of the truth (Hinton et al., 2015)."""

from __future__ import annotations

from collections.abc import Callable


def distillation(output_nchw, truth_nchw, label_nchw, teacher_share: float, loss: Callable):
    """(1 - teacher_share) * loss(output, truth) + teacher_share * loss(output, label), teacher_share in [0, 1]."""
    if teacher_share == 0:
        return loss(output_nchw, truth_nchw)
    return (1 - teacher_share) * loss(output_nchw, truth_nchw) + teacher_share * loss(output_nchw, label_nchw)

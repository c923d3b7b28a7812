"""The objectives of the recipes: functions of (output, truth, label, progress), built from crispen.train.loss_terms."""

from __future__ import annotations

from crispen.train.loss_terms import distillation, log_mse, ssim_loss

_SSIM_WEIGHT = 5.0  # 0.001 SSIM then weighs as much as 0.02 dB


def fidelity(output_nchw, truth_nchw):
    """ln(MSE) + 5 (1 - SSIM): the two reported metrics, each as a relative change."""
    return log_mse(output_nchw, truth_nchw) + _SSIM_WEIGHT * ssim_loss(output_nchw, truth_nchw)


def teacher_share(progress: float, peak: float = 0.5) -> float:
    """The weight of the teacher's label: `peak` in the first half of the training, then linearly to zero."""
    return peak * min(1.0, 2 * (1 - progress))


def objective(output_nchw, truth_nchw, label_nchw, progress: float):
    """`fidelity` to the truth; with labels (1 - s) * `fidelity` to the truth + s * `fidelity` to the label.

    The share s is `teacher_share(progress)`.
    """
    if label_nchw is None:
        return fidelity(output_nchw, truth_nchw)
    return distillation(output_nchw, truth_nchw, label_nchw, teacher_share(progress), fidelity)

"""Mesh: a pattern of two pixels' period, which networks on blocks of 2x2 weave where a loss on features lets them."""

from __future__ import annotations

from crispen.errors import require

torch = require("torch", "train")

_WINDOW, _STEP = 8, 4  # pixels; what is random, or an edge, cancels out over a window


def mesh_loss(output_nchw, truth_nchw):
    """Mean size of the three patterns of alternating columns, rows and squares in the error, each over 8x8 pixels."""
    error = output_nchw - truth_nchw
    rows, columns = (1 - 2 * (torch.arange(side, device=error.device) % 2) for side in error.shape[2:])
    patterns = columns.expand(error.shape[2:]), rows[:, None].expand(error.shape[2:]), rows[:, None] * columns
    return torch.nn.functional.avg_pool2d(error * torch.stack(patterns).to(error), _WINDOW, _STEP).abs().mean()

"""The gain of a network over its input on held-out pictures, by condition."""

from __future__ import annotations

import numpy as np

from crispen.errors import require
from crispen.train.distributed import map_over_processes
from crispen.train.loss_terms import ssim_terms

torch = require("torch")

_BATCH = 16


def validate(network, tiles: dict[str, np.ndarray]) -> dict:
    """Measures `network` on tiles of each condition. Processes that train together share the work.

    Args:
        network: A torch module from (N, 1, H, W) to the same shape, in [0, 1].
        tiles: {condition: (N, 2, H, W) uint8}, received and truth.

    Returns:
        For each condition, {"psnr", "psnr_unshifted", "ssim"}: the mean gain over the input in dB and SSIM;
        psnr_unshifted is measured after each tile's mean error is removed. "core": the means over the conditions.
        "clean": PSNR in dB of the output for undegraded input. "variation": standard deviation of the residual in
        [0, 1] units.
    """
    device = next(network.parameters()).device

    def measure(batch: tuple[str, int]):
        """The gains of one batch (3, N), the residual's deviation and, for a condition's first batch, "clean"."""
        name, start = batch
        planes = torch.from_numpy(tiles[name][start : start + _BATCH])
        received, truth = (planes.to(device).float() / 255).split(1, 1)
        with torch.no_grad():
            output = network(received).float()
            deviation = (output - received).std().item()
            clean = _psnr(network(truth).float().clamp(0, 1) - truth).cpu() if start == 0 else None
            output = output.clamp(0, 1)
            gains = [
                _psnr(output - truth) - _psnr(received - truth),
                _psnr(_centred(output - truth)) - _psnr(_centred(received - truth)),
                ssim_terms(output, truth)[0] - ssim_terms(received, truth)[0],
            ]
        return torch.stack(gains).cpu(), deviation, clean

    batches = [(name, start) for name, planes in tiles.items() for start in range(0, len(planes), _BATCH)]
    measured = map_over_processes(measure, batches)
    scores = {}
    for name in tiles:
        rows = [gains for (of, _), (gains, _, _) in zip(batches, measured, strict=True) if of == name]
        means = torch.cat(rows, dim=1).mean(dim=1).tolist()
        scores[name] = dict(zip(("psnr", "psnr_unshifted", "ssim"), means, strict=True))
    core = {
        key: float(np.mean([score[key] for score in scores.values()])) for key in ("psnr", "psnr_unshifted", "ssim")
    }
    return scores | {
        "core": core,
        "clean": torch.cat([clean for _, _, clean in measured if clean is not None]).mean().item(),
        "variation": float(np.mean([deviation for _, deviation, _ in measured])),
    }


def _centred(difference_nchw):
    return difference_nchw - difference_nchw.mean((1, 2, 3), keepdim=True)


def _psnr(difference_nchw):
    """(N,) dB of errors in [0, 1] units; at most 60 dB, so that a flat tile does not dominate the mean."""
    return -10 * (difference_nchw**2).mean((1, 2, 3)).clamp_min(1e-6).log10()

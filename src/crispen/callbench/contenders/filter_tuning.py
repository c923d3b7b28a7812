"""The best setting of a baseline over a grid, so that no baseline is beaten for being set badly."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from crispen.callbench.picture_cases import Pair
from crispen.filters import Baseline, Tuned
from crispen.metrics.psnr_ssim import psnr, ssim
from crispen.processes import run_parallel


def tune(
    grid: Sequence[Baseline],
    pairs: Sequence[Pair],
    jobs: int = 1,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Tuned:
    """The settings of `grid` with the highest mean PSNR and the highest mean SSIM over `pairs`.

    As in the table, conditions weigh equally: the mean is over pictures first and then over conditions.
    """
    gains = np.zeros((len(pairs), len(grid), 2))
    for done, (index, gain) in enumerate(run_parallel(_gains, [(pair, grid) for pair in pairs], jobs), 1):
        gains[index] = gain
        report(done, len(pairs))
    names = np.array([pair.condition for pair in pairs])
    mean = np.mean([gains[names == name].mean(axis=0) for name in sorted(set(names))], axis=0)
    best_psnr, best_ssim = mean.argmax(axis=0)
    return Tuned(grid[best_psnr], grid[best_ssim])


def rows(tuned: dict[str, Tuned]) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Each family's one or two settings by the name of its row in a table."""
    named = {}
    for family, best in tuned.items():
        if best.for_psnr == best.for_ssim:
            named[family] = best.for_psnr
        else:
            named |= {f"{family} (for PSNR)": best.for_psnr, f"{family} (for SSIM)": best.for_ssim}
    return named


def _gains(pair: Pair, grid: Sequence[Baseline]) -> np.ndarray:
    """(len(grid), 2) gains of each setting over the input: dB, SSIM."""
    truth, received = pair.load()
    before = np.array([psnr(truth, received), ssim(truth, received)])
    return (
        np.array([[psnr(truth, output), ssim(truth, output)] for output in (setting(received) for setting in grid)])
        - before
    )

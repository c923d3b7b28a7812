"""Finds the best setting of a filter over a grid, so that every filter is compared at its best."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from crispen.callbench.case import Case
from crispen.callbench.case_builder import build_pictures
from crispen.callbench.hashing import hash_file
from crispen.callbench.picture_cases import find_pictures
from crispen.callbench.suite_run import RunOptions
from crispen.data.validation_split import is_validation
from crispen.degrade.condition import Condition
from crispen.errors import CrispenError
from crispen.filters import GRIDS, Filter, Tuned
from crispen.metrics.psnr import psnr
from crispen.metrics.ssim import ssim
from crispen.processes import run_parallel


def tune(
    grid: Sequence[Filter],
    cases: Sequence[Case],
    jobs: int = 1,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Tuned:
    """Finds the settings of `grid` with the highest mean PSNR and the highest mean SSIM over `cases`.

    As in the tables, conditions weigh equally: the mean is over pictures first and then over conditions.
    """
    gains = np.zeros((len(cases), len(grid), 2))
    for done, (index, gain) in enumerate(run_parallel(_gains, [(case, grid) for case in cases], jobs), 1):
        gains[index] = gain
        report(done, len(cases))
    names = np.array([case.condition for case in cases])
    mean = np.mean([gains[names == name].mean(axis=0) for name in sorted(set(names))], axis=0)
    best_psnr, best_ssim = mean.argmax(axis=0)
    return Tuned(grid[best_psnr], grid[best_ssim])


def tune_on_validation(
    folder: Path,
    limit: int,
    measured: Collection[Path],
    conditions: Mapping[str, Condition],
    options: RunOptions,
) -> tuple[dict[str, Tuned], int]:
    """Tunes every filter on the validation split of `folder`.

    Args:
        folder: Folder of clean pictures.
        limit: Largest number of pictures, which are spread evenly.
        measured: Files that CallBench measures, which may not be tuned on.
        conditions: The conditions by name.
        options: Options of the run.

    Returns:
        {family: its settings}, and the number of pictures.

    Raises:
        CrispenError: If no picture is in the validation split, or one is measured too.
    """
    pictures = [(name, path) for name, path in find_pictures(folder).items() if is_validation(path.name)]
    if not pictures:
        raise CrispenError(f"no picture of {folder} falls into the validation split; give a folder with more")
    chosen = dict(pictures[:: -(-len(pictures) // limit)])
    hashes = set(map(hash_file, measured))
    shared = next((path for path in chosen.values() if hash_file(path) in hashes), None)
    if shared:
        raise CrispenError(f"{shared} is among the measured ones too; tune on pictures that are not measured")
    report = options.progress("validation cases built")
    cases = build_pictures(chosen, conditions, options.cache, options.seed, options.jobs, report)
    tuned = {
        name: tune(grid, cases, options.jobs, options.progress(f"cases tuned on: {name}"))
        for name, grid in GRIDS.items()
    }
    return tuned, len(chosen)


def _gains(case: Case, grid: Sequence[Filter]) -> np.ndarray:
    """(len(grid), 2) gains of each setting over the input: dB, SSIM."""
    truth, received = case.load()
    before = np.array([psnr(truth, received), ssim(truth, received)])
    outputs = (setting(received) for setting in grid)
    return np.array([[psnr(truth, output), ssim(truth, output)] for output in outputs]) - before

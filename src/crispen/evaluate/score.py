"""Every sharpener on every pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from crispen.errors import CrispenError
from crispen.evaluate.metrics import psnr, psnr_unshifted, ssim
from crispen.evaluate.pairs import Pair

INPUT = "input"
Sharpen = Callable[[np.ndarray], np.ndarray]  # (H, W) uint8 -> (H, W) uint8


@dataclass(frozen=True)
class Case:
    """The score of one sharpener on one pair, against the truth; `sharpener` INPUT is the received picture as it is.

    psnr, psnr_unshifted: dB, see crispen.evaluate.metrics. ssim: 1 for equal planes.
    """

    picture: str
    condition: str
    sharpener: str
    psnr: float
    psnr_unshifted: float
    ssim: float


def score(
    pairs: Sequence[Pair],
    sharpeners: Mapping[str, Sharpen],
    jobs: int = 1,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> list[Case]:
    """The cases of `pairs`, each with the input first and then `sharpeners` in their order.

    Sharpeners are called in this thread, one after the other; `jobs` threads measure what they made.
    Raises CrispenError if a sharpener returns something other than a uint8 plane of the input's size.
    """
    cases: list[Case] = []
    with ThreadPoolExecutor(jobs) as pool:
        for done, pair in enumerate(pairs, 1):
            truth, received = pair.load()
            outputs = {INPUT: received} | {name: sharpen(received) for name, sharpen in sharpeners.items()}
            for name, output in outputs.items():
                if output.shape != received.shape or output.dtype != np.uint8:
                    raise CrispenError(
                        f"{name} made {output.dtype} {output.shape} of {pair.picture} ({pair.condition}), which is "
                        f"uint8 {received.shape}; a sharpener must keep size and type"
                    )
            cases += pool.map(partial(_case, pair, truth), outputs, outputs.values())
            report(done, len(pairs))
    return cases


def _case(pair: Pair, truth: np.ndarray, name: str, output: np.ndarray) -> Case:
    return Case(
        pair.picture, pair.condition, name, psnr(truth, output), psnr_unshifted(truth, output), ssim(truth, output)
    )

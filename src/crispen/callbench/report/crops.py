"""The crops that a report shows: where a contender changed most, in its best and in its worst cases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crispen.callbench.contender_scores import INPUT
from crispen.callbench.contenders.contender import Contender, Failed
from crispen.callbench.picture_cases import Pair
from crispen.callbench.report.contact_sheet import most_changed
from crispen.callbench.report.html_report import Crop, encode_crop
from crispen.metrics.psnr_ssim import psnr, ssim

SIDE = 256  # pixels


def crops_of(pairs: Sequence[Pair], contender: Contender, row: dict) -> list[Crop]:
    """Crops of the cases in `row["best"]`, then of those in `row["worst"]`, as `summarise_rows` lists them."""
    at = {(pair.picture, pair.condition): pair for pair in pairs}
    crops = []
    for worst, key in ((False, "best"), (True, "worst")):
        for rank, entry in enumerate(row[key], 1):
            pair = at[entry["picture"], entry["condition"]]
            output = next(contender.pictures([pair.arrived()]))
            if not isinstance(output, Failed):
                crops.append(_crop(pair, contender.name, output, entry["gain"], worst, rank))
    return crops


def _crop(pair: Pair, name: str, output: np.ndarray, gain: float, worst: bool, rank: int) -> Crop:
    truth, received = pair.load()
    top, left = most_changed(truth, received, output, SIDE)
    window = np.s_[top : top + SIDE, left : left + SIDE]
    height, width = truth[window].shape
    scores = {
        label: {"psnr": psnr(truth, plane), "ssim": ssim(truth, plane)}
        for label, plane in ((INPUT, received), (name, output))
    }
    before, after, true = (encode_crop(plane[window]) for plane in (received, output, truth))
    return Crop(pair.picture, pair.condition, gain, worst, rank, scores, before, after, true, width, height)

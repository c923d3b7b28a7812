"""A picture of the worst cases of the heads or the combined suite."""

from __future__ import annotations

import numpy as np
from PIL import Image

from crispen.callbench.case_summary import worst_cases
from crispen.callbench.contenders.contender import Failed
from crispen.callbench.report.crop_grid import crop_row, stack_rows
from crispen.callbench.scoring import INPUT
from crispen.callbench.suite_run import SuiteRun
from crispen.metrics.psnr import psnr

_CASES, _SIDE, _ZOOM = 20, 160, 2


def worst_crop_grid(run: SuiteRun, summary: dict, focus: str) -> Image.Image:
    """Draws input, output and truth of the worst cases of `focus`: the crop that it changed most of the worst frame."""
    contender = next(one for one in run.contenders if one.name == focus)
    at = {(case.picture, case.condition): case for case in run.cases}
    rows = []
    for worst in worst_cases(summary["rows"][focus], _CASES):
        case = at[worst["picture"], worst["condition"]]
        made = contender.clip(case.input_frames())
        if isinstance(made, Failed):
            continue
        frames = list(zip(case.frames("truth"), case.frames("received"), made, strict=True))
        gains = [psnr(truth, output) - psnr(truth, received) for truth, received, output in frames]
        index = int(np.argmin(gains))
        truth, received, output = frames[index]
        title = f"{case.picture}, {case.condition}, frame {index}"
        rows.append(crop_row(truth, {INPUT: received, focus: output}, focus, title, _SIDE, _ZOOM))
    return stack_rows(rows)

"""A picture of the worst cases of the heads suite."""

from __future__ import annotations

import numpy as np
from PIL import Image

from crispen.callbench.contenders.contender import Failed
from crispen.callbench.heads_suite import HeadsRun
from crispen.callbench.heads_summary import worst_cases
from crispen.callbench.report.crop_grid import crop_row, stack_rows
from crispen.callbench.scoring import INPUT
from crispen.metrics.psnr import psnr

_SIDE, _ZOOM = 160, 2


def heads_crop_grid(run: HeadsRun, summary: dict, focus: str) -> Image.Image:
    """Draws input, output and truth of the worst cases of `focus`: the crop that it changed most of the worst frame."""
    contender = next(one for one in run.contenders if one.name == focus)
    at = {(case.picture, case.condition): case for case in run.cases}
    rows = []
    for worst in worst_cases(summary["rows"][focus]):
        case = at[worst["clip"], worst["point"]]
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

"""Crops of a contender's best and worst cases, where it changed the picture most."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from crispen.callbench.case import Case
from crispen.callbench.contenders.contender import Contender, Failed
from crispen.callbench.scoring import INPUT
from crispen.metrics.psnr import psnr
from crispen.metrics.ssim import cv2, ssim

SIDE = 256  # pixels


@dataclass(frozen=True)
class Crop:
    """A part of one case.

    Attributes:
        picture: Name of the picture.
        condition: Name of the condition.
        gain_db: Gain of the whole picture.
        worst: Whether it is among the worst or among the best.
        rank: Rank among these, from 1.
        scores: {contender: {metric: value}} of the whole picture, the input first and then the contender.
        before: The input as a lossless WebP or PNG file, width x height.
        after: The contender's output in the same format.
        truth: The truth in the same format.
        width: Width in pixels.
        height: Height in pixels.
    """

    picture: str
    condition: str
    gain_db: float
    worst: bool
    rank: int
    scores: dict[str, dict[str, float]]
    before: bytes
    after: bytes
    truth: bytes
    width: int
    height: int


def crops_of(cases: Sequence[Case], contender: Contender, row: dict) -> list[Crop]:
    """Makes crops of the cases in `row["best"]`, then of those in `row["worst"]`, as `summarise_rows` lists them."""
    at = {(case.picture, case.condition): case for case in cases}
    crops = []
    for worst, key in ((False, "best"), (True, "worst")):
        for rank, entry in enumerate(row[key], 1):
            case = at[entry["picture"], entry["condition"]]
            output = next(contender.pictures([case.input()]))
            if not isinstance(output, Failed):
                crops.append(_crop(case, contender.name, output, entry["gain"], worst, rank))
    return crops


def encode_crop(plane: np.ndarray, zoom: int = 1) -> bytes:
    """Encodes an (H, W) uint8 plane, each pixel zoom x zoom, as lossless WebP."""
    enlarged = Image.fromarray(np.ascontiguousarray(plane.repeat(zoom, 0).repeat(zoom, 1)))
    file = io.BytesIO()
    enlarged.save(file, "WEBP", lossless=True, quality=80, method=6)
    return file.getvalue()


def most_changed(truth: np.ndarray, received: np.ndarray, output: np.ndarray, side: int) -> tuple[int, int]:
    """Finds (top, left) of the window of `side` pixels in which the sum of squared errors changed most, up or down."""
    before, after = (np.square(truth.astype(np.float64) - plane) for plane in (received, output))
    sums = cv2.integral(after - before)
    height, width = (min(side, room) for room in truth.shape)
    change = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = np.unravel_index(int(np.abs(change).argmax()), change.shape)
    return int(top), int(left)


def _crop(case: Case, name: str, output: np.ndarray, gain: float, worst: bool, rank: int) -> Crop:
    truth, received = case.load()
    top, left = most_changed(truth, received, output, SIDE)
    window = np.s_[top : top + SIDE, left : left + SIDE]
    height, width = truth[window].shape
    scores = {
        label: {"psnr": psnr(truth, plane), "ssim": ssim(truth, plane)}
        for label, plane in ((INPUT, received), (name, output))
    }
    before, after, true = (encode_crop(plane[window]) for plane in (received, output, truth))
    return Crop(case.picture, case.condition, gain, worst, rank, scores, before, after, true, width, height)

"""Fits the router of a bank: which set of weights, at which strength, gains most on a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from crispen.data.tile_reader import clips_of
from crispen.errors import require
from crispen.model.student import Student
from crispen.runtime.router import MEASURES, Choice, Router, measures

torch = require("torch", "train")

LOOKS = 4  # at each clip
STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
_SSIM_DB = 20.0  # one thousandth of SSIM counts as much as 0.02 dB, as in the students' loss
_REGRET = 3.0  # a loss weighs 1 + this times what as large a gain does
_MSE_FLOOR = 3e-5  # as in losses.psnr
_C1, _C2 = 0.01**2, 0.03**2
_MOST = 6  # tiles of a clip that are looked at
_NODES, _STEPS, _BATCH, _LR, _DECAY = 192, 16_000, 256, 3e-3, 0.02
_SHARPNESS, _GAIN = 10.0, 0.3  # a choice that promises 0.1 dB more is e times as likely; dB of it against Huber's loss
_NOISE = 0.05  # on standardised measures, so that nothing is read from their last digits


def choices_of(sets: Sequence[str]) -> list[Choice]:
    """Nothing at all, and each set at each of STRENGTHS."""
    return [Choice(sets[0], 0.0), *(Choice(name, strength) for name in sets for strength in STRENGTHS)]


def gains_of(
    students: Sequence[Student], pairs: Path, report: Callable = print
) -> tuple[np.ndarray, np.ndarray, list[dict]]:
    """What each choice gains on every training clip.

    Returns gains (clips, choices) in dB of PSNR of the whole clip, with what SSIM gains counted in; measures
    (LOOKS, clips, MEASURES), of some tiles of the clip, of the others, and of one and of three in video levels, 16 to
    235; the line of each clip.
    """
    gains, shown, rows, rng = [], [[] for _ in range(LOOKS)], [], np.random.default_rng(0)
    for number, (row, planes) in enumerate(clips_of(pairs)):
        every = -(-len(planes) // _MOST)
        received, truth = (torch.from_numpy(planes[::every].copy()).float() / 255).split(1, dim=1)
        with torch.inference_mode():
            corrections = [student.correction(received)[0] for student in students]
            gains.append([0.0, *_gains(received, truth, corrections)])
        y = planes[:, 0]
        video = (16 + y * (219 / 255)).round().astype(np.uint8)
        others = y[1::every] if every > 1 else y[: len(y) // 2 + 1]
        some = rng.permutation(len(y))[:3]
        for found, look in zip(shown, (y[::every], others, video[[number % len(y)]], video[some]), strict=True):
            found.append(measures(look))
        rows.append(row)
        if len(gains) % 1000 == 0:
            report(f"{len(gains)} clips")
    return np.array(gains, np.float32), np.array(shown), rows


def _gains(received, truth, corrections: Sequence) -> list[float]:
    """What `received` + strength * correction gains on it, for each of `corrections` each of STRENGTHS.

    All is quadratic in the strength: the squared error, and the moments of SSIM, here over blocks of 8x8 pixels in
    steps of 4, which Wang et al. (2004) allow and which are quick.
    """

    def pooled(*planes):
        return [torch.nn.functional.avg_pool2d(plane, 8, 4) for plane in planes]

    def ssim(mean, covariance, variance):
        likeness = (2 * mean * t + _C1) / (mean**2 + t**2 + _C1)
        return (likeness * (2 * covariance + _C2) / (variance + _C2)).mean()

    missing, gains = truth - received, []
    before = (missing**2).mean()
    x, t, xt, squares = pooled(received, truth, received * truth, received**2 + truth**2)
    plain = ssim(x, xt - x * t, squares - x**2 - t**2)
    for correction in corrections:
        cross, power = (missing * correction).mean(), (correction**2).mean()
        c, xc, tc, cc = pooled(correction, received * correction, truth * correction, correction**2)
        for s in STRENGTHS:
            mean, after = x + s * c, before - 2 * s * cross + s * s * power
            now = ssim(mean, xt + s * tc - mean * t, squares + 2 * s * xc + s * s * cc - mean**2 - t**2)
            decibels = 10 * ((before + _MSE_FLOOR) / (after + _MSE_FLOOR)).log10()
            gains.append((decibels + _SSIM_DB * (now - plain)).item())
    return gains


def fit_router(
    choices: Sequence[Choice],
    gains_cs: np.ndarray,
    measures_kcm: np.ndarray,
    weights_c: np.ndarray,
    steps: int = _STEPS,
) -> Router:
    """A router that chooses well on clips with these gains, `gains_cs` (clips, choices) in dB.

    measures_kcm: (K, clips, MEASURES), K looks at each clip. weights_c: how much each clip counts. The loss is Huber's
    on what a choice gains beyond the clip's mean over the choices, for only that decides, less what a soft
    choice gains.
    """
    gains_cs = gains_cs - _REGRET * np.maximum(-gains_cs, 0)
    generator = torch.Generator().manual_seed(0)
    shown = torch.from_numpy(measures_kcm.reshape(-1, MEASURES))
    centre, spread = shown.mean(0), shown.std(0) + 1e-3
    shown = ((shown - centre) / spread).clamp(-4, 4)
    looks = len(measures_kcm)
    wanted = torch.from_numpy(gains_cs - gains_cs.mean(1, keepdims=True)).float().repeat(looks, 1)
    weights = torch.from_numpy(np.asarray(weights_c)).float().repeat(looks)
    layers = torch.nn.Linear(MEASURES, _NODES), torch.nn.Linear(_NODES, len(choices))
    with torch.no_grad():
        for layer in layers:
            layer.weight.normal_(0, layer.in_features**-0.5, generator=generator)
            layer.bias.zero_()
    parameters = [value for layer in layers for value in layer.parameters()]
    optimizer = torch.optim.AdamW(parameters, _LR, weight_decay=_DECAY)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = _LR * (1 - step / steps)
        batch = torch.multinomial(weights, _BATCH, replacement=True, generator=generator)
        noisy = shown[batch] + _NOISE * torch.randn(_BATCH, MEASURES, generator=generator)
        told = layers[1](layers[0](noisy).relu())
        share = torch.softmax(_SHARPNESS * told, dim=1)
        gained = (share * wanted[batch]).sum(1).mean()
        loss = torch.nn.functional.huber_loss(told, wanted[batch], delta=0.3) - _GAIN * gained
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    arrays = (torch.cat([layer.weight.T, layer.bias[None]]).detach().numpy() for layer in layers)
    return Router(tuple(choices), centre.numpy(), spread.numpy(), *arrays)

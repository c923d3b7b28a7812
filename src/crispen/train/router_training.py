"""Training of the router: which expert, at which strength, gains most on a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from crispen.data.clean_sources import is_video
from crispen.data.tile_reader import iter_clips
from crispen.degrade.known_stream import known_stream
from crispen.errors import require
from crispen.model.student import Student
from crispen.runtime.router import INPUTS, MEASURES, Choice, Router, measures
from crispen.runtime.stream_info import (
    IS_VIDEO,
    KNOWN_OF_CODING,
    KNOWN_OF_FACTOR,
    STREAM_INPUTS,
    stream_inputs,
)

torch = require("torch")

STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
VIEWS = 4  # sets of measures taken of each clip, from different tiles and ranges of levels
_TILES = 6  # tiles of a clip on which gains are measured, at most

_SSIM_DB = 20.0  # dB that one unit of SSIM counts as: 0.001 is 0.02 dB, as in the students' objective
_REGRET = 2.0  # a loss of x dB counts as 1 + 2 times x
_MSE_FLOOR = 3e-5  # as in losses.log_mse
_C1, _C2 = 0.01**2, 0.03**2  # SSIM's constants for pictures in [0, 1]

_NODES, _STEPS, _BATCH, _LR, _DECAY = 192, 16_000, 256, 3e-3, 0.02
_HUBER_DELTA = 0.3  # dB
_SOFTMAX_SCALE = 10.0  # a choice with 0.1 dB more predicted gain has e times the probability
_GAIN_WEIGHT = 0.3  # of the expected gain in dB against the Huber loss
_HIDDEN = 0.5  # share of the samples from which the stream's factor is hidden, and, independently, its coding
_NOISE = 0.1  # standard deviation added to the standardised measures, against overfitting to small differences


def router_choices(experts: Sequence[str]) -> list[Choice]:
    """The router's choices: strength 0, and each expert at each of STRENGTHS."""
    return [Choice(experts[0], 0.0), *(Choice(name, strength) for name in experts for strength in STRENGTHS)]


def measure_gains(
    students: Sequence[Student], pairs: Path, report: Callable = print
) -> tuple[np.ndarray, np.ndarray, list[dict]]:
    """Measures the gain of each choice, and the router's inputs, on every training clip.

    Args:
        students: The experts, in the order of `router_choices`.
        pairs: A pair set.
        report: Receives a line after each 1,000 clips.

    Returns:
        gains: (clips, choices) float32, in dB of PSNR over some tiles of the clip, plus 0.02 dB for 0.001 of SSIM.
        measures: (VIEWS, clips, MEASURES): of the tiles the gains are measured on, of the others, and of one and of
            three tiles in video levels, 16 to 235.
        rows: The line of each clip's first tile.
    """
    gains, views, rows, rng = [], [[] for _ in range(VIEWS)], [], np.random.default_rng(0)
    for number, (row, planes) in enumerate(iter_clips(pairs)):
        every = -(-len(planes) // _TILES)
        received, truth = (torch.from_numpy(planes[::every].copy()).float() / 255).split(1, dim=1)
        with torch.inference_mode():
            corrections = [student.correction(received)[0] for student in students]
            gains.append([0.0, *_gains_of_strengths(received, truth, corrections)])
        y = planes[:, 0]
        video = (16 + y * (219 / 255)).round().astype(np.uint8)
        others = y[1::every] if every > 1 else y[: len(y) // 2 + 1]
        some = rng.permutation(len(y))[:3]
        for found, view in zip(views, (y[::every], others, video[[number % len(y)]], video[some]), strict=True):
            found.append(measures(view))
        rows.append(row)
        if len(gains) % 1000 == 0:
            report(f"{len(gains)} clips")
    return np.array(gains, np.float32), np.array(views), rows


def _gains_of_strengths(received, truth, corrections: Sequence) -> list[float]:
    """The gain of `received` + strength * correction over `received`, for each correction at each of STRENGTHS.

    The squared error and the moments of SSIM are quadratic in the strength, so they are computed once for all of them.
    SSIM uses blocks of 8x8 pixels at a stride of 4, which Wang et al. (2004) permit and which is fast.
    """

    def pooled(*planes):
        return [torch.nn.functional.avg_pool2d(plane, 8, 4) for plane in planes]

    def ssim(mean, covariance, variance):
        luminance = (2 * mean * t + _C1) / (mean**2 + t**2 + _C1)
        return (luminance * (2 * covariance + _C2) / (variance + _C2)).mean()

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


def known_streams(rows: Sequence[dict]) -> np.ndarray:
    """What a receiver knows of each clip, (clips, STREAM_INPUTS) float32, from the lines of the pair set."""
    return np.array(
        [stream_inputs(known_stream(row["condition"]), is_video(Path(row.get("source", "")))) for row in rows]
    )


def fit_router(
    choices: Sequence[Choice],
    gains_cs: np.ndarray,
    measures_kcm: np.ndarray,
    known_cs: np.ndarray,
    weights_c: np.ndarray,
    steps: int = _STEPS,
) -> Router:
    """Trains a router with one hidden layer to predict each choice's gain.

    What is known of the stream is hidden from a random half of the samples, so that one router works with and without.

    The loss is Huber's on each choice's gain relative to the clip's mean over the choices, because only differences
    decide, minus a share of the gain expected from a softmax over the predictions.

    Args:
        choices: What the router chooses from.
        gains_cs: (clips, choices), in dB.
        measures_kcm: (views, clips, MEASURES).
        known_cs: (clips, STREAM_INPUTS), what is known of the stream.
        weights_c: (clips,), how often each clip is drawn.
        steps: Optimiser steps of 256 clips.
    """
    gains_cs = gains_cs - _REGRET * np.maximum(-gains_cs, 0)
    generator = torch.Generator().manual_seed(0)
    inputs = torch.from_numpy(measures_kcm.reshape(-1, MEASURES))
    centre, spread = inputs.mean(0), inputs.std(0) + 1e-3
    inputs = ((inputs - centre) / spread).clamp(-4, 4)
    views = len(measures_kcm)
    wanted = torch.from_numpy(gains_cs - gains_cs.mean(1, keepdims=True)).float().repeat(views, 1)
    weights = torch.from_numpy(np.asarray(weights_c)).float().repeat(views)
    known = torch.from_numpy(known_cs).repeat(views, 1)
    layers = torch.nn.Linear(INPUTS, _NODES), torch.nn.Linear(_NODES, len(choices))
    with torch.no_grad():
        for layer in layers:
            layer.weight.normal_(0, layer.in_features**-0.5, generator=generator)
            layer.bias.zero_()
    parameters = [value for layer in layers for value in layer.parameters()]
    optimizer = torch.optim.AdamW(parameters, _LR, weight_decay=_DECAY)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = _LR * (1 - step / steps)
        batch = torch.multinomial(weights, _BATCH, replacement=True, generator=generator)
        noisy = inputs[batch] + _NOISE * torch.randn(_BATCH, MEASURES, generator=generator)
        given = torch.cat([noisy, _partly_hidden(known[batch], generator)], dim=1)
        predicted = layers[1](layers[0](given).relu())
        share = torch.softmax(_SOFTMAX_SCALE * predicted, dim=1)
        expected = (share * wanted[batch]).sum(1).mean()
        loss = torch.nn.functional.huber_loss(predicted, wanted[batch], delta=_HUBER_DELTA) - _GAIN_WEIGHT * expected
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    arrays = (torch.cat([layer.weight.T, layer.bias[None]]).detach().numpy() for layer in layers)
    return Router(tuple(choices), centre.numpy(), spread.numpy(), *arrays)


def _partly_hidden(known_cs, generator):
    """The inputs with each group set to zero, which means not known, in a share of the samples.

    A share of the clips that were made of a picture counts as video, because those are what most videos look like.
    """
    shown = torch.ones(len(known_cs), STREAM_INPUTS)
    for group in (KNOWN_OF_FACTOR, KNOWN_OF_CODING):
        shown[:, group] = (torch.rand(len(known_cs), 1, generator=generator) >= _HIDDEN).float()
    given = known_cs * shown
    counts = (torch.rand(len(known_cs), generator=generator) >= _HIDDEN).float()
    given[:, IS_VIDEO] = torch.maximum(given[:, IS_VIDEO], counts)
    return given

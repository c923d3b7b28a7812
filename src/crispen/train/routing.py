"""Fits the router of a bank: which set of weights gains most on a picture, told from what its tiles show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from crispen.data.tiles import clips_of
from crispen.errors import require
from crispen.model.router import MEASURES, Router, measures

torch = require("torch", "train")

_MSE_FLOOR = 3e-5  # as in losses.psnr
_MOST = 8  # tiles of a clip that are looked at
_NODES, _STEPS, _BATCH, _LR, _DECAY = 32, 4000, 256, 3e-3, 0.02
_NOISE = 0.05  # on standardised measures, so that nothing is read from their last digits


def gains_of(
    networks: Sequence, pairs: Path, clips: int, report: Callable = print
) -> tuple[np.ndarray, np.ndarray, list[dict]]:
    """What each of `networks` gains on the first `clips` training clips, and what the clips show.

    Returns gains (clips, networks) in dB of PSNR, as the loss counts it; measures (2, clips, MEASURES), of up to eight
    tiles, and of a single one in video levels, 16 to 235; the line of each clip.
    """
    gains, shown, rows = [], [[], []], []
    for row, planes in islice(clips_of(pairs), clips):
        tiles = planes.copy()
        received, truth = (torch.from_numpy(tiles).float() / 255).split(1, dim=1)
        before = (received - truth).square().mean() + _MSE_FLOOR
        with torch.inference_mode():
            after = torch.stack([(net(received).clamp(0, 1) - truth).square().mean() for net in networks]) + _MSE_FLOOR
        gains.append((10 * (before / after).log10()).numpy())
        single = tiles[len(gains) % len(tiles), :1]
        shown[0].append(measures(tiles[:_MOST, 0]))
        shown[1].append(measures((16 + single * (219 / 255)).round().astype(np.uint8)))
        rows.append(row)
        if len(gains) % 1000 == 0:
            report(f"{len(gains)} clips")
    return np.array(gains), np.array(shown), rows


def fit_router(sets: Sequence[str], gains_cs: np.ndarray, measures_kcm: np.ndarray, weights_c: np.ndarray) -> Router:
    """A router that chooses well on clips with these gains, `gains_cs` (clips, sets) in dB.

    measures_kcm: (K, clips, MEASURES), K looks at each clip. weights_c: how much each clip counts. The loss is Huber's
    on what a set gains beyond the clip's mean over the sets: only that decides.
    """
    generator = torch.Generator().manual_seed(0)
    shown = torch.from_numpy(measures_kcm.reshape(-1, MEASURES))
    centre, spread = shown.mean(0), shown.std(0) + 1e-3
    shown = ((shown - centre) / spread).clamp(-4, 4)
    looks = len(measures_kcm)
    wanted = torch.from_numpy(gains_cs - gains_cs.mean(1, keepdims=True)).float().repeat(looks, 1)
    weights = torch.from_numpy(np.asarray(weights_c)).float().repeat(looks)
    layers = torch.nn.Linear(MEASURES, _NODES), torch.nn.Linear(_NODES, len(sets))
    with torch.no_grad():
        for layer in layers:
            layer.weight.normal_(0, layer.in_features**-0.5, generator=generator)
            layer.bias.zero_()
    parameters = [value for layer in layers for value in layer.parameters()]
    optimizer = torch.optim.AdamW(parameters, _LR, weight_decay=_DECAY)
    for step in range(_STEPS):
        optimizer.param_groups[0]["lr"] = _LR * (1 - step / _STEPS)
        batch = torch.multinomial(weights, _BATCH, replacement=True, generator=generator)
        noisy = shown[batch] + _NOISE * torch.randn(_BATCH, MEASURES, generator=generator)
        told = layers[1](layers[0](noisy).relu())
        loss = torch.nn.functional.huber_loss(told, wanted[batch], delta=0.3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    arrays = (torch.cat([layer.weight.T, layer.bias[None]]).detach().numpy() for layer in layers)
    return Router(tuple(sets), centre.numpy(), spread.numpy(), *arrays)

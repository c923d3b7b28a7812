"""The last step of training a student: a gate and the ranges for eight bits, fitted to whole clips; weights stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from crispen.data.tiles import clips_of
from crispen.errors import require
from crispen.model.gate import FLOOR, Gate
from crispen.model.student import Student

torch = require("torch", "train")

_DECAY = 3e-4  # on the weights of standardised logarithms; ten times more or less changes the gain by 0.002 dB
_MSE_FLOOR = 3e-5  # as in losses.psnr
_INSIDE = 99.995  # per cent of a layer's activations that eight bits reach; 99.9 cost 0.03 dB, 100 cost 0.01
_STRIDE = 211  # of the activations that are looked at; prime to the sides of a tile
_REGRET = 2.0  # a clip made worse weighs this much more than one made as much better: 6 % -> 3 % worse, for 0.016 dB


def calibrate(student: Student, pairs: Path, clips: int, weigh: Callable[[dict], float], gated: bool = True) -> Student:
    """`student` with its `tops` and, if `gated`, its gate fitted to the first `clips` training clips of `pairs`.

    The gate gives each clip its best strength. With the correction d and what it should be, r, the squared error at
    strength g is |r|^2 - 2 g d.r + g^2 |d|^2: three sums for each clip, so that the gate's weights are fitted in a
    moment, by L-BFGS, to the mean of ln(MSE) and of what it rose by where it rose. A batch of training could not do it:
    its tiles are too small to tell the picture's statistics.
    """
    sums, means, weights, samples = [], [], [], []
    student = student.cpu().eval()  # it may come from a GPU, and a pass over the clips takes minutes on a CPU
    for row, planes in islice(clips_of(pairs), clips):
        received, truth = (torch.from_numpy(planes.copy()).float() / 255).split(1, dim=1)
        with torch.inference_mode():
            correction, activations = student.correction(received)
            missing = truth - received
            products = (missing * missing, correction * missing, correction * correction)
            sums.append([product.mean().item() for product in products])
            means.append(activations[student.gate_layer].mean((0, 2, 3)).numpy())
            # copied: a view would keep all activations of all clips in memory
            samples.append(
                [values.flatten()[len(samples) % _STRIDE :: _STRIDE].numpy().copy() for values in activations]
            )
        weights.append(weigh(row))
    fitted = Student(replace(student.config, gated=gated)).to(memory_format=torch.channels_last)
    fitted.load_state_dict(student.state_dict(), strict=False)
    if gated:
        fitted.gate = _fitted(torch.tensor(np.array(means)), torch.tensor(sums), torch.tensor(weights))
    tops = [max(np.percentile(np.concatenate(layer), _INSIDE), 1e-3) for layer in zip(*samples, strict=True)]
    fitted.tops.copy_(torch.tensor(tops))  # type: ignore[operator]
    return fitted.eval()


def _fitted(means_nc, sums_n3, weights_n) -> Gate:
    logs = (means_nc + FLOOR).log()
    centre, spread = logs.mean(0), logs.std(0, correction=0) + 1e-3
    standard = (logs - centre) / spread
    before, cross, power = sums_n3.unbind(1)
    untouched = (before + _MSE_FLOOR).log()
    solution = torch.zeros(means_nc.shape[1] + 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([solution], max_iter=300, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        strength = 2 * torch.sigmoid(standard @ solution[:-1] + solution[-1])
        after = before - 2 * strength * cross + strength**2 * power
        change = (after + _MSE_FLOOR).log() - untouched
        value = (weights_n * (change + _REGRET * change.relu())).sum() / weights_n.sum()
        value = value + _DECAY * solution[:-1].square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    gate = Gate(means_nc.shape[1])
    with torch.no_grad():
        gate.weight.copy_(solution[:-1] / spread)
        gate.bias.copy_(solution[-1] - (gate.weight * centre).sum())
    return gate

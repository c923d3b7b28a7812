"""Reads the tiles of a pair set. A batch depends on (seed, step) only, so a resumed run sees the same batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from crispen.degrade.core_conditions import CORE
from crispen.errors import CrispenError


class Tiles:
    """The memory-mapped training tiles of a pair set, with a teacher's labels if there are any.

    Args:
        folder: A pair set.
        labels: A folder with NNNNN.npy, (N, 128, 128) uint8, for each labelled shard. The label of a tile without one
            is its truth.
        weigh: From a tile's line in the pair set to how often it is drawn, relative to the others; None draws all
            equally often.

    Raises:
        CrispenError: The folder holds no pair set, every weight is zero, or the labels belong to another set.
    """

    def __init__(self, folder: Path, labels: Path | None = None, weigh: Callable[[dict], float] | None = None):
        paths = sorted((folder / "train").glob("*.npy"))
        if not paths:
            raise CrispenError(f"{folder} holds no training pairs; run: crispen data build PICTURES {folder}")
        self.shards = [np.load(path, mmap_mode="r") for path in paths]
        self.labels = None
        if labels is not None:
            found = [labels / path.name for path in paths]
            self.labels = [np.load(path, mmap_mode="r") if path.exists() else None for path in found]
            pairs = zip(self.shards, self.labels, strict=True)
            if any(made is not None and len(made) != len(shard) for shard, made in pairs):
                raise CrispenError(f"{labels} was made for another set than {folder}; remove it and label again")
        self.starts = np.cumsum([0, *map(len, self.shards)])
        weights = np.ones(len(self))
        if weigh is not None:
            weights = np.array([weigh(row) for path in paths for row in _rows(path)])
        if not weights.any():
            raise CrispenError(f"{folder} holds no tile of the requested degradation; build pairs that have it")
        shares = np.cumsum(weights)
        self.shares = shares / shares[-1]

    def __len__(self) -> int:
        return int(self.starts[-1])

    def batch(self, seed: int, step: int, size: int, side: int = 128, part: slice = slice(None)) -> np.ndarray:
        """The tiles of one step, each flipped and transposed at random.

        Args:
            seed: Seed of the run.
            step: Number of the step.
            size: Tiles in the whole batch.
            side: Side in pixels; smaller tiles are cropped at multiples of 8, to keep the phase of the codec's grid.
            part: Which rows of the batch to return; only these are read.

        Returns:
            (rows, 2 or 3, side, side) uint8: received, truth and, with labels, label.
        """
        rng = np.random.default_rng([seed, step])
        indices = np.searchsorted(self.shares, rng.random(size), side="right")
        shards = np.searchsorted(self.starts, indices, side="right") - 1
        rooms = np.array([(self.shards[shard].shape[-1] - side) // 8 + 1 for shard in shards])
        drawn = rng.integers(np.stack([rooms, rooms, np.full(size, 8)], axis=1))  # for the whole batch, for any `part`
        wanted = range(size)[part]
        batch = np.empty((len(wanted), 3 if self.labels is not None else 2, side, side), np.uint8)
        for number, row in enumerate(wanted):
            shard, (top, left, flip) = shards[row], drawn[row] * (8, 8, 1)
            within = int(indices[row] - self.starts[shard])
            tile = self.shards[shard][within]
            if self.labels is not None:
                made = self.labels[shard]
                tile = np.concatenate([tile, (tile[1] if made is None else made[within])[None]])
            tile = tile[:, top : top + side, left : left + side]
            tile = tile[:, :: -1 if flip & 1 else 1, :: -1 if flip & 2 else 1]
            batch[number] = tile.transpose(0, 2, 1) if flip & 4 else tile
        return batch


def _rows(shard: Path) -> list[dict]:
    """The lines of a shard's tiles."""
    return [json.loads(line) for line in shard.with_suffix(".jsonl").read_text().splitlines()]


def _clip(row: dict) -> dict:
    """What the lines of one clip's tiles have in common: everything except the position."""
    return {key: value for key, value in row.items() if key not in ("at", "frame")}


def iter_clips(folder: Path) -> Iterator[tuple[dict, np.ndarray]]:
    """The training clips in order: the line of the first tile, and the tiles (N, 2, 128, 128) uint8."""
    for path in sorted((folder / "train").glob("*.npy")):
        tiles = np.load(path, mmap_mode="r")
        rows = _rows(path)
        starts = [index for index, row in enumerate(rows) if index == 0 or _clip(row) != _clip(rows[index - 1])]
        for start, end in pairwise([*starts, len(rows)]):
            yield rows[start], tiles[start:end]


def validation_tiles(folder: Path, per_condition: int) -> dict[str, np.ndarray]:
    """The validation tiles of each core condition, evenly spread over its pictures.

    Args:
        folder: A pair set.
        per_condition: Largest number of tiles for each condition.

    Returns:
        {condition: (N, 2, 128, 128) uint8}.

    Raises:
        CrispenError: The folder holds no pair set.
    """
    found = {}
    for number, name in enumerate(CORE):
        path = folder / "validation" / f"{number:05}.npy"
        if path.exists():
            tiles = np.load(path, mmap_mode="r")
            found[name] = tiles[np.linspace(0, len(tiles) - 1, min(per_condition, len(tiles))).astype(int)]
    if not found:
        raise CrispenError(f"{folder} holds no validation pairs; run: crispen data build PICTURES {folder}")
    return found

"""Recomputes only the tiles of a video frame whose surroundings changed since the frame before."""

from __future__ import annotations

import numpy as np

from crispen.runtime.engine_contract import Engine

REACH = 16  # largest radius of a network's receptive field, in pixels
_CELL = REACH  # pixels a side; changes are found by cell, and a change in one affects its neighbours at most
_TILE = np.array([8, 16])  # rows and columns of cells in a tile
_WINDOW = _CELL * (_TILE + 2)  # pixels that are computed for one tile
_MAX_CHANGED = 1 / 3  # above this share of changed tiles, the whole frame costs less


class TileCache:
    """Runs an engine on the frames of a video and reuses unchanged parts of its last output.

    Each tile is computed with everything around it that the network sees. So the output is that of the whole frame bit
    for bit if the engine's arithmetic is exact, as it is in int8. While the picture moves, only one row in 16 is
    compared and no output is kept. Not safe to share between threads.

    Attributes:
        skipped: Share of the last frame, 0 to 1, that was not computed again.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forgets the last frame."""
        self.skipped = 0.0
        self._key: tuple[object, ...] = ()
        self._last: tuple[np.ndarray, np.ndarray] | None = None  # the last frame and its output

    def __call__(self, engine: Engine, y: np.ndarray, strength: float) -> np.ndarray:
        """The output of `engine` for the next frame.

        Args:
            engine: An engine whose receptive field has a radius of at most REACH pixels.
            y: A contiguous (H, W) uint8 plane.
            strength: Strength of the correction.

        Returns:
            A new (H, W) uint8 array.
        """
        if (engine, strength, y.shape) != self._key:
            self.restart()
            self._key = engine, strength, y.shape
            self._rows = y[_CELL // 2 :: _CELL].copy()
            return engine(y, strength)
        rows = y[_CELL // 2 :: _CELL]
        calm = min(y.shape) >= _CELL and _affected_tiles(_changed_cells(self._rows, rows, 1)).mean() <= _MAX_CHANGED
        self._rows = rows.copy()
        if calm and self._last is not None:
            changed = _affected_tiles(_changed_cells(self._last[0], y, _CELL))
            if changed.mean() <= _MAX_CHANGED and ((y.shape >= _WINDOW).all() or not changed.any()):
                return self._update(engine, y, strength, changed)
        self.skipped = 0.0
        sharp = engine(y, strength)
        self._last = (y.copy(), sharp.copy()) if calm else None
        return sharp

    def _update(self, engine: Engine, y: np.ndarray, strength: float, changed: np.ndarray) -> np.ndarray:
        """The last output, in which the tiles that are True in `changed` are computed again."""
        assert self._last is not None
        last, sharp = self._last
        self.skipped = 1.0 - float(changed.mean())
        for tile in np.argwhere(changed):
            start, size = tile * _TILE * _CELL, np.array(y.shape)
            end = np.minimum(start + _TILE * _CELL, size)
            # Windows lie within the frame, so that only its own borders are padded, and all have one size.
            first = np.minimum(np.maximum(start - _CELL, 0), size - _WINDOW)
            window = engine(np.ascontiguousarray(y[_box(first, first + _WINDOW)]), strength)
            sharp[_box(start, end)] = window[_box(start - first, end - first)]
            last[_box(start, end)] = y[_box(start, end)]
        return sharp.copy()


def _box(start: np.ndarray, end: np.ndarray) -> tuple[slice, slice]:
    return slice(start[0], end[0]), slice(start[1], end[1])


def _changed_cells(last: np.ndarray, y: np.ndarray, rows: int) -> np.ndarray:
    """Which cells of `rows` rows and 16 columns differ, (rows of cells, columns of cells) bool."""
    height, width = y.shape
    if width % 8 == 0:
        last, y = (np.ascontiguousarray(plane).view(np.uint64) for plane in (last, y))
    columns = np.arange(0, y.shape[1], _CELL * y.shape[1] // width)
    differ = np.logical_or.reduceat(np.not_equal(last, y), np.arange(0, height, rows), axis=0)
    return np.logical_or.reduceat(differ, columns, axis=1)


def _affected_tiles(cells: np.ndarray) -> np.ndarray:
    """Which tiles contain or touch a changed cell, (rows, columns) bool."""
    rows, columns = -(-np.array(cells.shape) // _TILE)
    padded = np.zeros((rows * _TILE[0] + 2, columns * _TILE[1] + 2), bool)
    padded[1 : cells.shape[0] + 1, 1 : cells.shape[1] + 1] = cells
    windows = np.lib.stride_tricks.sliding_window_view(padded, tuple(_TILE + 2))[:: _TILE[0], :: _TILE[1]]
    return np.logical_or.reduce(windows, axis=(2, 3))

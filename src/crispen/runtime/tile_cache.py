"""What stands still costs nothing: of a video's next frame only the tiles are computed whose surroundings changed."""

from __future__ import annotations

import numpy as np

from crispen.runtime.engine_contract import Engine

REACH = 16  # pixels around one that a network may see
_CELL = REACH  # pixels a side: changes are found by the cell, and what changes in one touches its neighbours at most
_TILE = np.array([8, 16])  # rows and columns of cells in a tile
_WINDOW = _CELL * (_TILE + 2)  # pixels that are computed for one
_WHOLE = 1 / 3  # from this share of changed tiles on, the whole frame costs less


class TileCache:
    """Runs an engine on the frames of a video and keeps what it made of the last one.

    The result is that of the whole frame, to the bit, where the engine's arithmetic is exact, as it is in eight bits: a
    tile is computed with everything around it that the network sees. In moving pictures one row in sixteen is looked
    at, and nothing more is kept. `skipped` is the share of the last frame that was not computed, 0 to 1. Not safe to
    share between threads.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forgets the last frame."""
        self.skipped = 0.0
        self._made_by: tuple[object, ...] = ()
        self._kept: tuple[np.ndarray, np.ndarray] | None = None  # the last frame and what was made of it

    def __call__(self, engine: Engine, y: np.ndarray, strength: float) -> np.ndarray:
        """A contiguous (H, W) uint8 plane -> a new one: what `engine`, which sees REACH pixels around one, makes."""
        if (engine, strength, y.shape) != self._made_by:
            self.restart()
            self._made_by = engine, strength, y.shape
            self._rows = y[_CELL // 2 :: _CELL].copy()
            return engine(y, strength)
        calm = min(y.shape) >= _CELL and _tiles(_changed(self._rows, y[_CELL // 2 :: _CELL], 1)).mean() <= _WHOLE
        self._rows = y[_CELL // 2 :: _CELL].copy()
        if calm and self._kept is not None:
            changed = _tiles(_changed(self._kept[0], y, _CELL))
            if changed.mean() <= _WHOLE and ((y.shape >= _WINDOW).all() or not changed.any()):
                return self._renewed(engine, y, strength, changed)
        self.skipped = 0.0
        sharp = engine(y, strength)
        self._kept = (y.copy(), sharp.copy()) if calm else None
        return sharp

    def _renewed(self, engine: Engine, y: np.ndarray, strength: float, changed: np.ndarray) -> np.ndarray:
        """The last result with the tiles computed anew that are true in `changed`."""
        assert self._kept is not None
        last, sharp = self._kept
        self.skipped = 1.0 - float(changed.mean())
        for at in np.argwhere(changed):
            start, size = at * _TILE * _CELL, np.array(y.shape)
            end = np.minimum(start + _TILE * _CELL, size)
            # Windows lie within the picture, so that its borders are those of the network, and all have one size.
            first = np.minimum(np.maximum(start - _CELL, 0), size - _WINDOW)
            made = engine(np.ascontiguousarray(y[_box(first, first + _WINDOW)]), strength)
            sharp[_box(start, end)] = made[_box(start - first, end - first)]
            last[_box(start, end)] = y[_box(start, end)]
        return sharp.copy()


def _box(start: np.ndarray, end: np.ndarray) -> tuple[slice, slice]:
    return slice(start[0], end[0]), slice(start[1], end[1])


def _changed(last: np.ndarray, y: np.ndarray, rows: int) -> np.ndarray:
    """Which cells of `rows` rows and 16 columns differ, (rows of cells, columns of cells) bool."""
    height, width = y.shape
    if width % 8 == 0:
        last, y = (np.ascontiguousarray(plane).view(np.uint64) for plane in (last, y))
    columns = np.arange(0, y.shape[1], _CELL * y.shape[1] // width)
    differ = np.logical_or.reduceat(np.not_equal(last, y), np.arange(0, height, rows), axis=0)
    return np.logical_or.reduceat(differ, columns, axis=1)


def _tiles(cells: np.ndarray) -> np.ndarray:
    """Which tiles hold or touch a changed cell, (rows, columns) bool."""
    rows, columns = -(-np.array(cells.shape) // _TILE)
    padded = np.zeros((rows * _TILE[0] + 2, columns * _TILE[1] + 2), bool)
    padded[1 : cells.shape[0] + 1, 1 : cells.shape[1] + 1] = cells
    windows = np.lib.stride_tricks.sliding_window_view(padded, tuple(_TILE + 2))[:: _TILE[0], :: _TILE[1]]
    return np.logical_or.reduce(windows, axis=(2, 3))

"""Helpers of the batch tests: a pool without processes, jobs, and expected frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from clips import frames_of

from crispen.batch.batch_config import BatchConfig, Item
from crispen.batch.job import Job, JobState
from crispen.batch.job_manifest import JobManifest
from crispen.batch.store import open_store
from crispen.files.file_config import FileConfig
from crispen.media.plane_layout import samples
from crispen.runtime.sharpener import Sharpener

SMALL = (64, 48)


class ImmediatePool:
    """Runs each task at once in this process, and records its name; raises KeyboardInterrupt after `stop` tasks."""

    capacity = 3

    def __init__(self, stop: int | None = None):
        self.ran: list[str] = []
        self._done: list = []
        self._stop = stop

    def submit(self, function, *args):
        if self._stop is not None and len(self.ran) >= self._stop:
            raise KeyboardInterrupt
        self.ran.append(function.__name__)
        try:
            result = function(*args)
        except Exception as error:
            result = error
        self._done.append((len(self.ran), result))
        return len(self.ran)

    def wait(self, seconds: float):
        done, self._done = self._done, []
        return done

    def close(self) -> None: ...


def run_job(
    source: Path, target: Path, items: list[Item], pool=None, progress=lambda state: None, **settings
) -> JobState:
    """Sharpens `items`, by default in segments of a third of a second and with one expert."""
    settings = {"segment": 1 / 3, "stream": "small"} | settings
    segment = settings.pop("segment")
    config = BatchConfig(str(source), str(target), FileConfig(threads=1, **settings), segment)
    return Job(config, items, pool or ImmediatePool(), JobManifest(open_store(str(target)))).run(progress)


def planes_of(path: Path) -> list[list[np.ndarray]]:
    return [[samples(frame, index).copy() for index in range(len(frame.planes))] for frame in frames_of(path)]


def sharpened(path: Path) -> list[list[np.ndarray]]:
    """The planes of every frame of `path`, decoded from its beginning and sharpened in order."""
    with Sharpener(stream="small", threads=1) as sharpener:
        made = [sharpener.frame(frame) for frame in frames_of(path)]
    return [[samples(frame, index).copy() for index in range(len(frame.planes))] for frame in made]


def times_of(path: Path) -> list[float]:
    return [float(frame.pts * frame.time_base) for frame in frames_of(path)]


def same(first: list[list[np.ndarray]], second: list[list[np.ndarray]]) -> bool:
    return len(first) == len(second) and all(
        np.array_equal(a, b) for one, other in zip(first, second, strict=True) for a, b in zip(one, other, strict=True)
    )


def files_of(folder: Path) -> dict[str, bytes]:
    """All files below a folder except the manifest."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "crispen-batch.jsonl"
    }

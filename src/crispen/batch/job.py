"""Runs a job: submits the tasks of all items, and keeps account of what is done and what failed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from crispen.batch.batch_config import BatchConfig, Item
from crispen.batch.job_manifest import JobManifest
from crispen.batch.process_pool import WorkerPool
from crispen.batch.segment import SplitError
from crispen.batch.segment_plan import VideoPlan
from crispen.batch.tasks import TaskResult, concat_task, picture_task, plan_task, segment_task


@dataclass
class JobState:
    """The progress of a job.

    Attributes:
        items: Number of items.
        done: Items that were sharpened.
        skipped: Items that had an output already.
        failed: Name of each failed item -> reason.
        frames: Video frames that were sharpened.
        expected_frames: Number of frames of all videos that were planned so far.
        video_seconds: Duration of the videos that are done.
        cpu_seconds: CPU time of all tasks.
    """

    items: int
    done: int = 0
    skipped: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    frames: int = 0
    expected_frames: int = 0
    video_seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def cost(self) -> float | None:
        """CPU hours per hour of video; None without video."""
        return self.cpu_seconds / self.video_seconds if self.video_seconds else None


@dataclass
class _ActiveItem:
    """An item that is being processed."""

    item: Item
    plan: VideoPlan | None = None
    open_segments: int = 0
    cpu_seconds: float = 0.0
    frames: int = 0


class _Task(NamedTuple):
    active: _ActiveItem
    function: Callable[..., Any]
    args: tuple[Any, ...]


class Job:
    """Processes items on a pool. Failures of items are recorded in `state` and raise no exception.

    Args:
        config: Configuration of the job.
        items: What to sharpen.
        pool: Where tasks run.
        manifest: The manifest to update.
    """

    def __init__(self, config: BatchConfig, items: Sequence[Item], pool: WorkerPool, manifest: JobManifest):
        self._config, self._pool, self._manifest = config, pool, manifest
        self._items = deque(items)
        self._ready: deque[_Task] = deque()
        self._running: dict[object, _Task] = {}
        self.state = JobState(len(items))

    def run(self, progress: Callable[[JobState], None] = lambda state: None) -> JobState:
        """Runs until no item is left; calls `progress` at least once a second."""
        for item in self._items:
            self._manifest.update(item.name, output=item.output, state="waiting")
        try:
            while self._items or self._ready or self._running:
                self._submit()
                for ticket, result in self._pool.wait(1.0):
                    self._finish_task(self._running.pop(ticket), result)
                progress(self.state)
        finally:
            self._manifest.write()
        return self.state

    def _submit(self) -> None:
        """Fills the pool; tasks of active items come before new items."""
        while len(self._running) < self._pool.capacity and (self._ready or self._items):
            task = self._ready.popleft() if self._ready else self._start_item()
            if self._is_current(task):
                self._running[self._pool.submit(task.function, self._config, *task.args)] = task

    def _start_item(self) -> _Task:
        item = self._items.popleft()
        self._manifest.update(item.name, state="running")
        return _Task(_ActiveItem(item), picture_task if item.picture else plan_task, (item,))

    def _is_current(self, task: _Task) -> bool:
        """False for tasks of a failed item or of a plan that was replaced."""
        stale = isinstance(task.args[0], VideoPlan) and task.args[0] is not task.active.plan
        return task.active.item.name not in self.state.failed and not stale

    def _finish_task(self, task: _Task, result: Any) -> None:
        active, state = task.active, self.state
        if isinstance(result, TaskResult):
            active.cpu_seconds += result.cpu_seconds
            state.cpu_seconds += result.cpu_seconds
        if not self._is_current(task):
            return
        if isinstance(result, SplitError) and active.plan is not None and len(active.plan.segments) > 1:
            state.frames -= active.frames
            self._add_segments(active, active.plan.unsplit())
        elif isinstance(result, Exception):
            state.failed[active.item.name] = str(result)
            self._manifest.update(active.item.name, state="failed", reason=str(result))
        elif isinstance(result, VideoPlan):
            state.expected_frames += result.frames
            self._add_segments(active, result)
        elif task.function is segment_task:
            active.open_segments -= 1
            active.frames += result.frames
            state.frames += result.frames
            if not active.open_segments:
                self._ready.appendleft(_Task(active, concat_task, (active.plan,)))
        else:
            self._finish_item(active, result)

    def _add_segments(self, active: _ActiveItem, plan: VideoPlan) -> None:
        active.plan, active.open_segments, active.frames = plan, len(plan.segments), 0
        self._ready.extend(_Task(active, segment_task, (plan, index)) for index in range(len(plan.segments)))

    def _finish_item(self, active: _ActiveItem, result: TaskResult) -> None:
        self.state.done += 1
        self.state.video_seconds += active.plan.seconds if active.plan else 0.0
        self._manifest.update(
            active.item.name, state="done", reason=None, frames=active.frames or result.frames,
            segments=len(active.plan.segments) if active.plan else 1, cpu_seconds=round(active.cpu_seconds, 3),
            lost=list(result.lost),
        )  # fmt: skip

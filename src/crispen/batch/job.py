"""A job from its first item to its last: what is to be done next, what failed, how far it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from crispen.batch import tasks as work
from crispen.batch.config import Item, Order
from crispen.batch.manifest import Manifest
from crispen.batch.process_pool import Pool
from crispen.batch.segment import SeamError
from crispen.batch.segment_plan import Plan


@dataclass
class State:
    """How far a job is. frames: of videos, sharpened in this run; expected: of all videos that were looked at so far.

    seconds: of video, and cpu: of cores, for the outputs of this run. skipped: outputs that were there.
    """

    items: int
    done: int = 0
    skipped: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    frames: int = 0
    expected: int = 0
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def cost(self) -> float | None:
        """CPU hours an hour of video, None where there was none."""
        return self.cpu / self.seconds if self.seconds else None


@dataclass
class _Begun:
    """An item that is being worked on; left: segments that are not done."""

    item: Item
    plan: Plan | None = None
    left: int = 0
    cpu: float = 0.0
    frames: int = 0


class _Task(NamedTuple):
    begun: _Begun
    function: Callable
    words: tuple


class Job:
    """Runs an order for `items` on `pool`. A failure is no exception: State tells it."""

    def __init__(self, order: Order, items: Sequence[Item], pool: Pool, manifest: Manifest):
        self._order, self._pool, self._manifest = order, pool, manifest
        self._items = deque(items)
        self._ready: deque[_Task] = deque()
        self._running: dict[object, _Task] = {}
        self.state = State(len(items))

    def run(self, told: Callable[[State], None] = lambda state: None) -> State:
        """Works until nothing is left; `told` is called at least every second."""
        for item in self._items:
            self._manifest.set(item.name, output=item.output, state="waiting")
        try:
            while self._items or self._ready or self._running:
                self._fill()
                for ticket, result in self._pool.wait(1.0):
                    self._ended(self._running.pop(ticket), result)
                told(self.state)
        finally:
            self._manifest.write()
        return self.state

    def _fill(self) -> None:
        """Gives the pool work: what has been begun comes before what has not."""
        while len(self._running) < self._pool.room and (self._ready or self._items):
            task = self._ready.popleft() if self._ready else self._begin()
            if self._counts(task):
                self._running[self._pool.submit(task.function, self._order, *task.words)] = task

    def _begin(self) -> _Task:
        item = self._items.popleft()
        self._manifest.set(item.name, state="running")
        if item.picture:
            return _Task(_Begun(item), work.still, (item,))
        return _Task(_Begun(item), work.plan, (item,))

    def _counts(self, task: _Task) -> bool:
        """False for what belongs to an item that has failed, or to a plan that was given up."""
        stale = isinstance(task.words[0], Plan) and task.words[0] is not task.begun.plan
        return task.begun.item.name not in self.state.failed and not stale

    def _ended(self, task: _Task, result: Any) -> None:
        begun, state = task.begun, self.state
        if isinstance(result, work.Done):
            begun.cpu += result.cpu
            state.cpu += result.cpu
        if not self._counts(task):
            return
        if isinstance(result, SeamError) and begun.plan is not None and len(begun.plan.spans) > 1:
            state.frames -= begun.frames
            self._planned(begun, begun.plan.uncut())
        elif isinstance(result, Exception):
            state.failed[begun.item.name] = str(result)
            self._manifest.set(begun.item.name, state="failed", reason=str(result))
        elif isinstance(result, Plan):
            state.expected += result.frames
            self._planned(begun, result)
        elif task.function is work.sharpen:
            begun.left -= 1
            begun.frames += result.frames
            state.frames += result.frames
            if not begun.left:
                self._ready.appendleft(_Task(begun, work.finish, (begun.plan,)))
        else:
            self._finished(begun, result)

    def _planned(self, begun: _Begun, plan: Plan) -> None:
        begun.plan, begun.left, begun.frames = plan, len(plan.spans), 0
        self._ready.extend(_Task(begun, work.sharpen, (plan, index)) for index in range(len(plan.spans)))

    def _finished(self, begun: _Begun, result: work.Done) -> None:
        self.state.done += 1
        self.state.seconds += begun.plan.seconds if begun.plan else 0.0
        self._manifest.set(
            begun.item.name, state="done", reason=None, frames=begun.frames or result.frames,
            segments=len(begun.plan.spans) if begun.plan else 1, cpu_seconds=round(begun.cpu, 3),
            lost=list(result.lost),
        )  # fmt: skip

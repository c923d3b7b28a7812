"""Estimates the cost of a job without writing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crispen.batch.batch_config import BatchConfig, Item
from crispen.batch.process_pool import WorkerPool
from crispen.batch.segment_plan import VideoPlan
from crispen.batch.tasks import cost_task, plan_task


@dataclass(frozen=True)
class Estimate:
    """What a job would do.

    Attributes:
        plans: Plans of the videos that can be read, in no particular order.
        failed: Name of each other video -> reason.
        cpu_hours: For all videos; None without any.
        sample: Name of the video on which the cost was measured.
    """

    plans: list[VideoPlan]
    failed: dict[str, str]
    cpu_hours: float | None = None
    sample: str = ""

    @property
    def video_hours(self) -> float:
        """Duration of all videos, in hours."""
        return sum(plan.seconds for plan in self.plans) / 3600


def estimate(config: BatchConfig, items: Sequence[Item], pool: WorkerPool) -> Estimate:
    """Plans all videos, and sharpens two seconds of one of them to measure the cost.

    Raises:
        CrispenError: If the measured video cannot be sharpened.
    """
    videos = {pool.submit(plan_task, config, item): item for item in items if not item.picture}
    plans, failed = [], {}
    while videos:
        for ticket, result in pool.wait(1.0):
            item = videos.pop(ticket)
            if isinstance(result, VideoPlan):
                plans.append(result)
            else:
                failed[item.name] = str(result)
    if not plans:
        return Estimate(plans, failed)
    sample = sorted(plans, key=lambda plan: plan.frames)[len(plans) // 2]
    pool.submit(cost_task, config, sample)
    while not (ended := pool.wait(1.0)):
        pass
    [(_, cpu_seconds_per_pixel)] = ended
    if isinstance(cpu_seconds_per_pixel, Exception):
        raise cpu_seconds_per_pixel
    pixels = sum(plan.frames * plan.coded.width * plan.coded.height for plan in plans)
    return Estimate(plans, failed, pixels * cpu_seconds_per_pixel / 3600, sample.item.name)

"""Estimates the cost of a job without writing anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crispen.batch.batch_config import BatchConfig, Item
from crispen.batch.process_pool import WorkerPool
from crispen.batch.segment_plan import VideoPlan
from crispen.batch.tasks import cost_task, plan_task


def plan_videos(
    config: BatchConfig, items: Sequence[Item], pool: WorkerPool, planned: Callable[[VideoPlan], object]
) -> tuple[list[VideoPlan], dict[str, str]]:
    """Plans all videos of a job.

    Args:
        config: The job.
        items: Its items; pictures are left out.
        pool: The workers.
        planned: Called with each plan as soon as it is made.

    Returns:
        The plans in no particular order, and name -> reason for each video that cannot be read.
    """
    videos = {pool.submit(plan_task, config, item): item for item in items if not item.picture}
    plans: list[VideoPlan] = []
    failed: dict[str, str] = {}
    while videos:
        for ticket, result in pool.wait(1.0):
            item = videos.pop(ticket)
            if isinstance(result, VideoPlan):
                plans.append(result)
                planned(result)
            else:
                failed[item.name] = str(result)
    return plans, failed


def measure_cost(config: BatchConfig, plans: Sequence[VideoPlan], pool: WorkerPool) -> tuple[float, str]:
    """Sharpens two seconds of the video of median length.

    Returns:
        CPU hours for all videos, and the name of the one that was measured.

    Raises:
        CrispenError: If that video cannot be sharpened.
    """
    sample = sorted(plans, key=lambda plan: plan.frames)[len(plans) // 2]
    pool.submit(cost_task, config, sample)
    while not (ended := pool.wait(1.0)):
        pass
    [(_, cpu_seconds_per_pixel)] = ended
    if isinstance(cpu_seconds_per_pixel, Exception):
        raise cpu_seconds_per_pixel
    pixels = sum(plan.frames * plan.coded.width * plan.coded.height for plan in plans)
    return pixels * cpu_seconds_per_pixel / 3600, sample.item.name

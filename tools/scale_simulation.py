"""Simulates slow and lost machines in a job of `crispen batch`, and prints the table in docs/scale.md.

The schedule is greedy, as that of Ray: a free worker takes the next segment. The assumptions are the constants below.
The duration of videos is that of meetings: log-normal, at most LONGEST. A segment costs its duration times RATE. The
speeds of machines differ by about a tenth; one machine in fifty has a third of the speed. Machines are lost at random,
on average MTBF hours after they started. Their tasks start again elsewhere, and a replacement is there after BACK
minutes. When the last segment of a video is done, one worker concatenates its segments for JOIN of the cost of
sharpening. All machines are paid until the last output is written. The network is not a limit; see docs/scale.md.
"""

from __future__ import annotations

import argparse
import heapq

import numpy as np

RATE = 0.79  # CPU hours per hour of video: 1080p, `balanced`, measured in docs/scale.md
CORES = 16  # of a machine, one worker each
MEDIAN, SPREAD, LONGEST = 0.6, 0.9, 8.0  # hours of video; SPREAD is the standard deviation of their logarithm
DIFFER = 0.1  # standard deviation of the logarithm of a machine's speed
STRAGGLERS, SLOW = 0.02, 3.0  # share of slow machines, and how many times longer they take
MTBF, BACK = 24.0, 5.0  # hours, minutes
JOIN = 0.01  # relative to the cost of sharpening
PRICE = 0.04  # dollars per core hour


def videos(hours: float, random: np.random.Generator) -> np.ndarray:
    """Durations of videos, in hours, with the sum `hours`."""
    lengths = np.minimum(random.lognormal(np.log(MEDIAN), SPREAD, int(hours / MEDIAN) + 10), LONGEST)
    lengths = lengths[: int(np.searchsorted(np.cumsum(lengths), hours)) + 1]
    return lengths * hours / lengths.sum()


def simulate(machines: int, hours: float, segment: float | None, fail: bool, seed: int) -> dict[str, float]:
    """Simulates one job.

    Args:
        machines: Their number.
        hours: Of video.
        segment: Duration in seconds; None for whole videos.
        fail: Whether machines are lost.
        seed: Of the random numbers.

    Returns:
        The hours that it takes and would take ideally, the shares of repeated and idle core hours, and the cost in
        dollars.
    """
    random = np.random.default_rng(seed)
    lengths = videos(hours, random)
    speed = random.lognormal(0, DIFFER, machines)
    speed[random.random(machines) < STRAGGLERS] /= SLOW
    ideal = hours * RATE * (1 + JOIN) / (speed.sum() * CORES)
    tasks: list[tuple[float, int]] = []  # (core hours, video)
    left = []
    for video, length in enumerate(lengths):
        count = 1 if segment is None else max(1, round(length * 3600 / segment))
        tasks += [(length * RATE / count, video)] * count
        left.append(count)
    tasks.reverse()
    joins: list[tuple[float, int]] = []
    down = random.exponential(MTBF, machines) if fail else np.full(machines, np.inf)
    # (time at which a worker is free, worker, task that it has done or lost, whether it was lost)
    events: list[tuple[float, int, tuple[float, int] | None, bool]] = [
        (0.0, w, None, False) for w in range(machines * CORES)
    ]
    idle: list[int] = []
    redone = busy = end = 0.0
    while events:
        now, worker, task, lost = heapq.heappop(events)
        idle.append(worker)
        if task and lost:
            (tasks if task[1] >= 0 else joins).append(task)
        elif task:
            end = max(end, now)
            if task[1] >= 0:
                left[task[1]] -= 1
                if not left[task[1]]:
                    joins.append((lengths[task[1]] * RATE * JOIN, -1))
        while idle and (joins or tasks):
            worker = idle.pop()
            machine = worker // CORES
            while now >= down[machine] + BACK / 60:  # continue with the replacement
                down[machine] += BACK / 60 + random.exponential(MTBF)
            if now >= down[machine]:
                heapq.heappush(events, (down[machine] + BACK / 60, worker, None, False))
                continue
            task = joins.pop() if joins else tasks.pop()
            done = now + task[0] / speed[machine]
            if done <= down[machine]:
                busy += done - now
                heapq.heappush(events, (done, worker, task, False))
            else:
                redone += down[machine] - now
                heapq.heappush(events, (down[machine], worker, task, True))
    paid = end * machines * CORES
    return {
        "took": end,
        "ideal": ideal,
        "redone": redone / busy,
        "idle": 1 - (busy + redone) / paid,
        "cost": paid * PRICE,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hours", type=float, default=20_000, help="of video in the archive")
    parser.add_argument("--seed", type=int, default=8)
    args = parser.parse_args()
    print(f"{args.hours:,.0f} hours of video, {CORES} cores per machine, seed {args.seed}\n")
    print("| machines | segments | machines lost | hours | ideal | repeated | idle | dollars |")
    print("|--:|---|---|--:|--:|--:|--:|--:|")
    for machines in (1, 10, 1000):
        for segment, name in ((60.0, "60 s"), (600.0, "10 min"), (None, "whole videos")):
            for fail in (False, True):
                if machines < 1000 and (segment != 60 or not fail):
                    continue
                made = simulate(machines, args.hours, segment, fail, args.seed)
                print(
                    f"| {machines:,} | {name} | {f'each every {MTBF:.0f} h' if fail else 'none'} | {made['took']:,.2f} "
                    f"| {made['ideal']:,.2f} | {made['redone']:.2%} | {made['idle']:.1%} | {made['cost']:,.0f} |"
                )


if __name__ == "__main__":
    main()

"""Stragglers and failures in a job of `crispen batch`: prints the table of docs/scale.md.

A greedy schedule, as Ray's: whoever is free takes the next segment. What is assumed is a constant below: videos are as
long as meetings are (log-normal, cut off at LONGEST); a segment costs its seconds times RATE; machines differ by a
tenth, and one in fifty is a straggler at a third of the speed; machines are lost at random, each MTBF hours after it
came; what ran on one runs again from its beginning, and another machine stands there after BACK minutes. Joining costs
JOIN of the sharpening, by one worker when the last segment of a video is done. All machines are paid until the last
output is there. The network keeps up: docs/scale.md says up to where.
"""

from __future__ import annotations

import argparse
import heapq

import numpy as np

RATE = 0.79  # CPU hours an hour of video: 1080p by `balanced`, measured in docs/scale.md
CORES = 16  # of a machine, each one worker
MEDIAN, SPREAD, LONGEST = 0.6, 0.9, 8.0  # hours of video; SPREAD is the standard deviation of their logarithm
DIFFER = 0.1  # standard deviation of the logarithm of machines' speeds
STRAGGLERS, SLOW = 0.02, 3.0  # share of machines, and how many times longer they take
MTBF, BACK = 24.0, 5.0  # hours, minutes
JOIN = 0.01  # of what sharpening costs
PRICE = 0.04  # dollars an hour of one core


def videos(hours: float, random: np.random.Generator) -> np.ndarray:
    """Lengths in hours of videos that are `hours` together."""
    lengths = np.minimum(random.lognormal(np.log(MEDIAN), SPREAD, int(hours / MEDIAN) + 10), LONGEST)
    lengths = lengths[: int(np.searchsorted(np.cumsum(lengths), hours)) + 1]
    return lengths * hours / lengths.sum()


def simulate(machines: int, hours: float, segment: float | None, fail: bool, seed: int) -> dict[str, float]:
    """One job. segment: seconds, None: whole videos. Returns hours, the ideal ones, shares of core hours, dollars."""
    random = np.random.default_rng(seed)
    lengths = videos(hours, random)
    speed = random.lognormal(0, DIFFER, machines)
    speed[random.random(machines) < STRAGGLERS] /= SLOW
    ideal = hours * RATE * (1 + JOIN) / (speed.sum() * CORES)
    tasks: list[tuple[float, int]] = []  # (hours of a core, video)
    left = []
    for video, length in enumerate(lengths):
        count = 1 if segment is None else max(1, round(length * 3600 / segment))
        tasks += [(length * RATE / count, video)] * count
        left.append(count)
    tasks.reverse()
    joins: list[tuple[float, int]] = []
    down = random.exponential(MTBF, machines) if fail else np.full(machines, np.inf)
    # When a worker is free again, with the task that it has done, or lost with its machine.
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
            while now >= down[machine] + BACK / 60:  # it was lost; this is the one in its place
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
    print(f"{args.hours:,.0f} hours of video, {CORES} cores a machine, seed {args.seed}\n")
    print("| machines | cut into | machines lost | hours | ideal | done again | idle | dollars |")
    print("|--:|---|---|--:|--:|--:|--:|--:|")
    for machines in (1, 10, 1000):
        for segment, name in ((60.0, "60 s"), (600.0, "10 min"), (None, "whole videos")):
            for fail in (False, True):
                if machines < 1000 and (segment != 60 or not fail):
                    continue
                made = simulate(machines, args.hours, segment, fail, args.seed)
                print(
                    f"| {machines:,} | {name} | {f'every {MTBF:.0f} h each' if fail else 'none'} | {made['took']:,.2f} "
                    f"| {made['ideal']:,.2f} | {made['redone']:.2%} | {made['idle']:.1%} | {made['cost']:,.0f} |"
                )


if __name__ == "__main__":
    main()

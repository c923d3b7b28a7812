"""Prints the tables of docs/scale_training.md on training in several processes: measurements, and estimates from them.

python tools/scale_training.py measure PAIRS      # one and two processes of one thread each, in turn; medians
python tools/scale_training.py extrapolate        # arithmetic only: gradients, rings of GPUs, efficiency
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch

from crispen.data.tile_reader import Tiles, validation_tiles
from crispen.model.student import SIZES, Student
from crispen.model.teacher import Teacher, TeacherConfig
from crispen.train import distributed
from crispen.train.loop import TrainConfig, train
from crispen.train.objectives import objective

NETWORKS: dict[str, Callable[[], Student | Teacher]] = {name: lambda name=name: Student(SIZES[name]) for name in SIZES}
NETWORKS["teacher"] = lambda: Teacher(TeacherConfig(width=48))
SHARE = {"fast": 16, "balanced": 16, "best": 16, "teacher": 8}  # tiles for each process: the recipes' own batch
SIDE = 128


class Timed(Tiles):
    """Tiles that know when each batch was asked for, by the clock and in CPU time: from one to the next is a step."""

    def batch(self, *options):
        self.asked = [*getattr(self, "asked", []), (time.perf_counter(), time.process_time())]
        return super().batch(*options)


def worker(pairs: Path, name: str, batch: int, steps: int) -> None:
    """One of torchrun's processes: trains for `steps` and prints medians in ms: a step, its CPU time, an exchange."""
    torch.set_num_threads(1)
    with distributed.process_group("cpu", batch) as device, tempfile.TemporaryDirectory() as folder:
        config = TrainConfig(steps=steps, batch=batch, side=SIDE, device=device, checkpoint_every=10**9)
        tiles = Timed(pairs)
        network = NETWORKS[name]()
        one = dict(list(validation_tiles(pairs, 1).items())[:1])
        train(network, objective, tiles, one, config, Path(folder), lambda line: None)
        steps_ms, cpu_ms = 1000 * np.diff(np.array(tiles.asked)[2:], axis=0).T
        exchanges = []
        if distributed.size() > 1:
            gradient = torch.zeros(sum(parameter.numel() for parameter in network.parameters()))
            for _ in range(30):
                torch.distributed.barrier()
                began = time.perf_counter()
                torch.distributed.all_reduce(gradient)
                exchanges.append(1000 * (time.perf_counter() - began))
        if distributed.is_leader():
            said = {"step": median(steps_ms), "cpu": median(cpu_ms), "exchange": median(exchanges or [0.0])}
            print(json.dumps(said), flush=True)


def start(pairs: Path, name: str, processes: int, batch: int, steps: int) -> subprocess.Popen:
    """Begins `processes` that train `name` together."""
    words = [__file__, "worker", str(pairs), name, str(batch), str(steps)]
    if processes > 1:
        words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), *words]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )


def result(process: subprocess.Popen) -> dict:
    said = process.communicate()[0]
    assert process.returncode == 0, f"a run failed with {process.returncode}"
    return json.loads(said)


def reading(pairs: Path, count: int = 1024) -> tuple[float, float]:
    """Microseconds to read one tile of a batch, and to draw one that another process reads; medians."""
    tiles, found = Tiles(pairs), []
    for turn in range(20):
        began = time.perf_counter()
        tiles.batch(1, turn, count, SIDE, slice(0, 0))
        drawn = time.perf_counter()
        tiles.batch(1, turn, count, SIDE)
        found.append((drawn - began, time.perf_counter() - drawn - (drawn - began)))
    draw, read = np.median(found, axis=0) / count * 1e6
    return read, draw


def measure(pairs: Path, names: list[str], rounds: int, seconds: float) -> None:
    """One process; two that know nothing of each other; two together on twice the batch; two on the same batch."""
    print("| | parameters | tiles | one | two apart | two together | two on one's batch | CPU: one | together ", end="")
    print("| an exchange | of one | of two apart | of CPU | speed-up on one's batch |")
    print("|---|" + "--:|" * 13)
    for name in names:
        share, steps = SHARE[name], 12
        found: dict[str, list[float]] = {
            key: [] for key in ("one", "apart", "both", "split", "cpu", "cpus", "exchange")
        }
        for turn in range(rounds + 1):
            one = result(start(pairs, name, 1, share, steps))
            if turn == 0:  # only to learn how many steps fit
                steps = max(12, min(400, int(1000 * seconds / one["step"])))
                continue
            pair = [start(pairs, name, 1, share, steps) for _ in range(2)]
            apart = [result(each)["step"] for each in pair]
            both = result(start(pairs, name, 2, 2 * share, steps))
            split = result(start(pairs, name, 2, share, steps))
            row = (one["step"], sum(apart) / 2, both["step"], split["step"], one["cpu"], both["cpu"], both["exchange"])
            for values, value in zip(found.values(), row, strict=True):
                values.append(value)
        one, apart, both, split, cpu, cpus, exchange = map(median, found.values())
        size = sum(parameter.numel() for parameter in NETWORKS[name]().parameters())
        print(f"| `{name}` | {size:,} | {share} | {one:.1f} | {apart:.1f} | {both:.1f} | {split:.1f} ", end="")
        print(f"| {cpu:.1f} | {cpus:.1f} | {exchange:.2f} | {one / both:.0%} | {apart / both:.0%} ", end="")
        print(f"| {cpu / cpus:.0%} | {one / split:.2f} |", flush=True)


GPUS = (2, 8, 64)
LINKS = {  # bytes a second each way, seconds a hop: assumed, not measured
    "10 Gbit/s": (10e9 / 8, 30e-6),
    "25 Gbit/s": (25e9 / 8, 30e-6),
    "100 Gbit/s": (100e9 / 8, 5e-6),
    "NVLink": (450e9, 3e-6),
}


def ring(count: int, size: int, link: tuple[float, float]) -> float:
    """Seconds in which `count` add up `size` bytes: each sends 2 (count - 1) parts of size / count, in turn."""
    speed, hop = link
    return 2 * (count - 1) * (size / count / speed + hop)


def extrapolate(names: list[str], tflops: float, floor: float, read: float, draw: float) -> None:
    """Rings, and efficiency of N GPUs of equal shares over one: computing, reading, drawing, adding up in turn."""
    print(f"Assumed of a GPU: {tflops:g} TFLOP/s sustained, no step under {floor:g} ms (the kernels' launches).")
    print(f"Measured on this CPU: {read:g} us to read a tile, {draw:g} us to draw one of the whole batch.\n")
    counts = " / ".join(map(str, GPUS))
    print("| | gradients | tiles a GPU | GFLOP | step on one, ms | link |", end="")
    print(f" ring of {counts}, ms | efficiency of {counts} |")
    print("|---|--:|--:|--:|--:|---|--:|--:|")
    for name in names:
        network = NETWORKS[name]()
        size = 4 * sum(parameter.numel() for parameter in network.parameters())
        for share in (SHARE[name], 8 * SHARE[name]):
            flop = 3 * 2 * network.config.mac_per_pixel * SIDE**2 * share  # forward, and twice that backward
            alone = max(flop / (tflops * 1e12), floor / 1e3) + share * (read + draw) / 1e6
            for label, link in LINKS.items():
                rings = [ring(count, size, link) for count in GPUS]
                more = [share * (count - 1) * draw / 1e6 + ring(count, 4, link) for count in GPUS]  # loss: one float
                shares = [alone / (alone + a + b) for a, b in zip(rings, more, strict=True)]
                print(
                    f"| `{name}` | {size / 1e6:.2f} MB | {share} | {flop / 1e9:.1f} | {1e3 * alone:.1f} | {label} | ",
                    end="",
                )
                print(
                    " / ".join(f"{1e3 * each:.2f}" for each in rings),
                    "|",
                    " / ".join(f"{each:.0%}" for each in shares),
                    "|",
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("pairs", type=Path)
    measuring.add_argument("--rounds", type=int, default=5)
    measuring.add_argument("--seconds", type=float, default=4, help="of training in each run (default 4)")
    arithmetic = commands.add_parser("extrapolate")
    arithmetic.add_argument("--tflops", type=float, default=20, help="of a GPU, sustained (default 20)")
    arithmetic.add_argument("--floor", type=float, default=4, help="least ms of a step on a GPU (default 4)")
    arithmetic.add_argument("--read", type=float, default=15, help="us to read a tile (default 15)")
    arithmetic.add_argument("--draw", type=float, default=0.25, help="us to draw one (default 0.25)")
    for command in (measuring, arithmetic):
        command.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    working = commands.add_parser("worker")
    for name, kind in (("pairs", Path), ("name", str), ("batch", int), ("steps", int)):
        working.add_argument(name, type=kind)
    args = parser.parse_args()
    if args.command == "worker":
        worker(args.pairs, args.name, args.batch, args.steps)
    elif args.command == "measure":
        print("To read a tile {:.1f} us, to draw one {:.2f} us.\n".format(*reading(args.pairs)), flush=True)
        measure(args.pairs, args.networks, args.rounds, args.seconds)
    else:
        extrapolate(args.networks, args.tflops, args.floor, args.read, args.draw)


if __name__ == "__main__":
    main()

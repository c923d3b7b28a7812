"""Data-parallel training: several processes, as `torchrun` starts them, one per device, on one node or on several.

Every process draws the same global batch from the same seed and computes its own part, so the state of a run does not
depend on the number of processes. Without torchrun the functions here do nothing.
"""

from __future__ import annotations

import os
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from crispen.errors import CrispenError, require

torch = require("torch")

_TIMEOUT = timedelta(minutes=30)  # for the slowest process


@contextmanager
def process_group(device: str, batch: int) -> Iterator[str]:
    """Joins the processes that torchrun started for the duration of the context.

    Args:
        device: "cpu" (the processes communicate through gloo) or "cuda" (through NCCL, one GPU for each).
        batch: The global batch size.

    Yields:
        The device of this process.

    Raises:
        CrispenError: The batch cannot be divided evenly, or the node has fewer GPUs than processes.
    """
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    if processes == 1:
        yield device
        return
    if batch % processes:
        fits = f"{batch // processes * processes} or " if batch > processes else ""
        more = -(-batch // processes) * processes
        raise CrispenError(f"--batch {batch} does not divide over {processes} processes; give {fits}{more}")
    backend = "gloo"
    if device.startswith("cuda"):
        backend, local = "nccl", int(os.environ.get("LOCAL_RANK", "0"))
        if local >= torch.cuda.device_count():
            count = torch.cuda.device_count()
            raise CrispenError(f"more processes than GPUs on this node; give torchrun --nproc-per-node {count}")
        device = f"cuda:{local}"
        torch.cuda.set_device(device)
    store, rank, size = next(torch.distributed.rendezvous("env://", timeout=_TIMEOUT))
    store = _fresh_store(store, rank, size)
    torch.distributed.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_TIMEOUT)
    yield device
    # Only after success: after a failure the other processes would not answer. All leave together, because torchrun
    # ends the remaining ones, the writing one included, as soon as one of them fails on its way out.
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def _fresh_store(store, rank: int, size: int):
    """`store` under a prefix that only the current processes know.

    torchrun keeps one store over its restarts. It still holds the addresses of processes that have died, and restarted
    ones would sometimes connect to them. The number of restarts can differ between nodes, so it cannot be the prefix;
    the leader therefore answers each process's request with one.
    """
    mine = uuid.uuid4().hex
    if rank > 0:
        store.set(f"asks/{rank}", mine)
        name = store.get(mine).decode()  # blocks until the leader has answered
        store.set(f"{name}/{rank}", "heard")
        return torch.distributed.PrefixStore(name, store)
    waiting = set(range(1, size))
    while waiting:
        for other in list(waiting):
            if store.check([f"asks/{other}"]):  # requests from before a restart are answered too; nobody reads those
                store.set(store.get(f"asks/{other}").decode(), mine)
            if store.check([f"{mine}/{other}"]):
                waiting.remove(other)
        time.sleep(0.02)
    return torch.distributed.PrefixStore(mine, store)


def size() -> int:
    """The number of processes that train together."""
    return torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1


def rank() -> int:
    """The index of this process, from 0."""
    return torch.distributed.get_rank() if torch.distributed.is_initialized() else 0


def is_leader() -> bool:
    """True in the one process that writes files."""
    return rank() == 0


def local_part(batch: int) -> slice:
    """This process's part of a global batch; all parts have the same size."""
    each = batch // size()
    return slice(rank() * each, (rank() + 1) * each)


def data_parallel(network):
    """`network`, wrapped so that gradients are averaged over the processes and all start with the leader's weights.

    Every loss of the recipes is a mean over tiles, so the mean over equal parts is the gradient of the whole batch.
    """
    if size() == 1:
        return network
    # A 1x1 kernel in channels_last can have two stride patterns; copying these few bytes costs nothing.
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
    return torch.nn.parallel.DistributedDataParallel(network, forward_sync_buffers=False)


def mean(value) -> float:
    """The mean of a scalar tensor over the processes, bit-identical in each."""
    if size() > 1:
        value = value.detach() / size()
        torch.distributed.all_reduce(value)
    return value.item()


def broadcast(value: Any) -> Any:
    """The leader's value in every process; tensors in it must be on the CPU."""
    if size() > 1:
        box = [value]
        torch.distributed.broadcast_object_list(box, src=0)
        value = box[0]
    return value


def map_over_processes(function: Callable, items: Sequence) -> list:
    """[function(item) for item in items], computed by all processes together; each returns all results in order."""
    mine = [function(item) for item in items[rank() :: size()]]
    if size() == 1:
        return mine
    parts: list[Any] = [None] * size()
    torch.distributed.all_gather_object(parts, mine)
    return [parts[index % size()][index // size()] for index in range(len(items))]

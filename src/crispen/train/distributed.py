"""Several processes that train as one, as `torchrun` starts them: one a device, on one node or on many.

Every process draws the same global batch from the same seed and takes its own part of it, so nothing about the state
of a run depends on how many there are. Without torchrun each function here does nothing, and costs nothing.
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

torch = require("torch", "train")

_PATIENCE = timedelta(minutes=30)  # for the slowest of them, before the others give up


@contextmanager
def joined(device: str, batch: int) -> Iterator[str]:
    """Joins the processes that torchrun started, for as long as the context lasts; yields this one's own device.

    device: cpu (they talk over gloo) or cuda (over NCCL, one GPU each). Raises CrispenError if `batch`, the global one,
    does not divide over them, or if there are more of them on this node than GPUs.
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
    store, rank, size = next(torch.distributed.rendezvous("env://", timeout=_PATIENCE))
    store = _fresh(store, rank, size)
    torch.distributed.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_PATIENCE)
    yield device
    # Only where all went well, for after a failure the others do not answer; and together, for torchrun ends those that
    # are left, the one that writes among them, as soon as one of them stumbles on its way out.
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def _fresh(store, rank: int, size: int):
    """`store` under a name that only the living know.

    torchrun keeps one store over its restarts, and in it the addresses of the dead, to which those started again would
    now and then connect. How often each node has started differs, so it is no name; the leader's answer to each is.
    """
    mine = uuid.uuid4().hex
    if rank > 0:
        store.set(f"asks/{rank}", mine)
        name = store.get(mine).decode()  # waits for it
        store.set(f"{name}/{rank}", "heard")
        return torch.distributed.PrefixStore(name, store)
    deaf = set(range(1, size))
    while deaf:
        for other in list(deaf):
            if store.check([f"asks/{other}"]):  # what it asked in an earlier life is answered too, and read by nobody
                store.set(store.get(f"asks/{other}").decode(), mine)
            if store.check([f"{mine}/{other}"]):
                deaf.remove(other)
        time.sleep(0.02)
    return torch.distributed.PrefixStore(mine, store)


def size() -> int:
    """How many processes train together."""
    return torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1


def rank() -> int:
    """Which of them this is, from 0."""
    return torch.distributed.get_rank() if torch.distributed.is_initialized() else 0


def leads() -> bool:
    """True in the one process that writes."""
    return rank() == 0


def share(batch: int) -> slice:
    """This process's part of a global batch, which is the same number of tiles for each."""
    each = batch // size()
    return slice(rank() * each, (rank() + 1) * each)


def averaging(network):
    """`network` itself, or around it what gives all processes the mean of their gradients, and at first one's weights.

    Every loss of the recipes is a mean over tiles, so the mean over equal parts is the gradient of the whole batch.
    """
    if size() == 1:
        return network
    # a 1x1 kernel has two ways to say that it is in channels_last; to copy those few bytes costs nothing
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
    return torch.nn.parallel.DistributedDataParallel(network, forward_sync_buffers=False)


def mean(value) -> float:
    """The mean over the processes of a scalar tensor: the same number in each, to the bit."""
    if size() > 1:
        value = value.detach() / size()
        torch.distributed.all_reduce(value)
    return value.item()


def from_leader(value: Any) -> Any:
    """What the leader gave, in every process; tensors in it must be on the CPU."""
    if size() > 1:
        box = [value]
        torch.distributed.broadcast_object_list(box, src=0)
        value = box[0]
    return value


def mapped(function: Callable, items: Sequence) -> list:
    """[function(item) for item in items], the items dealt out over the processes and the results, in order, in each."""
    mine = [function(item) for item in items[rank() :: size()]]
    if size() == 1:
        return mine
    hands: list[Any] = [None] * size()
    torch.distributed.all_gather_object(hands, mine)
    return [hands[index % size()][index // size()] for index in range(len(items))]

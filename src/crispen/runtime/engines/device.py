"""The devices that a network can run on."""

from __future__ import annotations

from typing import NamedTuple

DEVICES = ("cpu", "gpu", "npu")
PREFERENCE = ("gpu", "npu", "cpu")  # the order in which "auto" tries them


class Device(NamedTuple):
    """A device of an engine.

    Attributes:
        kind: "cpu", "gpu" or "npu".
        id: The engine's own name of it, such as "GPU.0" or "CUDAExecutionProvider".
        name: A name for people: that of the processor, or of the library that drives it, such as "CUDA".
    """

    kind: str
    id: str
    name: str

    def __str__(self) -> str:
        """Such as "gpu (CUDA)", or "cpu"."""
        return self.kind if self.kind == "cpu" else f"{self.kind} ({self.name})"


def first_of(kind: str, devices: list[Device]) -> Device | None:
    """The first of `devices` that is of this kind; None if there is none."""
    return next((device for device in devices if device.kind == kind), None)

"""The settings of a Sharpener, checked in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crispen.errors import CrispenError
from crispen.runtime.argument_checks import checked_model, checked_strength, checked_text, checked_threads
from crispen.runtime.model_files import Model, find_model


@dataclass(frozen=True)
class SharpenerConfig:
    """What to open as a Sharpener. It opens no file and no engine.

    Attributes:
        model: "fast", "balanced", "best", or the path of an .onnx file.
        engine: "openvino", "onnxruntime", or "auto": the first of them that can be imported.
        threads: Threads of the engine, 1 to 256; None for two, or one where this process may use one CPU only.
        strength: Factor on the correction, 0 (off, bit-exact) to 2.
        precision: "int8", "f32", "bf16", or "auto": int8 for the models that ship, that of the file for a path.
        stream: The expert to use, or "auto" to let the router choose. Every model has "any", the general expert, and
            may have "full" (compressed at full size), "starved" (compressed to very few bits), "blurred" (motion blur
            or out of focus), "noisy" (low light), "small" (compressed at a small size and enlarged), "aliased"
            (downscaled without a filter and enlarged, not compressed) and "resized" (enlarged, not compressed).
        device: "cpu", "gpu", "npu", or "auto": a GPU if one works, else an NPU, else the CPU. Only on the CPU are the
            results of int8 the same bytes on every machine.

    Raises:
        TypeError: If an argument has the wrong type.
        CrispenError: If `threads` or `strength` is out of range.
    """

    model: str | Path = "balanced"
    engine: str = "auto"
    threads: int | None = None
    strength: float = 1.0
    precision: str = "auto"
    stream: str = "auto"
    device: str = "cpu"

    def __post_init__(self):
        for name in ("engine", "precision", "stream", "device"):
            checked_text(name, getattr(self, name))
        if self.threads is not None:
            object.__setattr__(self, "threads", checked_threads(self.threads))
        object.__setattr__(self, "strength", checked_strength(self.strength))
        object.__setattr__(self, "model", checked_model(self.model))

    def find_model(self) -> Model:
        """Finds the files of the model.

        Raises:
            CrispenError: As `crispen.runtime.model_files.find_model`, and if the model has no expert `stream`.
        """
        model = find_model(self.model, self.precision)
        names = ("auto", *model.experts)
        if self.stream not in names:
            raise CrispenError(f"{model.general.name} has no expert {self.stream!r}; choose {', '.join(names)}")
        return model

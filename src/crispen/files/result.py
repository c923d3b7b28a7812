"""What was done to one file and to a folder, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Result:
    """The outcome for one file.

    Attributes:
        source: The input file; "-" for standard input.
        target: The output file; "-" for standard output.
        kind: "image" or "video".
        model: Name of the model.
        engine: Name of the inference engine; "" if the file was copied at strength 0.
        precision: Precision of the convolutions.
        threads: Threads of the engine.
        experts: Number of frames that each expert sharpened.
        strength: Mean factor on the correction: the router's choice times the strength that was asked for.
        codec: FFmpeg's name of the video encoder, or the format of the picture.
        frames: Number of frames; 1 for a picture.
        seconds: Time from reading the first frame to writing the last one.
        input_size: (width, height) of the input in pixels.
        output_size: (width, height) of the output in pixels.
        luma_change: Mean absolute change of luma in 8-bit levels.
        compare: The comparison that was written, if any.
        kept: What was copied besides the pictures.
        lost: What the input has and the output lacks.
        skipped: Share of the frames, 0 to 1, that was as in the frame before and not computed again.
        instructions: The instruction set of the CPU that the engine uses.
        copied: Whether the output is the input, or its streams, bit for bit.
        device: The device that ran the engine: "cpu", or another with its name, such as "gpu (CUDA)".
    """

    source: str
    target: str
    kind: str
    model: str
    engine: str = ""
    precision: str = ""
    threads: int = 0
    experts: dict[str, int] = field(default_factory=dict)
    strength: float = 1.0
    codec: str = ""
    frames: int = 0
    seconds: float = 0.0
    input_size: tuple[int, int] = (0, 0)
    output_size: tuple[int, int] = (0, 0)
    luma_change: float = 0.0
    compare: str | None = None
    kept: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    skipped: float = 0.0
    instructions: str = ""
    copied: bool = False
    device: str = "cpu"

    @property
    def fps(self) -> float:
        """Frames a second, reading and writing included."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0

    def as_dict(self) -> dict[str, Any]:
        """All of it as values that JSON can hold; seconds and fps are rounded. `experts` is under the key "weights"."""
        values = {"weights" if name == "experts" else name: value for name, value in asdict(self).items()}
        return {**values, "seconds": round(self.seconds, 3), "fps": round(self.fps, 1)}

    def as_text(self) -> str:
        """One line: the files, how many frames, by which model, how fast, and what changed."""
        files = f"{self.source} -> {self.target}"
        parts = [f"{files}: copied bit for bit (strength 0)"] if not self.engine else self._sharpened(files)
        if self.copied and self.engine:
            parts.append("nothing to sharpen, so the file was copied bit for bit")
        if self.compare:
            parts.append(f"comparison in {self.compare}")
        if self.kept:
            parts.append(f"kept {', '.join(self.kept)}")
        if self.lost:
            parts.append(f"NOT kept: {', '.join(self.lost)}")
        return "; ".join(parts)

    def _sharpened(self, files: str) -> list[str]:
        width, height = self.output_size
        size = f"{width}x{height}"
        if self.input_size != self.output_size:
            size = f"{self.input_size[0]}x{self.input_size[1]} -> {size}"
        amount = f"{self.frames} frame{'s'[: self.frames != 1]}" if self.kind == "video" else "1 picture"
        threads = f"{self.threads} thread{'s'[: self.threads != 1]}"
        computed = ", ".join(word for word in (self.precision, self.instructions) if word)
        chosen = f" ({', '.join(self.experts)}, strength {self.strength:.2f})" if self.experts else ""
        parts = [
            f"{files}: {amount} {size} in {self.seconds:.1f} s ({self.fps:.1f} fps)",
            f"{self.model}{chosen} on {self.engine} ({computed}), {threads if self.device == 'cpu' else self.device}",
            f"luma changed by {self.luma_change:.2f} levels on average",
        ]
        if self.skipped >= 0.01:
            parts.append(f"{self.skipped:.0%} was unchanged from frame to frame and not computed again")
        return parts


class Failure(NamedTuple):
    """A file of a folder that could not be sharpened, and why, in one line."""

    source: str
    error: str


@dataclass(frozen=True)
class FolderResult:
    """The outcome for a folder.

    Attributes:
        source: The input folder.
        target: The output folder.
        items: The files that were sharpened.
        skipped: Number of files whose output existed already.
        failed: The files that failed, and subfolders that could not be listed.
    """

    source: str
    target: str
    items: tuple[Result, ...] = ()
    skipped: int = 0
    failed: tuple[Failure, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """All of it as values that JSON can hold."""
        items = [item.as_dict() for item in self.items]
        return {"items": items, "skipped": self.skipped, "failed": [each._asdict() for each in self.failed]}

    def as_text(self) -> str:
        """One line: how many files were sharpened, done before, and failed."""
        text = f"{self.source} -> {self.target}: {len(self.items)} sharpened, {self.skipped} done before, "
        text += f"{len(self.failed)} failed"
        if self.skipped:
            text += " (outputs done before may have other settings; overwrite to make them again)"
        return text

"""What was done to one file: a line for people, a dictionary for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass
class Report:
    """The outcome for one file.

    frames: how many were sharpened, in `seconds`, from reading the first to the last written. input_size, output_size:
    (width, height). luma_change: mean absolute change of luma in 8-bit levels. kept: what was carried over untouched.
    weights: how many frames went through which set of weights. strength: what was judged to suit them, on average,
    before what the user asked for. lost: what is not as it was. skipped: share of the video that stood still and was
    not computed again. instructions: what the engine found in the CPU.
    """

    source: str
    target: str
    kind: str
    model: str
    engine: str = ""
    precision: str = ""
    threads: int = 0
    weights: dict[str, int] = field(default_factory=dict)
    strength: float = 1.0
    codec: str = ""
    frames: int = 0
    seconds: float = 0.0
    input_size: tuple[int, int] = (0, 0)
    output_size: tuple[int, int] = (0, 0)
    luma_change: float = 0.0
    compare: str | None = None
    kept: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    skipped: float = 0.0
    instructions: str = ""

    @property
    def fps(self) -> float:
        return self.frames / self.seconds if self.seconds > 0 else 0.0

    def as_dict(self) -> dict:
        return {**asdict(self), "seconds": round(self.seconds, 3), "fps": round(self.fps, 1)}

    def line(self) -> str:
        """One line: where it went, by what, how much, how fast, and what changed."""
        if not self.engine:
            parts = [f"{self.source} -> {self.target}: copied bit for bit (strength 0)"]
        else:
            width, height = self.output_size
            size = f"{width}x{height}"
            if self.input_size != self.output_size:
                size = f"{self.input_size[0]}x{self.input_size[1]} -> {size}"
            amount = f"{self.frames} frame{'s'[: self.frames != 1]}" if self.kind == "video" else "1 picture"
            threads = f"{self.threads} thread{'s'[: self.threads != 1]}"
            computed = ", ".join(word for word in (self.precision, self.instructions) if word)
            chosen = f" ({', '.join(self.weights)}, strength {self.strength:.2f})" if self.weights else ""
            parts = [
                f"{self.source} -> {self.target}: {amount} {size} in {self.seconds:.1f} s ({self.fps:.1f} fps)",
                f"{self.model}{chosen} on {self.engine} ({computed}), {threads}",
                f"luma changed by {self.luma_change:.2f} levels on average",
            ]
            if self.skipped >= 0.01:
                parts.append(f"{self.skipped:.0%} stood still and was not computed again")
        if self.compare:
            parts.append(f"comparison in {self.compare}")
        if self.kept:
            parts.append(f"kept {', '.join(self.kept)}")
        if self.lost:
            parts.append(f"NOT kept: {', '.join(self.lost)}")
        return "; ".join(parts)

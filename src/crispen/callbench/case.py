"""A case: one picture or clip under one condition, with its truth, in the cache."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from crispen.callbench.contenders.contender import ContenderInput
from crispen.callbench.contenders.receiver_knowledge import stream_info_of
from crispen.errors import CrispenError


@dataclass(frozen=True)
class Case:
    """One picture or clip under one condition.

    The planes of a clip are its frames, one below the other.

    Attributes:
        cache: The folder of the cache.
        picture: The name of the picture or video in tables.
        record: How the case was made, see `case_builder`.
    """

    cache: Path
    picture: str
    record: dict

    @property
    def condition(self) -> str:
        """The name of the condition."""
        return self.record["condition"]

    @property
    def is_clip(self) -> bool:
        """Whether it has several frames."""
        return "frames" in self.record

    @property
    def source_sha256(self) -> str:
        """SHA-256 of the picture's or video's file."""
        return self.record["source_sha256"]

    @property
    def received_sha256(self) -> str:
        """SHA-256 of the received plane."""
        return self.record["received"]["sha256"]

    @property
    def digest(self) -> str:
        """Hash of all planes, under which scores are stored."""
        chroma = sorted(name for name in self.record if name.endswith(("_u", "_v")))
        hashes = (self.record[name]["sha256"] for name in ("truth", "received", "decoded", *chroma))
        return hashlib.sha256(" ".join(hashes).encode()).hexdigest()[:24]

    def load(self) -> tuple[np.ndarray, np.ndarray]:
        """Reads (truth, received), (H, W) uint8 each.

        Raises:
            CrispenError: If a file is missing or was changed.
        """
        return self.plane("truth"), self.plane("received")

    def input(self) -> ContenderInput:
        """Reads what a contender is given of a picture. Raises CrispenError as `load` does."""
        return ContenderInput(self.plane("received"), self.plane("decoded"))

    def frames(self, name: str) -> np.ndarray:
        """Reads a plane of a clip as (T, H, W) uint8. Raises CrispenError as `load` does."""
        plane = self.plane(name)
        return plane.reshape(self.record["frames"], -1, plane.shape[1])

    def input_frames(self) -> list[ContenderInput]:
        """Reads what a contender is given of a clip. Raises CrispenError as `load` does."""
        received, decoded = self.frames("received"), self.frames("decoded")
        known = stream_info_of(self.record)
        return [ContenderInput(*given) for given in zip(received, decoded, known, strict=True)]

    def chroma(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Reads (truth, received) of "u" and "v" of a clip, (T, H/2, W/2) uint8 each; empty if chroma was not kept."""
        names = [name for name in ("u", "v") if f"truth_{name}" in self.record]
        return {name: (self.frames(f"truth_{name}"), self.frames(f"received_{name}")) for name in names}

    def plane(self, name: str) -> np.ndarray:
        """Reads "truth", "received", "decoded" or another plane of the record, read-only. Raises as `load` does."""
        path, wanted = self.cache / self.record[name]["file"], self.record[name]["sha256"]
        try:
            stat = path.stat()
            return _read(path, wanted, stat.st_mtime_ns, stat.st_size)
        except (OSError, SyntaxError) as error:  # Pillow raises SyntaxError for a broken PNG
            raise CrispenError(
                f"{path} cannot be read ({error}); delete {self.cache} to build the cases anew"
            ) from None
        except ValueError:
            raise CrispenError(
                f"{path} has changed since it was built; delete {self.cache} to build the cases anew"
            ) from None


def plane_sha256(plane: np.ndarray) -> str:
    """SHA-256 of a plane's samples, in hexadecimal."""
    return hashlib.sha256(plane.tobytes()).hexdigest()


@lru_cache(maxsize=4)  # every contender asks for the same case in turn
def _read(path: Path, wanted: str, _changed: int, _size: int) -> np.ndarray:
    with Image.open(path) as image:
        plane = np.array(image)
    plane.setflags(write=False)  # no contender may change the planes it is measured against
    if plane_sha256(plane) != wanted:
        raise ValueError("other content")
    return plane

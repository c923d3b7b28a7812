"""Pairs of truth and what arrived, luma, one for each picture and condition, built once and kept on disk.

In the cache each pair is a record, `CONDITION/NAME-KEY.json`, that says how the pair was made (picture, condition,
seed, library versions, SHA-256 of the planes), beside its received plane, `CONDITION/NAME-KEY.png`, and the decoded one
where the call had scaled it, `CONDITION/NAME-KEY.decoded.png`. Truths, which conditions share, lie under their own hash
in `truth/`. KEY is a hash of everything that the pair depends on, the code
that damages included, so a stale pair is never found; the record is written last, so a pair is there wholly or not.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from crispen import frame
from crispen.callbench.code_hash import code_sha256
from crispen.callbench.contenders.contender import Arrived
from crispen.data.clean_sources import PICTURES
from crispen.degrade import blur, condition, motion, noise
from crispen.degrade import codecs as codec
from crispen.degrade import packet_loss as loss
from crispen.degrade import resampling as resample
from crispen.degrade.condition import Condition, receive_still
from crispen.errors import CrispenError
from crispen.image.image_reader import read_rgb
from crispen.media import av_planes as planes
from crispen.media.atomic_output import atomic_file
from crispen.media.file_tree import find_files
from crispen.processes import run_parallel

SMALLEST_SIDE = 32
# (path, a Condition or another dataclass that says what happens, rng) ->
# {"truth", "decoded", "received"}, (H, W) uint8 planes, and further entries of the record
Build = Callable[[Path, Any, np.random.Generator], dict]
_DAMAGE_CODE = (frame, planes, blur, codec, condition, loss, motion, noise, resample)


@dataclass(frozen=True)
class Pair:
    """A pair in the cache. picture: its name in tables. record: how it was made, see above."""

    cache: Path
    picture: str
    record: dict

    @property
    def condition(self) -> str:
        return self.record["condition"]

    @property
    def digest(self) -> str:
        """Hash of truth and of what arrived: the case that a score belongs to."""
        hashes = (self.record[name]["sha256"] for name in ("truth", "received", "decoded"))
        return hashlib.sha256(" ".join(hashes).encode()).hexdigest()[:24]

    def load(self) -> tuple[np.ndarray, np.ndarray]:
        """(truth, received), (H, W) uint8 each. Raises CrispenError if a file was lost or changed since it was made."""
        return self.plane("truth"), self.plane("received")

    def arrived(self) -> Arrived:
        """What a contender is given. Raises CrispenError as `load` does."""
        return Arrived(self.plane("received"), self.plane("decoded"))

    def plane(self, name: str) -> np.ndarray:
        """Its "truth", "received" or "decoded", (H, W) uint8, read-only. Raises CrispenError as `load` does."""
        path, wanted = self.cache / self.record[name]["file"], self.record[name]["sha256"]
        try:
            stat = path.stat()
            return _plane(path, wanted, stat.st_mtime_ns, stat.st_size)
        except (OSError, SyntaxError) as error:  # Pillow raises SyntaxError for a broken PNG
            raise CrispenError(
                f"{path} cannot be read ({error}); delete {self.cache} to build the pairs anew"
            ) from None
        except ValueError:
            raise CrispenError(f"{path} is not what was built; delete {self.cache} to build the pairs anew") from None


@lru_cache(maxsize=4)  # every contender asks for the same pair in turn
def _plane(path: Path, wanted: str, _changed: int, _size: int) -> np.ndarray:
    with Image.open(path) as image:
        plane = np.array(image)
    plane.setflags(write=False)  # no sharpener may work on the very plane that it is measured against
    if _sha256(plane) != wanted:
        raise ValueError("another picture")
    return plane


def find_pictures(folder: Path) -> dict[str, Path]:
    """The pictures below `folder` by their names in it, sorted. Raises CrispenError if there is none."""
    if not folder.is_dir():
        raise CrispenError(f"{folder} is not a folder; give a folder of clean pictures")
    found = find_files(folder, PICTURES)
    if not found:
        raise CrispenError(f"{folder} holds no picture; put PNG, JPEG, WebP, TIFF or BMP files in it")
    return {path.relative_to(folder).as_posix(): path for path in found}


def still(path: Path, damage: Condition, rng: np.random.Generator) -> dict:
    """The planes of a still picture that is sent as a moving clip."""
    return dict(zip(("truth", "decoded", "received"), receive_still(read_picture(path), damage, rng), strict=True))


def read_picture(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB of a picture, upright. Raises CrispenError if it is broken or too small."""
    try:
        rgb = np.asarray(read_rgb(path))
    except (CrispenError, OSError) as error:
        raise CrispenError(f"{error}; take it out of the folder") from None
    if min(rgb.shape[:2]) < SMALLEST_SIDE:
        raise CrispenError(
            f"{path} is {rgb.shape[1]}x{rgb.shape[0]}, under {SMALLEST_SIDE} pixels a side; take it out of the folder"
        )
    return rgb


def build_pairs(
    pictures: dict[str, Path],
    conditions: dict[str, Condition],
    folder: Path,
    seed: int = 1,
    jobs: int = 1,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> list[Pair]:
    """The pairs of `pictures` under `conditions`, picture by picture; `jobs` processes build those not yet in `folder`.

    pictures: as `find_pictures` gives them. report: called with (done, total) as pairs are built.
    Raises CrispenError for a picture that is broken or too small; what was built before it is kept.
    """
    wanted = [(picture, name) for picture in pictures for name in conditions]
    return build_cases(pictures, wanted, conditions, folder, seed, jobs, report)


def build_cases(
    sources: Mapping[str, Path],
    wanted: Sequence[tuple[str, str]],
    conditions: Mapping[str, Any],
    folder: Path,
    seed: int,
    jobs: int,
    report: Callable[[int, int], None],
    build: Build = still,
    failures: dict[tuple[str, str], str] | None = None,
) -> list[Pair]:
    """As `build_pairs`, for the (picture, condition) of `wanted` only.

    build: makes the planes; a function of a module. The default takes a still picture; clip_cases has the other.
    failures: takes in why a case cannot be built, which is then left out; without it the first one is raised.
    """
    hashes = {name: hash_file(path) for name, path in sources.items()}
    tasks, records = [], {}
    for picture, name in wanted:
        recipe = _recipe(hashes[picture], name, conditions[name], seed) | {"from": build.__name__}
        if build is not still:
            recipe["code_sha256"] = code_sha256(*_DAMAGE_CODE, sys.modules[build.__module__])
        file = folder / name / f"{sources[picture].stem}-{_key(recipe)}.json"
        if file.exists():
            records[picture, name] = json.loads(file.read_text())
        else:
            tasks.append((picture, sources[picture], conditions[name], recipe, file, folder, build))
    for done, (index, record) in enumerate(run_parallel(_build, [task[1:] for task in tasks], jobs), 1):
        picture, recipe = tasks[index][0], tasks[index][3]
        if isinstance(record, CrispenError):
            if failures is None:
                raise record
            failures[picture, recipe["condition"]] = str(record)
        else:
            records[picture, recipe["condition"]] = record
        report(done, len(tasks))
    return [Pair(folder, case[0], records[case]) for case in wanted if case in records]


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def library_versions() -> dict[str, str]:
    """Versions of the libraries that make a pair."""
    codecs = {
        name: ".".join(map(str, numbers)) for name, numbers in av.library_versions.items() if name == "libavcodec"
    }
    return {name: version(name) for name in ("numpy", "pillow", "av")} | {"opencv": resample.cv2.__version__} | codecs


def _build(path: Path, damage: Any, recipe: dict, record_file: Path, folder: Path, build: Build):
    """The record, or the CrispenError that says why there is none."""
    name = recipe["condition"]
    key = hashlib.sha256(f"{recipe['seed']} {name} {recipe['source_sha256']}".encode()).digest()
    rng = np.random.default_rng(np.frombuffer(key, np.uint32))  # no picture's noise depends on which others are there
    try:
        made = build(path, damage, rng)
    except CrispenError as error:
        return error
    except (RuntimeError, ValueError) as error:  # PyAV's among them: some encoders take no small pictures
        return CrispenError(f"{path} cannot be sent as {name} asks ({str(error).splitlines()[0]})")
    planes: dict[str, np.ndarray] = {kind: made[kind] for kind in ("truth", "received", "decoded")}
    hashes = {kind: _sha256(plane) for kind, plane in planes.items()}
    record = recipe | {"picture": path.name} | made
    files = {
        "truth": f"truth/{hashes['truth'][:24]}.png",
        "received": f"{name}/{record_file.stem}.png",
        "decoded": f"{name}/{record_file.stem}.decoded.png",
    }
    if hashes["decoded"] == hashes["received"]:
        files["decoded"] = files["received"]
    for kind, file in files.items():
        plane = planes[kind]
        if not (folder / file).exists():
            _write(
                folder / file, lambda beside, plane=plane: Image.fromarray(plane).save(beside, "PNG", compress_level=1)
            )
        record[kind] = {"file": file, "sha256": hashes[kind], "size": [*plane.shape[::-1]]}
    _write(record_file, lambda beside: beside.write_text(json.dumps(record, indent=1)))
    return record


def _recipe(source_sha256: str, name: str, damage: Any, seed: int) -> dict:
    return {
        "source_sha256": source_sha256,
        "condition": name,
        "damage": asdict(damage),
        "seed": seed,
        "libraries": library_versions(),
        "code_sha256": code_sha256(*_DAMAGE_CODE),
    }


def _key(recipe: dict) -> str:
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


def _sha256(plane: np.ndarray) -> str:
    return hashlib.sha256(plane.tobytes()).hexdigest()


def _write(path: Path, save: Callable[[Path], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path, overwrite=True) as part:
        save(part)

"""Pairs of (truth, received) luma, one for each picture and condition, built once and kept on disk.

In the cache each pair is a record, `CONDITION/NAME-KEY.json`, that says how the pair was made (picture, condition,
seed, library versions, SHA-256 of both planes), beside its received plane, `CONDITION/NAME-KEY.png`. Truths, which
conditions share, lie under their own hash in `truth/`. KEY is a hash of everything that the pair depends on, the code
that damages included, so a stale pair is never found; the record is written last, so a pair is there wholly or not.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageOps

from crispen import frame
from crispen.data.source import PICTURES
from crispen.data.workers import each
from crispen.degrade import blur, codec, condition, motion, noise, resample
from crispen.degrade.condition import Condition, degrade_still
from crispen.errors import CrispenError
from crispen.media import planes

SMALLEST_SIDE = 32
_DAMAGE_CODE = (frame, planes, blur, codec, condition, motion, noise, resample)


@dataclass(frozen=True)
class Pair:
    """A pair in the cache. picture: its name in tables. record: how it was made, see above."""

    cache: Path
    picture: str
    record: dict

    @property
    def condition(self) -> str:
        return self.record["condition"]

    def load(self) -> tuple[np.ndarray, np.ndarray]:
        """(truth, received), (H, W) uint8 each. Raises CrispenError if a file was lost or changed since it was made."""
        truth, received = (self._plane(name) for name in ("truth", "received"))
        return truth, received

    def _plane(self, name: str) -> np.ndarray:
        path = self.cache / self.record[name]["file"]
        try:
            with Image.open(path) as image:
                plane = np.array(image)
            plane.setflags(write=False)  # no sharpener may work on the very plane that it is measured against
        except (OSError, SyntaxError) as error:  # Pillow raises SyntaxError for a broken PNG
            raise CrispenError(
                f"{path} cannot be read ({error}); delete {self.cache} to build the pairs anew"
            ) from None
        if _sha256(plane) != self.record[name]["sha256"]:
            raise CrispenError(f"{path} is not what was built; delete {self.cache} to build the pairs anew")
        return plane


def find_pictures(folder: Path, limit: int | None = None) -> dict[str, Path]:
    """The pictures below `folder` by their names in it, sorted; with a limit, that many spread evenly over the list.

    Raises CrispenError if there is none.
    """
    if not folder.is_dir():
        raise CrispenError(f"{folder} is not a folder; give a folder of clean pictures")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    if not found:
        raise CrispenError(f"{folder} holds no picture; put PNG, JPEG, WebP, TIFF or BMP files in it")
    if limit is not None and limit < len(found):
        found = [found[index * len(found) // limit] for index in range(limit)]
    return {path.relative_to(folder).as_posix(): path for path in found}


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
    Raises CrispenError for a picture that is broken or too small.
    """
    tasks, records = [], {}
    for picture, path in pictures.items():
        source = hash_file(path)
        for name, damage in conditions.items():
            recipe = _recipe(source, name, damage, seed)
            file = folder / name / f"{path.stem}-{_key(recipe)}.json"
            if file.exists():
                records[picture, name] = json.loads(file.read_text())
            else:
                tasks.append((picture, path, damage, recipe, file, folder))
    for done, (index, record) in enumerate(each(_build, [task[1:] for task in tasks], jobs), 1):
        records[tasks[index][0], record["condition"]] = record
        report(done, len(tasks))
    return [Pair(folder, picture, records[picture, name]) for picture in pictures for name in conditions]


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


def _build(path: Path, damage: Condition, recipe: dict, record_file: Path, folder: Path) -> dict:
    name = recipe["condition"]
    key = hashlib.sha256(f"{recipe['seed']} {name} {recipe['source_sha256']}".encode()).digest()
    rng = np.random.default_rng(np.frombuffer(key, np.uint32))  # no picture's noise depends on which others are there
    truth, received = degrade_still(_read(path), damage, rng)
    record = recipe | {
        "picture": path.name,
        "truth": {"file": f"truth/{_sha256(truth)[:24]}.png", "sha256": _sha256(truth)},
        "received": {"file": f"{name}/{record_file.stem}.png", "sha256": _sha256(received)},
    }
    for plane, entry in ((truth, record["truth"]), (received, record["received"])):
        file = folder / entry["file"]
        if not file.exists():
            _write(file, lambda beside, plane=plane: Image.fromarray(plane).save(beside, "PNG", compress_level=1))
    _write(record_file, lambda beside: beside.write_text(json.dumps(record, indent=1)))
    return record


def _read(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as image:
            rgb = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, SyntaxError) as error:
        raise CrispenError(f"{path} cannot be read as a picture ({error}); take it out of the folder") from None
    if min(rgb.shape[:2]) < SMALLEST_SIDE:
        raise CrispenError(
            f"{path} is {rgb.shape[1]}x{rgb.shape[0]}, under {SMALLEST_SIDE} pixels a side; take it out of the folder"
        )
    return rgb


def _recipe(source_sha256: str, name: str, damage: Condition, seed: int) -> dict:
    return {
        "source_sha256": source_sha256,
        "condition": name,
        "damage": asdict(damage),
        "seed": seed,
        "libraries": library_versions(),
        "code_sha256": _code_sha256(),
    }


def _key(recipe: dict) -> str:
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


@cache
def _code_sha256() -> str:
    return hashlib.sha256("".join(map(inspect.getsource, _DAMAGE_CODE)).encode()).hexdigest()


def _sha256(plane: np.ndarray) -> str:
    return hashlib.sha256(plane.tobytes()).hexdigest()


def _write(path: Path, save: Callable[[Path], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")  # two processes may write one truth at once
    try:
        save(beside)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)

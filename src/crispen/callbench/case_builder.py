"""Builds cases and keeps them in a cache on disk.

In the cache each case is a record, `CONDITION/NAME-KEY.json`, that says how it was made (picture, condition, seed,
library versions, SHA-256 of the planes), beside its received plane, `CONDITION/NAME-KEY.png`, and the decoded plane if
the call scaled it, `CONDITION/NAME-KEY.decoded.png`. Conditions share the truths, which are stored by hash in
`truth/`. KEY is a hash of everything that the case depends on, including the code that makes degradations, so an
outdated case is never found. The record is written last, so a case is complete or absent.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from crispen import frame
from crispen.callbench.case import Case, plane_sha256
from crispen.callbench.hashing import code_sha256, hash_file
from crispen.callbench.picture_cases import still
from crispen.degrade import blur, codecs, condition, motion, noise, packet_loss, resampling
from crispen.errors import CrispenError
from crispen.media import av_planes
from crispen.media.atomic_output import atomic_file
from crispen.processes import run_parallel

# (path, a Condition or another dataclass that describes the degradation, random generator) ->
# {"truth", "decoded", "received"}: (H, W) uint8 planes, and further entries of the record. A function of a module.
Build = Callable[[Path, Any, np.random.Generator], dict]
OnProgress = Callable[[int, int], None]  # (done, total)
_DEGRADATION_CODE = (frame, av_planes, blur, codecs, condition, packet_loss, motion, noise, resampling)


def build_cases(
    sources: Mapping[str, Path],
    wanted: Sequence[tuple[str, str]],
    conditions: Mapping[str, Any],
    cache: Path,
    seed: int = 1,
    jobs: int = 1,
    report: OnProgress = lambda done, total: None,
    build: Build = still,
    failures: dict[tuple[str, str], str] | None = None,
) -> list[Case]:
    """Builds the cases that are not in the cache yet, in `jobs` processes.

    Args:
        sources: Path of each picture or video by its name in tables.
        wanted: The (source, condition) of each case, by name.
        conditions: The conditions by name, in the form that `build` takes.
        cache: Folder of the cache.
        seed: Seed of motion and noise.
        jobs: Processes at once.
        report: Called with (done, total) as cases are built.
        build: Makes the planes.
        failures: Receives why a case cannot be built; that case is left out. Without it the first failure is raised.

    Returns:
        The cases in the order of `wanted`.

    Raises:
        CrispenError: For a source that is broken or too small, without `failures`. Cases built before it are kept.
    """
    hashes = {name: hash_file(path) for name, path in sources.items()}
    tasks, records = [], {}
    for source, name in wanted:
        recipe = _recipe(hashes[source], name, conditions[name], seed, build)
        file = cache / name / f"{sources[source].stem}-{_key(recipe)}.json"
        if file.exists():
            records[source, name] = json.loads(file.read_text())
        else:
            tasks.append((source, sources[source], conditions[name], recipe, file, cache, build))
    for done, (index, record) in enumerate(run_parallel(_build, [task[1:] for task in tasks], jobs), 1):
        source, recipe = tasks[index][0], tasks[index][3]
        if isinstance(record, CrispenError):
            if failures is None:
                raise record
            failures[source, recipe["condition"]] = str(record)
        else:
            records[source, recipe["condition"]] = record
        report(done, len(tasks))
    return [Case(cache, case[0], records[case]) for case in wanted if case in records]


def build_pictures(
    pictures: Mapping[str, Path],
    conditions: Mapping[str, Any],
    cache: Path,
    seed: int = 1,
    jobs: int = 1,
    report: OnProgress = lambda done, total: None,
) -> list[Case]:
    """Builds every picture under every condition, picture by picture; arguments and errors as in `build_cases`."""
    wanted = [(picture, name) for picture in pictures for name in conditions]
    return build_cases(pictures, wanted, conditions, cache, seed, jobs, report)


def library_versions() -> dict[str, str]:
    """Versions of the libraries that make a case."""
    libavcodec = {"libavcodec": ".".join(map(str, av.library_versions["libavcodec"]))}
    return (
        {name: version(name) for name in ("numpy", "pillow", "av")}
        | {"opencv": resampling.cv2.__version__}
        | libavcodec
    )


def _build(path: Path, condition: Any, recipe: dict, record_file: Path, cache: Path, build: Build):
    """Returns the record, or the CrispenError that says why there is none."""
    name = recipe["condition"]
    key = hashlib.sha256(f"{recipe['seed']} {name} {recipe['source_sha256']}".encode()).digest()
    rng = np.random.default_rng(np.frombuffer(key, np.uint32))  # a picture's noise does not depend on other pictures
    try:
        made = build(path, condition, rng)
    except CrispenError as error:
        return error
    except (RuntimeError, ValueError) as error:  # PyAV's among them: some encoders take no small pictures
        return CrispenError(f"{path} cannot be sent under {name} ({str(error).splitlines()[0]})")
    record = recipe | {"picture": path.name} | made
    planes = {kind: plane for kind, plane in made.items() if isinstance(plane, np.ndarray)}
    hashes = {kind: plane_sha256(plane) for kind, plane in planes.items()}
    files = {
        "truth": f"truth/{hashes['truth'][:24]}.png",
        "received": f"{name}/{record_file.stem}.png",
        **{kind: f"{name}/{record_file.stem}.{kind}.png" for kind in planes if kind not in ("truth", "received")},
    }
    if hashes["decoded"] == hashes["received"]:
        files["decoded"] = files["received"]
    for kind, file in files.items():
        plane = planes[kind]
        if not (cache / file).exists():
            _write_whole(cache / file, lambda part, plane=plane: _save_png(plane, part))
        record[kind] = {"file": file, "sha256": hashes[kind], "size": [*plane.shape[::-1]]}
    _write_whole(record_file, lambda part: part.write_text(json.dumps(record, indent=1)))
    return record


def _recipe(source_sha256: str, name: str, condition: Any, seed: int, build: Build) -> dict:
    own_code = () if build is still else (sys.modules[build.__module__],)
    return {
        "source_sha256": source_sha256,
        "condition": name,
        "damage": asdict(condition),
        "seed": seed,
        "libraries": library_versions(),
        "code_sha256": code_sha256(*_DEGRADATION_CODE, *own_code),
        "from": build.__name__,
    }


def _key(recipe: dict) -> str:
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


def _save_png(plane: np.ndarray, path: Path) -> None:
    Image.fromarray(plane).save(path, "PNG", compress_level=1)


def _write_whole(path: Path, save: Callable[[Path], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path, overwrite=True) as part:
        save(part)

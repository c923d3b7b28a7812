"""Tiles of (received, truth), made in shards by any number of processes and resumed where they stopped.

On disk a set is a folder with `train/` and `validation/`, each holding `NNNNN.npy`, (N, 2, 128, 128) uint8 luma with
the received tile first, and `NNNNN.jsonl`, one line a tile that says where it comes from. Tiles are cut at multiples of
128 from the coded picture, so that the grids of the codec's blocks and of the network's unshuffle stay in the phase
they have in a real call.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from crispen.data.clean_sources import draw_clip, find_sources, is_video
from crispen.data.tile_selection import all_places, moving_places
from crispen.data.validation_split import is_validation
from crispen.degrade.condition import Condition, receive, shown
from crispen.degrade.core_conditions import CORE
from crispen.degrade.training_mix import draw_condition
from crispen.errors import CrispenError, describe_file_error
from crispen.frame import Frame
from crispen.processes import run_parallel

TILE = 128


@dataclass(frozen=True)
class BuildConfig:
    """clips: damaged clips to make for training. validation_clips: for each core condition. region: (height, width).

    clips_per_shard: how much work is lost at most by an interruption. seed: of every random choice. families: those of
    `degrade.training_mix` that are drawn for training, all if none is named. held_out: patterns of the names of files
    that are kept for validation; none keeps 8 % of the files. tiles_of_video: at most, from each clip of a video.
    """

    clips: int = 8000
    validation_clips: int = 56
    region: tuple[int, int] = (384, 512)
    clips_per_shard: int = 50
    seed: int = 1
    families: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    tiles_of_video: int = 24


def build(
    folders: list[Path], target: Path, config: BuildConfig, jobs: int, report: Callable[[str], None] = print
) -> dict[str, str]:
    """Makes the pairs of `config` from the sources in `folders` in `target`; shards already there are kept.

    Returns why there are no pairs of some of the sources that were drawn. Raises CrispenError if a folder has no
    picture, there are too few to split, or `target` was made otherwise.
    """
    sources = [path for folder in folders for path in find_sources(folder)]
    parts: dict[str, list[Path]] = {"train": [], "validation": []}
    for path in sources:
        parts["validation" if is_validation(path.name, config.held_out) else "train"].append(path)
    if config.held_out and not all(parts.values()):
        raise CrispenError(f"{' '.join(config.held_out)} holds out {len(parts['validation'])} of {len(sources)} files")
    if not parts["validation"]:  # a handful of pictures: keep one aside rather than none
        parts["validation"] = [parts["train"].pop()]
    if not parts["train"]:
        raise CrispenError(f"{folders[0]} has one picture only; at least two are needed to train and to validate")
    _claim(target, config)
    tasks = [("train", number) for number in range(-(-config.clips // config.clips_per_shard))]
    tasks += [("validation", number) for number in range(len(CORE))]
    tasks = [(part, number) for part, number in tasks if not (target / part / f"{number:05}.npy").exists()]
    calls = [(parts[part], target / part, part, number, config) for part, number in tasks]
    broken: dict[str, str] = {}
    for done, (_, (tiles, unusable)) in enumerate(run_parallel(_make_shard, calls, jobs), 1):
        report(f"shard {done}/{len(calls)}: {tiles} tiles")
        for path in unusable.keys() - broken.keys():
            report(f"crispen: {unusable[path]}")
        broken |= unusable
    return broken


def _claim(target: Path, config: BuildConfig) -> None:
    text = json.dumps(asdict(config), indent=2)
    card = target / "config.json"
    if card.exists() and json.loads(card.read_text()) != json.loads(text):
        raise CrispenError(f"{target} was built with another configuration (see {card.name}); choose another folder")
    target.mkdir(parents=True, exist_ok=True)
    card.write_text(text)


def _make_shard(
    sources: list[Path], folder: Path, part: str, number: int, config: BuildConfig
) -> tuple[int, dict[str, str]]:
    """Writes one shard; validation shard k holds core condition k, one clip a source in turn.

    Returns the number of tiles, and why there is none of some sources.
    """
    rng = np.random.default_rng([config.seed, part == "validation", number])
    tiles, rows, broken = [], [], dict[str, str]()
    left = config.clips - number * config.clips_per_shard
    clips = min(config.clips_per_shard, left) if part == "train" else config.validation_clips
    for index in range(clips):
        if part == "train":
            family, condition = draw_condition(rng, config.families)
            path = sources[int(rng.integers(len(sources)))]
        else:
            family, condition = list(CORE.items())[number]
            path = sources[index % len(sources)]
        try:
            clip, condition = draw_clip(path, *config.region, condition, rng, shrink=part == "train")
        except Exception as error:  # damaged files make Pillow and FFmpeg raise all kinds
            broken[str(path)] = describe_file_error(str(path), error)
            continue
        said = {"source": path.name, "family": family, "clip": index, "condition": asdict(condition)}
        for (frame, top, left), tile in _tiles_of(clip, condition, is_video(path), config, rng):
            tiles.append(tile)
            rows.append(said | {"frame": frame, "at": [top, left]})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:05}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    beside = folder / f"{number:05}.part"
    with open(beside, "wb") as file:
        np.save(file, np.stack(tiles) if tiles else np.zeros((0, 2, TILE, TILE), np.uint8))
    os.replace(beside, folder / f"{number:05}.npy")
    return len(tiles), broken


def _tiles_of(clip: list[Frame], condition: Condition, video: bool, config: BuildConfig, rng: np.random.Generator):
    """Yields ((frame, top, left), (2, TILE, TILE)): of a video some tiles from all through it; of a picture, which only
    its last frame shows untouched, all of that."""
    if condition.codec is None:
        clip = clip[-1:]  # without a codec no frame depends on another
    received = receive(clip, condition, rng)
    places = all_places(len(clip) - 1, clip[-1].height, clip[-1].width, TILE)
    if video and len(clip) > 1:
        places = moving_places(clip, config.tiles_of_video, TILE, rng)
    planes = {frame: (shown(received[frame], clip[frame], condition).y, clip[frame].y) for frame, _, _ in places}
    for frame, top, left in places:
        yield (frame, top, left), np.stack([plane[top : top + TILE, left : left + TILE] for plane in planes[frame]])

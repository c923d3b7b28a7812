"""Builds pair sets: tiles of (received, truth) in shards, by several processes; an interrupted build can be resumed.

A pair set is a folder with `train/` and `validation/`. Each holds `NNNNN.npy`, (N, 2, 128, 128) uint8 luma, the
received tile first, and `NNNNN.jsonl` with one line a tile: source file, family, clip, condition and position. Tiles
are cut at multiples of 128, so that the codec's block grid and the network's unshuffle grid keep their phase.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from crispen.data.clean_sources import draw_clip, find_sources, is_video
from crispen.data.encoder_limits import limit_to_encoder
from crispen.data.scene import Scene, draw_scene
from crispen.data.tile_positions import all_tiles_of_frame, tiles_of_video
from crispen.data.validation_split import is_validation
from crispen.degrade.condition import Condition, frames_shown, receive, resize_to_display
from crispen.degrade.core_conditions import CORE
from crispen.degrade.training_mix import NO_EXTRAS, Extras, draw_condition
from crispen.errors import CrispenError, describe_file_error
from crispen.frame import Frame
from crispen.media.atomic_output import atomic_file
from crispen.processes import run_parallel

TILE = 128


@dataclass(frozen=True)
class BuildConfig:
    """The settings of a pair set.

    Attributes:
        clips: Degraded clips for training.
        validation_clips: Clips for each core condition.
        region: (height, width) of the crop of a picture, in pixels.
        clips_per_shard: Clips that an interruption loses at most.
        seed: Seed of every random choice.
        families: Those of crispen.degrade.training_mix to draw from; empty means all.
        held_out: Patterns of the names of files to keep for validation; empty keeps 8 % of the files.
        tiles_of_clip: Largest number of tiles from each clip; the region of a picture has 12.
        extras: Shares of further degradations of the training clips.
    """

    clips: int = 8000
    validation_clips: int = 56
    region: tuple[int, int] = (384, 512)
    clips_per_shard: int = 50
    seed: int = 1
    families: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    tiles_of_clip: int = 24
    extras: Extras = NO_EXTRAS


def build(
    folders: list[Path], target: Path, config: BuildConfig, jobs: int, report: Callable[[str], None] = print
) -> dict[str, str]:
    """Builds the pair set of `config` in `target`; existing shards are kept.

    Args:
        folders: Folders of clean pictures and videos.
        target: The folder of the set.
        config: The settings.
        jobs: Number of processes.
        report: Receives a line for each shard and for each file that cannot be used.

    Returns:
        {file: reason} of the drawn sources that cannot be used.

    Raises:
        CrispenError: A folder has no picture, there are too few to split, or `target` has another configuration.
    """
    sources = [path for folder in folders for path in find_sources(folder)]
    parts: dict[str, list[Path]] = {"train": [], "validation": []}
    for path in sources:
        parts["validation" if is_validation(path.name, config.held_out) else "train"].append(path)
    if config.held_out and not all(parts.values()):
        raise CrispenError(f"{' '.join(config.held_out)} holds out {len(parts['validation'])} of {len(sources)} files")
    if not parts["validation"]:  # few pictures: keep one for validation
        parts["validation"] = [parts["train"].pop()]
    if not parts["train"]:
        raise CrispenError(f"{folders[0]} has one picture only; at least two are needed to train and to validate")
    _write_config(target, config)
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


def _write_config(target: Path, config: BuildConfig) -> None:
    text = json.dumps(asdict(config), indent=2)
    card = target / "config.json"
    wanted = json.loads(text)
    if card.exists() and _completed(json.loads(card.read_text())) != wanted:
        raise CrispenError(f"{target} was built with another configuration (see {card.name}); choose another folder")
    target.mkdir(parents=True, exist_ok=True)
    card.write_text(text)


def _completed(config: dict) -> dict:
    """A configuration from a file with the settings of this version: older sets lack some and have others."""
    defaults = json.loads(json.dumps(asdict(BuildConfig())))
    known = {name: value for name, value in config.items() if name in defaults}
    known["extras"] = defaults["extras"] | known.get("extras", {})
    return defaults | known


def _make_shard(
    sources: list[Path], folder: Path, part: str, number: int, config: BuildConfig
) -> tuple[int, dict[str, str]]:
    """Writes one shard; validation shard k holds core condition k, with one clip for each source in turn.

    Returns the number of tiles, and {file: reason} of the sources that cannot be used.
    """
    rng = np.random.default_rng([config.seed, part == "validation", number])
    tiles, rows, broken = [], [], dict[str, str]()
    left = config.clips - number * config.clips_per_shard
    clips = min(config.clips_per_shard, left) if part == "train" else config.validation_clips
    for index in range(clips):
        if part == "train":
            family, condition = draw_condition(rng, config.families, config.extras)
            path = sources[int(rng.integers(len(sources)))]
        else:
            family, condition = list(CORE.items())[number]
            path = sources[index % len(sources)]
        try:
            scene = draw_scene(sources, is_video(path), condition, config.extras, rng) if part == "train" else Scene()
            clip, condition = draw_clip(
                path, *config.region, condition, rng, part == "train", scene.person, scene.replacement, scene.own_size
            )
            clip = scene.photographed(clip if condition.codec else clip[-1:], condition.fps, rng.spawn(1)[0])
        except Exception as error:  # Pillow and FFmpeg raise many types for damaged files
            broken[str(path)] = describe_file_error(str(path), error)
            continue
        if min(clip[-1].height, clip[-1].width) < TILE:
            continue  # no whole tile
        condition = limit_to_encoder(condition, clip[-1])
        origin = {"source": path.name, "family": family, "clip": index, "condition": asdict(condition)}
        origin |= scene.record()
        sent = scene.delivered(clip)
        for (frame, top, left), tile in _tiles_of(clip, sent, condition, is_video(path), config, rng):
            tiles.append(tile)
            rows.append(origin | {"frame": frame, "at": [top, left]})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:05}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with atomic_file(folder / f"{number:05}.npy", overwrite=True) as hidden, open(hidden, "wb") as file:
        np.save(file, np.stack(tiles) if tiles else np.zeros((0, 2, TILE, TILE), np.uint8))
    return len(tiles), broken


def _tiles_of(
    clip: list[Frame],
    sent: list[Frame],
    condition: Condition,
    video: bool,
    config: BuildConfig,
    rng: np.random.Generator,
):
    """Yields ((frame, top, left), (2, TILE, TILE)).

    Of a video, tiles from all parts; of a picture, tiles of the last frame, the only one not interpolated. The truth is
    `clip`, and of a frame that the receiver repeats, the frame that it shows.
    """
    received = receive(sent, condition, rng)
    positions = all_tiles_of_frame(len(clip) - 1, clip[-1].height, clip[-1].width, TILE)
    if video and len(clip) > 1:
        positions = tiles_of_video(clip, config.tiles_of_clip, TILE, rng)
    elif len(positions) > config.tiles_of_clip:
        drawn = rng.choice(len(positions), config.tiles_of_clip, replace=False)
        positions = [positions[index] for index in sorted(drawn)]
    shown = frames_shown(received)
    planes = {
        frame: (resize_to_display(received[frame], clip[frame], condition).y, clip[shown[frame]].y)
        for frame, _, _ in positions
    }
    for frame, top, left in positions:
        yield (frame, top, left), np.stack([plane[top : top + TILE, left : left + TILE] for plane in planes[frame]])

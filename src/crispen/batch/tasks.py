"""The tasks that workers run. Arguments and results can be pickled."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from crispen.batch.batch_config import BatchConfig, Item
from crispen.batch.concat import concatenate
from crispen.batch.segment import SEGMENT_SUFFIX, SegmentResult, encode_segment
from crispen.batch.segment_plan import VideoPlan, open_source, plan_video
from crispen.batch.store import open_store
from crispen.files.file_config import FileConfig
from crispen.files.image_file import sharpen_picture
from crispen.json_files import read_json
from crispen.media.file_type import detect_file_type
from crispen.runtime.sharpener import Sharpener
from crispen.runtime.sharpener_cache import SharpenerCache


class TaskResult(NamedTuple):
    """The result of a task.

    Attributes:
        frames: Frames that it sharpened.
        cpu_seconds: CPU time.
        lost: Notes on what the output does not preserve.
    """

    frames: int
    cpu_seconds: float
    lost: tuple[str, ...] = ()


def plan_task(config: BatchConfig, item: Item) -> VideoPlan:
    """Plans a video."""
    return plan_video(config, item)


def segment_task(config: BatchConfig, plan: VideoPlan, index: int) -> TaskResult:
    """Sharpens segment `index` of a video, unless it exists already."""
    store = open_store(config.target)
    name = segment_name(plan, index)
    if store.has(f"{name}.json"):
        return TaskResult(len(_read_result(config, plan, index).pts), 0.0)
    with tempfile.TemporaryDirectory(prefix="crispen-") as folder, open_source(config, plan.item) as source:
        video, card = Path(folder, f"segment{SEGMENT_SUFFIX}"), Path(folder, "segment.json")
        result = encode_segment(config, plan, plan.segments[index], source, video, _sharpener(config.file))
        card.write_text(json.dumps(asdict(result)), encoding="utf-8")
        store.put(video, name)
        store.put(card, f"{name}.json")  # last: its existence means that the segment is complete
    return TaskResult(len(result.pts), result.cpu_seconds)


def segment_name(plan: VideoPlan, index: int) -> str:
    """The name of an encoded segment in the target store."""
    segment = plan.segments[index]
    return f"{plan.folder}/{index:05}-{segment.start}-{segment.end}{SEGMENT_SUFFIX}"


def _read_result(config: BatchConfig, plan: VideoPlan, index: int) -> SegmentResult:
    with open_store(config.target).local(f"{segment_name(plan, index)}.json") as path:
        return SegmentResult(**read_json(path))


def concat_task(config: BatchConfig, plan: VideoPlan) -> TaskResult:
    """Concatenates the segments of a video to its output, and deletes them."""
    started = time.process_time()
    store = open_store(config.target)
    indices = range(len(plan.segments))
    results = [_read_result(config, plan, index) for index in indices]
    files = (store.local(segment_name(plan, index)) for index in indices)
    with tempfile.TemporaryDirectory(prefix="crispen-") as folder, open_source(config, plan.item) as source:
        path = Path(folder, f"output{Path(plan.item.output).suffix}")
        notes = concatenate(config, plan, results, source, files, path)
        store.put(path, plan.item.output)
    store.remove(plan.folder)
    return TaskResult(0, time.process_time() - started, tuple(notes.lost))


def picture_task(config: BatchConfig, item: Item) -> TaskResult:
    """Sharpens a picture."""
    started = time.process_time()
    source_store, sharpener = open_store(config.source), _sharpener(config.file)
    with tempfile.TemporaryDirectory(prefix="crispen-") as folder, source_store.local(item.name) as source:
        detect_file_type(source)
        path = Path(folder, f"output{Path(item.output).suffix}")
        sharpener.hold(None)
        result = sharpen_picture(source, path, None, sharpener, config.file)
        open_store(config.target).put(path, item.output)
    return TaskResult(1, time.process_time() - started, result.lost)


def cost_task(config: BatchConfig, plan: VideoPlan, frames: int = 60) -> float:
    """CPU seconds per pixel of a frame, measured on the first frames of a segment in the middle; writes no output."""
    middle = plan.segments[len(plan.segments) // 2]
    with tempfile.TemporaryDirectory(prefix="crispen-") as folder:
        for count in (3, frames):  # the first run opens the engine
            with open_source(config, plan.item) as source:
                path = Path(folder, f"{count}{SEGMENT_SUFFIX}")
                result = encode_segment(config, plan, middle, source, path, _sharpener(config.file), count)
    return result.cpu_seconds / len(result.pts) / (plan.coded.width * plan.coded.height)


_OPEN = SharpenerCache(capacity=1)  # a worker keeps its sharpener for its next task


def _sharpener(config: FileConfig) -> Sharpener:
    return _OPEN.get(config)

"""What workers do, each a function of values that travel: plan a video, sharpen a segment, join them, a picture."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from crispen.batch.concat import join
from crispen.batch.config import Item, Order
from crispen.batch.segment import ENDING, Part, sharpen_span
from crispen.batch.segment_plan import Plan, plan_video, video_of
from crispen.batch.store import open_store
from crispen.files.image_file import sharpen_picture
from crispen.json_files import read_json
from crispen.media.file_type import detect_file_type
from crispen.runtime.sharpener import Sharpener
from crispen.runtime.sharpener_cache import SharpenerCache

plan = plan_video


class Done(NamedTuple):
    """frames: that were sharpened now. cpu: seconds of one core. lost: what is not as it was."""

    frames: int
    cpu: float
    lost: tuple[str, ...] = ()


def sharpen(order: Order, plan: Plan, index: int) -> Done:
    """Segment `index` of a video to its place among the parts, unless it is there."""
    parts = open_store(order.target)
    name = part_name(plan, index)
    if parts.has(f"{name}.json"):
        return Done(len(_read_part(order, plan, index).times), 0.0)
    with tempfile.TemporaryDirectory(prefix="crispen-") as folder, video_of(order, plan.item) as source:
        path, card = Path(folder, f"part{ENDING}"), Path(folder, "part.json")
        part = sharpen_span(order, plan, plan.spans[index], source, path, _sharpener(order))
        card.write_text(json.dumps(asdict(part)), encoding="utf-8")
        parts.put(path, name)
        parts.put(card, f"{name}.json")  # comes last, and says that the other is there
    return Done(len(part.times), part.cpu)


def part_name(plan: Plan, index: int) -> str:
    span = plan.spans[index]
    return f"{plan.folder}/{index:05}-{span.start}-{span.end}{ENDING}"


def _read_part(order: Order, plan: Plan, index: int) -> Part:
    with open_store(order.target).local(f"{part_name(plan, index)}.json") as path:
        return Part(**read_json(path))


def finish(order: Order, plan: Plan) -> Done:
    """Joins the segments of a video to its output, and deletes them."""
    begun = time.process_time()
    store = open_store(order.target)
    parts = [_read_part(order, plan, index) for index in range(len(plan.spans))]
    files = (store.local(part_name(plan, index)) for index in range(len(plan.spans)))
    with tempfile.TemporaryDirectory(prefix="crispen-") as folder, video_of(order, plan.item) as source:
        path = Path(folder, f"output{Path(plan.item.output).suffix}")
        notes = join(order, plan, parts, source, files, path)
        store.put(path, plan.item.output)
    store.drop(plan.folder)
    return Done(0, time.process_time() - begun, tuple(notes.lost))


def still(order: Order, item: Item) -> Done:
    """Sharpens a picture, as `crispen sharpen` does."""
    begun = time.process_time()
    with tempfile.TemporaryDirectory(prefix="crispen-") as folder, open_store(order.source).local(item.name) as source:
        detect_file_type(source)
        sharpener = _sharpener(order)
        sharpener.hold(None)
        path = Path(folder, f"output{Path(item.output).suffix}")
        result = sharpen_picture(source, path, None, sharpener, order.file_config)
        open_store(order.target).put(path, item.output)
    return Done(1, time.process_time() - begun, result.lost)


def rate(order: Order, plan: Plan, most: int = 60) -> float:
    """Seconds of one core for a pixel of a frame, measured here on the first frames of a video; leaves nothing."""
    middle = plan.spans[len(plan.spans) // 2]
    with tempfile.TemporaryDirectory(prefix="crispen-") as folder:
        for count in (3, most):  # the first opens the engine
            with video_of(order, plan.item) as source:
                path = Path(folder, f"{count}{ENDING}")
                part = sharpen_span(order, plan, middle, source, path, _sharpener(order), count)
    return part.cpu / len(part.times) / (plan.coded.width * plan.coded.height)


_OPEN = SharpenerCache(capacity=1)  # a worker keeps its engine from one task to the next


def _sharpener(order: Order) -> Sharpener:
    return _OPEN.get(order.sharpener)

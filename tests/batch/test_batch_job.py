"""Interrupted and restarted jobs, and broken files: nothing is done twice, no output is incomplete."""

import json

import numpy as np
import pytest
from archives import SMALL, ImmediatePool, files_of, run_job
from clips import write_clip
from PIL import Image

from crispen.batch.batch_config import Item
from crispen.batch.job_manifest import JobManifest
from crispen.batch.store import open_store
from crispen.errors import CrispenError
from crispen.runtime.sharpener import Sharpener

VIDEO, PICTURE = Item("a.mp4", "a.mp4"), Item("b.png", "b.png", True)


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    write_clip(folder / "a.mp4", frames=40, size=SMALL, options={"g": "8"})
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "b.png")
    return folder


def records(folder):
    lines = (folder / "crispen-batch.jsonl").read_text().splitlines()
    return {record["item"]: record for record in map(json.loads, lines)}


def test_a_picture_is_sharpened_as_by_sharpener(source, tmp_path):
    state = run_job(source, tmp_path / "out", [PICTURE], stream="auto")
    with Sharpener() as sharpener:
        expected = sharpener.image(np.asarray(Image.open(source / "b.png")))
    assert (state.done, state.failed) == (1, {})
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / "b.png")), expected)


def test_an_interrupted_job_continues(source, tmp_path):
    stopped = ImmediatePool(stop=4)
    with pytest.raises(KeyboardInterrupt):
        run_job(source, tmp_path / "out", [VIDEO, PICTURE], stopped)
    assert not (tmp_path / "out" / "a.mp4").exists()
    begun = records(tmp_path / "out")
    assert begun["a.mp4"]["state"] == "running"
    parts = {name for name in files_of(tmp_path / "out") if name.startswith(".crispen-parts")}
    run_job(source, tmp_path / "whole", [VIDEO, PICTURE])
    again = ImmediatePool()
    state = run_job(source, tmp_path / "out", [VIDEO, PICTURE], again)
    total = records(tmp_path / "out")["a.mp4"]
    kept = len(parts) // 2  # a segment and its JSON file
    assert kept == stopped.ran.count("segment_task") >= 2
    assert total["cpu_seconds"] < records(tmp_path / "whole")["a.mp4"]["cpu_seconds"] and total["frames"] == 40
    assert (state.done, state.failed) == (2, {})
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")


def test_segments_of_another_configuration_or_source_are_not_reused(source, tmp_path):
    for change in ("strength", "source"):
        with pytest.raises(KeyboardInterrupt):
            run_job(source, tmp_path / change, [VIDEO], ImmediatePool(stop=3))
    run_job(source, tmp_path / "strength", [VIDEO], strength=0.5)
    run_job(source, tmp_path / "half", [VIDEO], strength=0.5)
    write_clip(source / "a.mp4", frames=32, size=SMALL, options={"g": "8"})
    run_job(source, tmp_path / "source", [VIDEO])
    run_job(source, tmp_path / "fresh", [VIDEO])
    for made, right in (("strength", "half"), ("source", "fresh")):
        assert (tmp_path / made / "a.mp4").read_bytes() == (tmp_path / right / "a.mp4").read_bytes()


def test_broken_items_fail_and_the_others_are_done(source, tmp_path):
    (source / "noise.mp4").write_bytes(bytes(range(256)) * 20)
    (source / "empty.png").write_bytes(b"")
    whole = (source / "a.mp4").read_bytes()
    (source / "cut.mp4").write_bytes(whole[: len(whole) // 2])  # the index was at the end
    names = ["noise.mp4", "cut.mp4", "gone.mp4"]
    items = [*(Item(name, name) for name in names), Item("empty.png", "empty.png", True), VIDEO, PICTURE]
    state = run_job(source, tmp_path / "out", items)
    assert set(state.failed) == {*names, "empty.png"} and state.done == 2
    found = records(tmp_path / "out")
    assert all(found[name]["state"] == "failed" and found[name]["reason"] == why for name, why in state.failed.items())
    assert "does not exist" in state.failed["gone.mp4"] or "No such file" in state.failed["gone.mp4"]
    assert list(files_of(tmp_path / "out")) == ["a.mp4", "b.png"]


def test_an_output_that_cannot_be_written_fails_its_item(source, tmp_path):
    (tmp_path / "out" / "b.png").mkdir(parents=True)
    state = run_job(source, tmp_path / "out", [PICTURE, VIDEO])
    assert list(state.failed) == ["b.png"] and state.done == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.mp4", "b.png", "crispen-batch.jsonl"]


def test_the_manifest_is_written_rarely_and_keeps_its_records(tmp_path):
    now = [0.0]
    store = open_store(str(tmp_path))
    first = JobManifest(store, lambda: now[0])
    first.update("a", state="done")
    first.update("b", state="running")
    assert records(tmp_path).keys() == {"a"}
    now[0] = 10
    first.update("b", state="failed", reason="why")
    JobManifest(store).update("c", state="waiting")
    found = records(tmp_path)
    assert found["b"] == {"item": "b", "state": "failed", "reason": "why"} and found["a"]["state"] == "done"
    (tmp_path / "crispen-batch.jsonl").write_text("{nonsense")
    with pytest.raises(CrispenError, match="damaged"):
        JobManifest(store)

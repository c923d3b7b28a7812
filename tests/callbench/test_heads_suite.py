"""The heads suite: the operating points of a clip, its truth, and the counts in the report."""

import csv
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from test_clip_cases import video

from crispen.callbench.case_summary import summarise_heads, worst_cases
from crispen.callbench.contenders.contender import PlaneContender
from crispen.callbench.heads_cases import FEWEST, HEADS_MEASURED, find_clips, head_cases, head_clip
from crispen.callbench.heads_suite import run_heads
from crispen.callbench.operating_points import POINTS, OperatingPoint
from crispen.callbench.report.case_report import case_markdown
from crispen.callbench.report.worst_crops import worst_crop_grid
from crispen.callbench.suite_run import RunOptions
from crispen.errors import CrispenError

SMALL = {name: point for name, point in POINTS.items() if point.rows == 180}


def large(path, rows, columns, frames):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 30, options={"preset": "ultrafast", "qp": "0"})
        stream.width, stream.height, stream.pix_fmt = columns, rows, "yuv420p"
        for index in range(frames):
            y = np.add.outer(np.arange(rows), np.arange(columns) + 4 * index) // 4 % 200 + 20
            planes = np.concatenate([y.astype(np.uint8).ravel(), np.full(rows * columns // 2, 128, np.uint8)])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes.reshape(-1, columns), "yuv420p")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heads")
    large(folder / "a.mkv", 180, 320, 48)
    large(folder / "b.mkv", 200, 320, 48)
    return folder


def test_a_point_is_named_after_its_numbers_and_has_its_bits_per_pixel():
    point = POINTS["vp8/360p30-150k"]
    assert point.bits_per_pixel == pytest.approx(150_000 / (640 * 360 * 30))
    assert POINTS["h264/360p30-300k-loss5"].condition(720, 90).loss == 0.05
    assert point.condition(720, 90).factor == 2


def test_a_clip_gets_the_points_that_do_not_enlarge_it(clips):
    paths = find_clips([clips])
    assert list(paths) == ["a.mkv", "b.mkv"]
    assert head_cases(paths) == [(name, key) for name in paths for key in SMALL]


def test_the_truth_is_the_cameras_picture_and_dropped_frames_are_not_measured(clips):
    point = POINTS["vp9/180p15-80k"]
    made = head_clip(clips / "a.mkv", point, np.random.default_rng(0))
    with av.open(str(clips / "a.mkv")) as container:
        frames = [frame.to_ndarray()[:180] for frame in container.decode(video=0)][::2]
    assert made["frames"] == min(HEADS_MEASURED, len(frames)) and made["factor"] == 1
    assert np.array_equal(made["truth"].reshape(-1, 180, 320), frames[-HEADS_MEASURED:])
    assert made["received"].shape == made["truth"].shape


def test_the_suite_has_every_kind_of_point():
    names = " ".join(POINTS)
    for kind in ("openh264/", "-loss5", "-keys20", "-drops", "-to180p"):
        assert kind in names
    openh264 = POINTS["openh264/180p15-80k"].condition(720, 90).codec
    assert openh264 is not None and openh264.name == "h264" and openh264.speed == 2 and openh264.slice_bytes == 1200


def test_the_resolution_changes_in_the_middle_of_the_measured_frames(clips):
    point = OperatingPoint("h264", 180, 30, 100, then_rows=90)
    before, after = (replace(point, rows=rows, then_rows=0) for rows in (180, 90))
    made, plain = (head_clip(clips / "a.mkv", each, np.random.default_rng(0)) for each in (point, before))
    half = HEADS_MEASURED // 2
    frames, whole = (each["received"].reshape(HEADS_MEASURED, 180, 320) for each in (made, plain))
    assert made["factor"] == [1] * half + [2] * half and point.after_change() == after
    assert made["decoded"].shape == made["received"].shape
    assert np.array_equal(frames[:half], whole[:half]) and not np.array_equal(frames[half:], whole[half:])


def test_the_receiver_repeats_frames_that_the_sender_drops(clips):
    point = OperatingPoint("vp8", 180, 30, 20, drop_buffer=0.1)
    made = head_clip(clips / "a.mkv", point, np.random.default_rng(0))
    frames = made["received"].reshape(HEADS_MEASURED, 180, 320)
    repeated = sum(np.array_equal(*pair) for pair in pairwise(frames))
    assert 0 < repeated < HEADS_MEASURED - 1
    assert len(frames) == made["frames"] == HEADS_MEASURED


def test_chroma_of_the_input_is_scored_and_contenders_do_not_change_it(tmp_path):
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("ffv1", 30)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        noise = np.random.default_rng(1).integers(90, 160, (FEWEST, 270, 320)).astype(np.uint8)
        for planes in noise:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, "yuv420p")))
        container.mux(stream.encode(None))
    darker = PlaneContender("darker", "filter", lambda y: y - np.uint8(5), "darker", "darker")
    options = RunOptions(tmp_path / "cache", without=frozenset({"vmaf", "vmaf_neg"}))
    run = run_heads([tmp_path], [darker], options, ["vp8/180p15-80k"])
    received, contender = run.results
    for name, planes in run.cases[0].chroma().items():
        truth, seen = (each.astype(float) for each in planes)
        expected = np.mean([10 * np.log10(255**2 / np.mean((a - b) ** 2)) for a, b in zip(truth, seen, strict=True)])
        assert received.scores[f"psnr_{name}"] == contender.scores[f"psnr_{name}"] == pytest.approx(expected)
    assert received.scores["psnr"] != contender.scores["psnr"]


def test_a_large_source_is_reduced_to_720_rows_by_area(tmp_path):
    path = large(tmp_path / "large.mkv", 1440, 320, FEWEST)
    made = head_clip(path, POINTS["h264/180p8-40k"], np.random.default_rng(0))
    assert made["truth"].shape[0] == 720 * made["frames"] and made["factor"] == 4
    with av.open(str(path)) as container:
        frames = np.stack([frame.to_ndarray()[:1440] for frame in container.decode(video=0)])[::4]
    means = frames.reshape(len(frames), 720, 2, 160, 2).mean(axis=(2, 4))
    assert np.abs(made["truth"].reshape(-1, 720, 160) - means[-HEADS_MEASURED:]).max() <= 0.5


def test_a_clip_that_is_too_short_or_no_video_is_named(tmp_path):
    short = video(tmp_path / "short.mkv", FEWEST - 1)
    with pytest.raises(CrispenError, match=f"short.mkv has {FEWEST - 1} frames"):
        head_clip(short, POINTS["vp8/180p15-80k"], np.random.default_rng(0))
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(CrispenError, match=r"text\.mp4 cannot be read"):
        head_cases({"text.mp4": tmp_path / "text.mp4"})


def test_the_report_counts_what_is_made_worse(clips, tmp_path):
    def better(plane):
        return plane

    def worse(plane):
        return np.clip(plane.astype(int) + 3, 0, 255).astype(np.uint8)

    contenders = [PlaneContender(name, "crispen", do, name, name) for name, do in (("same", better), ("worse", worse))]
    points = list(SMALL)[:2]
    run = run_heads(
        [clips], contenders, RunOptions(tmp_path / "cache", without=frozenset({"vmaf", "vmaf_neg"})), points
    )
    assert {case.condition for case in run.cases} == set(points) and len(run.cases) == 4
    assert run.cases[0].frames("truth").shape[1:] == (180, 320)
    found = summarise_heads(run)
    assert found["rows"]["same"]["mean"]["gain"]["psnr"] == 0 and found["rows"]["same"]["mean"]["worse"] == 0
    row = found["rows"]["worse"]
    assert row["mean"]["worse"] == 1 and row["mean"]["worst"] < -0.05
    by_hand = np.mean([case["score"]["psnr"] - case["gain"]["psnr"] for case in row["cases"]])
    assert found["rows"]["input"]["mean"]["score"]["psnr"] == pytest.approx(by_hand)
    assert [case["gain"]["psnr"] for case in worst_cases(row)] == sorted(case["gain"]["psnr"] for case in row["cases"])
    text = case_markdown(found)
    assert "100.0%" in text and all(point in text for point in points) and "a.mkv" in text
    grid = worst_crop_grid(run, found, "worse")
    assert grid.width > 3 * 160 and grid.height > 4 * 160


def test_nobody_who_is_measured_was_trained_on():
    """The split of the shared clips goes by person, not by file."""
    table = Path(__file__).parents[3] / "shared" / "data" / "heads.csv"
    if not table.exists():
        pytest.skip("the clips and their list are not part of the repository")
    people = {"train_heads": set(), "bench": set()}
    with open(table, newline="") as file:
        for row in csv.DictReader(file):
            people[row["file"].partition("/")[0]] |= set(re.findall(r"P\d+b?|I\d|G-[A-Z]", row["person_ids"]))
    assert people["bench"] and not people["bench"] & people["train_heads"]

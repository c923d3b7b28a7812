import json
import shutil
from collections import Counter
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from crispen.data.clean_sources import draw_clip, find_sources
from crispen.data.pair_builder import TILE, BuildConfig, build
from crispen.data.tile_positions import all_tiles_of_frame, tiles_of_video
from crispen.data.tile_reader import Tiles, iter_clips, validation_tiles
from crispen.data.validation_split import VALIDATION_SHARE, is_validation
from crispen.degrade.condition import Condition
from crispen.degrade.core_conditions import CORE
from crispen.errors import CrispenError
from crispen.frame import Frame

CONFIG = BuildConfig(clips=6, validation_clips=2, region=(128, 256), clips_per_shard=3, seed=5)


def paint(path, seed, size=(160, 288)):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(30, 220, (size[0] // 16, size[1] // 16, 3)).astype(np.float32)
    Image.fromarray(cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 255).astype(np.uint8)).save(
        path
    )


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for seed in range(5):
        paint(folder / f"{seed}.png", seed)
    return folder


@pytest.fixture(scope="module")
def pairs(pictures, tmp_path_factory):
    folder = tmp_path_factory.mktemp("set") / "pairs"
    build([pictures], folder, CONFIG, jobs=1, report=lambda line: None)
    return folder


def rows_of(pairs, part="train"):
    """What is said of each tile of `part`, in the order of the tiles."""
    return [
        json.loads(line) for path in sorted((pairs / part).glob("*.jsonl")) for line in path.read_text().splitlines()
    ]


def test_split_is_stable_and_about_its_share():
    names = [f"picture-{number}.jpg" for number in range(20_000)]
    share = np.mean([is_validation(name) for name in names])
    assert share == pytest.approx(VALIDATION_SHARE, abs=0.01)
    assert is_validation("a/b/x.png") == is_validation("x.png")


def test_validation_pictures_are_never_trained_on(pairs):
    def sources(part):
        return {row["source"] for row in rows_of(pairs, part)}

    assert sources("train") and sources("validation")
    assert not sources("train") & sources("validation")


def test_every_core_condition_is_validated(pairs):
    tiles = validation_tiles(pairs, per_condition=3)
    assert list(tiles) == list(CORE)
    assert all(part.shape == (3, 2, TILE, TILE) and part.dtype == np.uint8 for part in tiles.values())


def test_building_again_is_the_same_and_resumes(pairs, pictures, tmp_path):
    again = tmp_path / "again"
    shutil.copytree(pairs, again)
    (again / "train" / "00001.npy").unlink()
    lines = []
    build([pictures], again, CONFIG, jobs=1, report=lines.append)
    assert len(lines) == 1
    np.testing.assert_array_equal(np.load(again / "train/00001.npy"), np.load(pairs / "train/00001.npy"))
    assert not list(again.rglob("*.part"))


def test_a_damaged_file_costs_its_own_pairs_alone(tmp_path):
    for seed in range(3):
        paint(tmp_path / f"{seed}.png", seed)
    (tmp_path / "bad.png").write_bytes((tmp_path / "0.png").read_bytes()[:60])
    (tmp_path / "bad.mp4").write_bytes(b"no video at all" * 50)
    lines = []
    config = replace(CONFIG, clips=24, clips_per_shard=12, validation_clips=1)
    broken = build([tmp_path], tmp_path / "pairs", config, jobs=1, report=lines.append)
    bad = {str(tmp_path / name) for name in ("bad.png", "bad.mp4")}
    assert broken.keys() and broken.keys() <= bad
    assert all(path in reason for path, reason in broken.items())
    assert sorted(line for line in lines if line.startswith("crispen: ")) == sorted(
        f"crispen: {reason}" for reason in broken.values()
    )
    assert {row["source"] for row in rows_of(tmp_path / "pairs")} & {"0.png", "1.png", "2.png"}


def test_another_configuration_is_refused(pairs, pictures):
    with pytest.raises(CrispenError, match="another configuration"):
        build([pictures], pairs, BuildConfig(clips=7), jobs=1)


def test_batches_depend_on_seed_and_step_alone(pairs):
    first, second = Tiles(pairs), Tiles(pairs)
    np.testing.assert_array_equal(first.batch(1, 7, 5), second.batch(1, 7, 5))
    assert not np.array_equal(first.batch(1, 7, 5), first.batch(1, 8, 5))
    assert len(rows_of(pairs)) == len(first)


def test_a_batch_holds_tiles_of_the_set_flipped_alike(pairs):
    tiles = Tiles(pairs)
    stored = np.concatenate(tiles.shards)
    for received, truth in tiles.batch(3, 0, 6):
        found = False
        for candidate in stored:
            for turn in (candidate, candidate.transpose(0, 2, 1)):
                for flipped in (turn, turn[:, ::-1], turn[:, :, ::-1], turn[:, ::-1, ::-1]):
                    found |= np.array_equal(flipped, [received, truth])
        assert found


def test_a_batch_is_drawn_tile_by_tile_and_a_part_is_a_part_of_it(pairs):
    """The definition: which tiles, then for each where it is cropped and how it is turned. Old runs resume by it."""
    tiles = Tiles(pairs)
    stored, rng = np.concatenate(tiles.shards), np.random.default_rng([5, 3])
    whole = tiles.batch(5, 3, 9, 64)
    for share, drawn in zip(rng.random(9), whole, strict=True):
        top, left = 8 * rng.integers(9, size=2)
        flip = rng.integers(8)
        tile = stored[int(share * len(stored)), :, top : top + 64, left : left + 64]
        tile = tile[:, ::-1] if flip & 1 else tile
        tile = tile[..., ::-1] if flip & 2 else tile
        np.testing.assert_array_equal(drawn, tile.swapaxes(1, 2) if flip & 4 else tile)
    np.testing.assert_array_equal(tiles.batch(5, 3, 9, 64, slice(3, 6)), whole[3:6])


def test_the_label_of_a_tile_that_has_none_is_its_truth(pairs, tmp_path):
    whole = Tiles(pairs)
    assert len(whole.shards) > 1
    np.save(tmp_path / "00000.npy", 255 - whole.shards[0][:, 1])  # a teacher that turns all it sees into a negative
    drawn = Tiles(pairs, tmp_path).batch(1, 0, 40).astype(int)
    negative = (drawn[:, 2] == 255 - drawn[:, 1]).all((1, 2))
    assert negative.any() and not negative.all()
    assert np.array_equal(drawn[~negative, 2], drawn[~negative, 1])
    assert np.array_equal(drawn[:, :2], whole.batch(1, 0, 40))


def test_labels_must_fit_their_set(pairs, tmp_path):
    np.save(tmp_path / "00000.npy", np.zeros((1, TILE, TILE), np.uint8))
    with pytest.raises(CrispenError, match="another set"):
        Tiles(pairs, tmp_path)


def test_validation_takes_pictures_as_they_are(tmp_path):
    """The truth of a clip is a crop of the file; for training, it is sometimes something else."""
    grey = np.random.default_rng(1).integers(16, 236, (96, 112), np.uint8)
    Image.fromarray(np.repeat(grey[..., None], 3, axis=2)).save(tmp_path / "x.png")
    windows = np.lib.stride_tricks.sliding_window_view(grey, (8, 8)).astype(float)

    def is_crop(seed, shrink):
        clip, _ = draw_clip(tmp_path / "x.png", 48, 64, Condition(), np.random.default_rng(seed), shrink)
        y = clip[-1].y[:8, :8].astype(float)
        if not clip[-1].colour.full_range:
            y = (y - 16) * 255 / 219
        return (np.abs(windows - y).max((2, 3)) <= 1.5).any()

    assert all(is_crop(seed, False) for seed in range(12))
    assert 0.6 < np.mean([is_crop(seed, True) for seed in range(80)]) < 0.97


def film(path, height, width, rates=30, frames=40):
    """A video whose frame k is 20 + 4 k bright on its left half and 120 on its right; lossless."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rates)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((height * 3 // 2, width), 120, np.uint8), format="yuv420p")
            y = np.full((height, width), 120, np.uint8)
            y[:, : width // 2] = 20 + 4 * number
            plane = frame.planes[0]
            np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, :width] = y
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(("fps", "stride"), [(30, 1), (15, 2), (8, 4)])
def test_a_video_is_sent_whole_at_the_rate_that_is_asked_for(tmp_path, fps, stride):
    film(tmp_path / "a.mkv", 192, 320)
    clip, condition = draw_clip(tmp_path / "a.mkv", 64, 128, Condition(frames=5, fps=fps), np.random.default_rng(0))
    assert len(clip) == condition.frames == 5
    assert clip[0].y.shape == (192, 320)
    levels = np.array([frame.y[0, 0] for frame in clip]).astype(int)
    np.testing.assert_array_equal(np.diff(levels), 4 * stride)  # in order, none skipped but those between
    assert len(draw_clip(tmp_path / "a.mkv", 64, 128, Condition(frames=99, fps=fps), np.random.default_rng(0))[0]) > 9


@pytest.mark.parametrize(
    ("lines", "taken"), [(1080, {720, 540}), (720, {720, 540}), (480, {240}), (478, {478}), (360, {360})]
)
def test_a_video_is_reduced_where_that_leaves_enough(tmp_path, lines, taken):
    film(tmp_path / "a.mkv", lines, 64, frames=1)

    def sizes(shrink):
        clips = (draw_clip(tmp_path / "a.mkv", 0, 0, Condition(), np.random.default_rng(k), shrink) for k in range(8))
        return {clip[0].y.shape[0] for clip, _ in clips}

    assert sizes(True) == taken and sizes(False) == {max(taken)}


def test_tiles_of_a_video_come_from_all_through_it_and_half_of_them_move():
    """A field of 4 x 5 tiles in which one moves, in 40 frames; one in five counts as moving."""
    clip = []
    for number in range(40):
        y = np.full((4 * TILE, 5 * TILE), 90, np.uint8)
        y[TILE : 2 * TILE, TILE : 2 * TILE] = 20 + 5 * number
        clip.append(Frame(y))
    drawn = [tiles_of_video(clip, 6, TILE, np.random.default_rng(seed)) for seed in range(60)]
    assert all(len(places) == len(set(places)) == 6 and places == sorted(places) for places in drawn)
    every = [place for places in drawn for place in places]
    assert {frame * 4 // 40 for frame, _, _ in every} == {0, 1, 2, 3}
    share = np.mean([(top, left) == (TILE, TILE) for _, top, left in every])
    assert 0.08 < share < 0.17  # four of the sixteen that count as moving are: half of 4 / 16
    few = tiles_of_video(clip[:2], 99, TILE, np.random.default_rng(0))
    assert few == all_tiles_of_frame(1, 4 * TILE, 5 * TILE, TILE)  # all there are, once each


def test_videos_make_pairs_and_a_person_that_is_held_out_is_never_trained_on(tmp_path):
    for name in ("anna_1", "anna_2", "bert_1"):
        film(tmp_path / f"{name}.mkv", 256, 256, frames=10)
    config = replace(CONFIG, families=("starved",), held_out=("anna_*",), tiles_of_video=3)
    build([tmp_path], tmp_path / "pairs", config, jobs=1, report=lambda line: None)
    rows = rows_of(tmp_path / "pairs")
    assert {row["source"] for row in rows} == {"bert_1.mkv"} and {row["family"] for row in rows} == {"starved"}
    assert {row["source"] for row in rows_of(tmp_path / "pairs", "validation")} == {"anna_1.mkv", "anna_2.mkv"}
    assert len({row["frame"] for row in rows}) > 3 and all(1 <= row["frame"] <= 9 for row in rows)
    clips = list(iter_clips(tmp_path / "pairs"))
    assert len(clips) == CONFIG.clips and {len(tiles) for _, tiles in clips} == {3}
    for row, tile in zip(rows, np.concatenate(Tiles(tmp_path / "pairs").shards), strict=True):
        truth = tile[1]
        assert set(np.unique(truth)) <= {120, *range(20, 60, 4)}
        assert tile.shape == (2, TILE, TILE) and row["at"][1] in (0, 128)
    with pytest.raises(CrispenError, match="holds out 0 of 3"):
        build([tmp_path], tmp_path / "other", replace(config, held_out=("carl_*",)), jobs=1)


def test_empty_and_missing_folders_are_one_clear_line(tmp_path):
    with pytest.raises(CrispenError, match="no picture or video"):
        find_sources(tmp_path)
    with pytest.raises(CrispenError, match="not a folder"):
        find_sources(tmp_path / "gone")
    with pytest.raises(CrispenError, match="crispen data build"):
        Tiles(tmp_path)


def test_weights_are_the_odds_of_being_drawn(pairs):
    names = Counter(row["family"] for row in rows_of(pairs))
    rare = min(names, key=lambda name: names[name])
    tiles = Tiles(pairs, weigh=lambda row: 3.0 if row["family"] == rare else 0.0)
    stored = np.concatenate(tiles.shards)
    wanted = [row["family"] == rare for row in rows_of(pairs)]
    means = {round(float(tile.mean()), 6) for tile, is_rare in zip(stored, wanted, strict=True) if is_rare}
    assert len(means) > 0 and not all(wanted)
    assert {round(float(tile.mean()), 6) for tile in tiles.batch(1, 0, 40)} <= means
    with pytest.raises(CrispenError, match="no tile of the requested degradation"):
        Tiles(pairs, weigh=lambda row: 0.0)

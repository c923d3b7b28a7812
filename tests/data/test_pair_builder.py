import shutil
from dataclasses import replace

import numpy as np
import pytest
from pair_sets import CONFIG, film, paint, rows_of

from crispen.data.pair_builder import TILE, BuildConfig, build
from crispen.data.tile_reader import Tiles, iter_clips
from crispen.errors import CrispenError


def test_validation_pictures_are_never_trained_on(pairs):
    def sources(part):
        return {row["source"] for row in rows_of(pairs, part)}

    assert sources("train") and sources("validation")
    assert not sources("train") & sources("validation")


def test_a_repeated_build_resumes_and_gives_the_same(pairs, pictures, tmp_path):
    again = tmp_path / "again"
    shutil.copytree(pairs, again)
    (again / "train" / "00001.npy").unlink()
    lines = []
    build([pictures], again, CONFIG, jobs=1, report=lines.append)
    assert len(lines) == 1
    np.testing.assert_array_equal(np.load(again / "train/00001.npy"), np.load(pairs / "train/00001.npy"))
    assert not list(again.rglob("*.part"))


def test_a_damaged_file_affects_only_its_own_pairs(tmp_path):
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


def test_videos_give_pairs_and_held_out_persons_are_not_trained_on(tmp_path):
    for name in ("anna_1", "anna_2", "bert_1"):
        film(tmp_path / f"{name}.mkv", 256, 256, frames=10)
    config = replace(CONFIG, families=("starved",), held_out=("anna_*",), tiles_of_clip=3)
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


def test_a_picture_smaller_than_a_tile_gives_no_pairs(tmp_path):
    paint(tmp_path / "small.png", 0, (112, 160))
    paint(tmp_path / "large.png", 1)
    config = replace(CONFIG, clips=12, clips_per_shard=12, held_out=("large*",))
    build([tmp_path], tmp_path / "pairs", config, jobs=1, report=lambda line: None)
    assert not rows_of(tmp_path / "pairs")

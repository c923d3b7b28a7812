from collections import Counter

import numpy as np
import pytest
from pair_sets import rows_of

from crispen.data.pair_builder import TILE
from crispen.data.tile_reader import Tiles, validation_tiles
from crispen.degrade.core_conditions import CORE
from crispen.errors import CrispenError


def test_every_core_condition_is_validated(pairs):
    tiles = validation_tiles(pairs, per_condition=3)
    assert list(tiles) == list(CORE)
    assert all(part.shape == (3, 2, TILE, TILE) and part.dtype == np.uint8 for part in tiles.values())


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


def test_the_definition_of_a_batch_and_of_its_parts(pairs):
    """The order of random choices: tiles, then crop and flip of each. Resuming old runs depends on it."""
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


def test_the_label_of_an_unlabelled_tile_is_its_truth(pairs, tmp_path):
    whole = Tiles(pairs)
    assert len(whole.shards) > 1
    np.save(tmp_path / "00000.npy", 255 - whole.shards[0][:, 1])  # a teacher that inverts its input
    drawn = Tiles(pairs, tmp_path).batch(1, 0, 40).astype(int)
    negative = (drawn[:, 2] == 255 - drawn[:, 1]).all((1, 2))
    assert negative.any() and not negative.all()
    assert np.array_equal(drawn[~negative, 2], drawn[~negative, 1])
    assert np.array_equal(drawn[:, :2], whole.batch(1, 0, 40))


def test_labels_must_fit_their_set(pairs, tmp_path):
    np.save(tmp_path / "00000.npy", np.zeros((1, TILE, TILE), np.uint8))
    with pytest.raises(CrispenError, match="another set"):
        Tiles(pairs, tmp_path)


def test_tiles_are_drawn_in_proportion_to_their_weights(pairs):
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

import numpy as np

from crispen.data.pair_builder import TILE
from crispen.data.tile_positions import all_tiles_of_frame, tiles_of_video
from crispen.frame import Frame


def test_tiles_come_from_all_parts_of_a_video_and_half_of_them_move():
    """40 frames of 4 x 5 tiles, one of which moves; one tile in five counts as moving."""
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
    assert 0.08 < share < 0.17  # four of the sixteen tiles that count as moving do move: half of 4 / 16
    few = tiles_of_video(clip[:2], 99, TILE, np.random.default_rng(0))
    assert few == all_tiles_of_frame(1, 4 * TILE, 5 * TILE, TILE)  # all tiles, once each

"""The split view of a frame before and after sharpening."""

import pytest
from clips import flat, luma

from crispen.media.comparison_view import split_view


@pytest.mark.parametrize(("at", "column"), [(0.0, 0), (0.5, 31), (1.0, 62)])
def test_the_divider_shows_before_left_and_after_right(at, column):
    before, after = flat(64, 48, 50), flat(64, 48, 100)
    made = luma(split_view(before, after, at))
    assert (made[:, :column] == 50).all()
    assert (made[:, column : column + 2] == 235).all()
    assert (made[:, column + 2 :] == 100).all()


def test_a_frame_that_passed_is_not_drawn_on():
    frame = flat(64, 48, 50)
    made = split_view(frame, frame, 0.5)
    assert (luma(frame) == 50).all() and (luma(made)[:, 31:33] == 235).all()

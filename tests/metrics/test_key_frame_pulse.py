import numpy as np
import pytest

from crispen.metrics.key_frame_pulse import key_frame_pulse


def test_worked_by_hand():
    """Frames that are wrong by a constant have a PSNR of 20 log10(255 / levels)."""
    truth = np.full((5, 8, 8), 100, np.uint8)
    received, output = (
        truth + np.array(levels, np.uint8)[:, None, None] for levels in ((2, 8, 4, 1, 10), (2, 4, 4, 1, 1))
    )
    pulse = key_frame_pulse(truth, received, output, [0, 3])
    assert pulse.received == pytest.approx((20 * np.log10(4) + 20 * np.log10(10)) / 2)
    assert pulse.output == pytest.approx(20 * np.log10(2) / 2)
    assert pulse.added == pytest.approx(pulse.output - pulse.received)
    assert pulse.added < 0
    assert key_frame_pulse(truth, received, received, [0]) == pytest.approx((20.0, 20.0))


def test_a_group_of_one_frame_does_not_pulse():
    truth = np.full((2, 8, 8), 100, np.uint8)
    output = truth + np.array([1, 30], np.uint8)[:, None, None]
    assert key_frame_pulse(truth, output, output, [0, 1]) == (0, 0)


@pytest.mark.parametrize("keys", [[], [1], [0, 2, 2], [0, 3, 1], [0, 4], [0, -1]])
def test_keys_that_are_none_are_refused(still, keys):
    with pytest.raises(ValueError, match=r"rise from 0 and lie within 4 frames"):
        key_frame_pulse(still, still, still, keys)


def test_clips_that_cannot_be_compared_are_refused_by_the_pulse(still):
    for other in (still[:1], still[:, :1], still[0], still.astype(np.float32)):
        with pytest.raises(ValueError):
            key_frame_pulse(still, still, other, [0])
    with pytest.raises(ValueError, match="two frames"):
        key_frame_pulse(still[:1], still[:1], still[:1], [0])

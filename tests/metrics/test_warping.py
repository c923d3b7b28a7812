import cv2
import numpy as np
import pytest
from metric_clips import alternating

from crispen.metrics.optical_flow import Step, follow
from crispen.metrics.warping import excess_warping_error, warping_error


def test_a_move_by_whole_pixels_is_none_when_its_flow_is_known(pan):
    flow = np.broadcast_to(np.array([-4, -3], np.float32), (120, 150, 2)).copy()
    inside = np.zeros((120, 150), bool)
    inside[3:, 4:] = True
    assert warping_error(pan, [Step(flow, inside)] * 2) == 0
    assert warping_error(pan, [Step(flow, np.ones((120, 150), bool))] * 2) > 10  # what came in was not there


def test_a_move_by_whole_pixels_is_nearly_none_when_its_flow_is_found(pan):
    unwarped = np.square(np.diff(pan.astype(float), axis=0)).mean()
    error = warping_error(pan, follow(pan))
    assert error is not None and error < unwarped / 5000


def test_levels_that_alternate_have_the_error_worked_by_hand(still):
    assert excess_warping_error(still, still) == 0
    assert excess_warping_error(still, alternating(still, 7)) == 14**2


def test_the_truths_own_error_is_taken_off(still):
    steps = [Step(np.zeros((64, 80, 2), np.float32), np.ones((64, 80), bool))] * 3
    truth, steadier, shakier = (alternating(still, levels) for levels in (3, 1, 7))
    assert excess_warping_error(truth, truth, steps) == 0
    assert excess_warping_error(truth, shakier, steps) == 14**2 - 6**2
    assert excess_warping_error(truth, steadier, steps) == 2**2 - 6**2


def test_independent_noise_has_twice_its_variance(still):
    rng = np.random.default_rng(1)
    noisy = (still + rng.choice([-4, 4], still.shape)).astype(np.uint8)  # variance 16
    assert excess_warping_error(still, noisy) == pytest.approx(32, rel=0.03)


def test_only_valid_flow_counts_and_steps_weigh_equally(still):
    output, flow = still.copy(), np.zeros((64, 80, 2), np.float32)
    output[1, :, :40] += 5
    left, right = np.zeros((64, 80), bool), np.zeros((64, 80), bool)
    left[:10, :40], right[:, 40:] = True, True
    steps = [Step(flow, left), Step(flow, right), Step(flow, right)]
    assert warping_error(output, steps) == pytest.approx(25 / 3)
    nothing = Step(flow, np.zeros((64, 80), bool))
    assert warping_error(output, [steps[0], nothing, nothing]) == 25
    assert warping_error(output, [nothing] * 3) is None
    assert excess_warping_error(still, output, [nothing] * 3) is None


def test_the_output_is_measured_along_the_flow_of_the_truth(pan):
    """A static output is wrong if the truth moves, although it has no motion error itself."""
    frozen, own = np.stack([pan[0]] * 3), warping_error(pan, follow(pan))
    excess = excess_warping_error(pan, frozen)
    assert own is not None and excess is not None and excess > 50 * own
    assert excess_warping_error(frozen, frozen) == 0


def test_steps_found_once_serve_many_outputs(pan):
    soft = np.stack([cv2.GaussianBlur(plane, (0, 0), 1) for plane in pan])
    assert excess_warping_error(pan, soft, follow(pan)) == excess_warping_error(pan, soft)


def test_steps_of_another_clip_are_refused(pan, still):
    for steps in (follow(still), follow(pan)[:1]):
        with pytest.raises(ValueError, match="steps"):
            warping_error(pan, steps)
    with pytest.raises(ValueError, match="uint8"):
        warping_error(pan.astype(float), follow(pan))


def test_clips_that_cannot_be_compared_are_refused_by_the_warping_error(still):
    for other in (still[:1], still[:, :1], still[0], still.astype(np.float32)):
        with pytest.raises(ValueError):
            excess_warping_error(still, other)
    with pytest.raises(ValueError, match="two frames"):
        excess_warping_error(still[:1], still[:1])

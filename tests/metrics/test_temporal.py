import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from crispen.metrics.flicker import static_flicker
from crispen.metrics.key_frame_pulse import key_frame_pulse
from crispen.metrics.optical_flow import Step, follow
from crispen.metrics.warping import excess_warping_error, warping_error

GREY = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)


@pytest.fixture(scope="module")
def pan():
    """(3, 120, 150) uint8, moving by whole pixels: 4 leftwards and 3 upwards a frame."""
    return np.stack([GREY[80 + 3 * t : 200 + 3 * t, 120 + 4 * t : 270 + 4 * t] for t in range(3)])


@pytest.fixture
def still():
    """(4, 64, 80) uint8, four times the same, between 20 and 235."""
    return np.stack([np.clip(GREY[100:164, 150:230], 20, 235)] * 4)


def alternating(clip, levels):
    return np.stack([plane + np.uint8(levels) if t % 2 else plane - np.uint8(levels) for t, plane in enumerate(clip)])


class TestWarpingError:
    def test_a_move_by_whole_pixels_is_none_when_its_flow_is_known(self, pan):
        flow = np.broadcast_to(np.array([-4, -3], np.float32), (120, 150, 2)).copy()
        inside = np.zeros((120, 150), bool)
        inside[3:, 4:] = True
        assert warping_error(pan, [Step(flow, inside)] * 2) == 0
        assert warping_error(pan, [Step(flow, np.ones((120, 150), bool))] * 2) > 10  # what came in was not there

    def test_a_move_by_whole_pixels_is_nearly_none_when_its_flow_is_found(self, pan):
        unwarped = np.square(np.diff(pan.astype(float), axis=0)).mean()
        error = warping_error(pan, follow(pan))
        assert error is not None and error < unwarped / 5000

    def test_levels_that_alternate_have_the_error_worked_by_hand(self, still):
        assert excess_warping_error(still, still) == 0
        assert excess_warping_error(still, alternating(still, 7)) == 14**2

    def test_the_truths_own_error_is_taken_off(self, still):
        steps = [Step(np.zeros((64, 80, 2), np.float32), np.ones((64, 80), bool))] * 3
        truth, steadier, shakier = (alternating(still, levels) for levels in (3, 1, 7))
        assert excess_warping_error(truth, truth, steps) == 0
        assert excess_warping_error(truth, shakier, steps) == 14**2 - 6**2
        assert excess_warping_error(truth, steadier, steps) == 2**2 - 6**2

    def test_independent_noise_has_twice_its_variance(self, still):
        rng = np.random.default_rng(1)
        noisy = (still + rng.choice([-4, 4], still.shape)).astype(np.uint8)  # variance 16
        assert excess_warping_error(still, noisy) == pytest.approx(32, rel=0.03)

    def test_only_valid_flow_counts_and_steps_weigh_equally(self, still):
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

    def test_the_output_is_measured_along_the_flow_of_the_truth(self, pan):
        """An output that stands still while the truth moves is wrong, though still in itself."""
        frozen, own = np.stack([pan[0]] * 3), warping_error(pan, follow(pan))
        excess = excess_warping_error(pan, frozen)
        assert own is not None and excess is not None and excess > 50 * own
        assert excess_warping_error(frozen, frozen) == 0

    def test_steps_found_once_serve_many_outputs(self, pan):
        soft = np.stack([cv2.GaussianBlur(plane, (0, 0), 1) for plane in pan])
        assert excess_warping_error(pan, soft, follow(pan)) == excess_warping_error(pan, soft)

    def test_steps_of_another_clip_are_refused(self, pan, still):
        for steps in (follow(still), follow(pan)[:1]):
            with pytest.raises(ValueError, match="steps"):
                warping_error(pan, steps)
        with pytest.raises(ValueError, match="uint8"):
            warping_error(pan.astype(float), follow(pan))


class TestStaticFlicker:
    def test_levels_that_alternate_change_by_twice_as_much(self, still):
        assert static_flicker(still, alternating(still, 3)) == 6

    def test_only_static_pixels_count(self, still):
        truth = still.copy()
        truth[:, 10:30, 10:30] = np.arange(4)[:, None, None] * 50  # a square that changes in each frame
        output = truth.copy()
        output[1:, 10:30, 10:30] = 0
        assert static_flicker(truth, output) == 0
        output[1, 40, 40] += 9  # up and down again, in two of three steps
        assert static_flicker(truth, output) == pytest.approx(18 / (3 * (64 * 80 - 400)))

    def test_the_truths_own_change_within_the_tolerance_is_taken_off(self, still):
        truth = alternating(still, 1)
        assert static_flicker(truth, still, tolerance=1) is None
        assert static_flicker(truth, still, tolerance=2) == -2
        assert static_flicker(truth, truth, tolerance=2) == 0
        assert static_flicker(truth, alternating(still, 5), tolerance=2) == 8

    def test_black_to_white_does_not_wrap_around(self):
        truth, output = np.full((2, 2, 3), 9, np.uint8), np.zeros((2, 2, 3), np.uint8)
        output[1] = 255
        assert static_flicker(truth, output) == 255

    @settings(max_examples=60, deadline=None)
    @given(st.integers(2, 5), st.integers(1, 6), st.integers(1, 6), st.integers(0, 3), st.integers(0, 2**32 - 1))
    def test_it_is_the_sum_pixel_by_pixel(self, frames, height, width, tolerance, seed):
        rng = np.random.default_rng(seed)
        truth, output = rng.integers(0, 6, (2, frames, height, width)).astype(np.uint8)
        excess = []
        for t, y, x in np.ndindex(frames - 1, height, width):
            own = abs(int(truth[t + 1, y, x]) - int(truth[t, y, x]))
            if own <= tolerance:
                excess.append(abs(int(output[t + 1, y, x]) - int(output[t, y, x])) - own)
        assert static_flicker(truth, output, tolerance) == (pytest.approx(np.mean(excess)) if excess else None)


class TestKeyFramePulse:
    def test_worked_by_hand(self):
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

    def test_a_group_of_one_frame_does_not_pulse(self):
        truth = np.full((2, 8, 8), 100, np.uint8)
        output = truth + np.array([1, 30], np.uint8)[:, None, None]
        assert key_frame_pulse(truth, output, output, [0, 1]) == (0, 0)

    @pytest.mark.parametrize("keys", [[], [1], [0, 2, 2], [0, 3, 1], [0, 4], [0, -1]])
    def test_keys_that_are_none_are_refused(self, still, keys):
        with pytest.raises(ValueError, match=r"rise from 0 and lie within 4 frames"):
            key_frame_pulse(still, still, still, keys)


@pytest.mark.parametrize("measure", [excess_warping_error, static_flicker, lambda a, b: key_frame_pulse(a, a, b, [0])])
def test_clips_that_cannot_be_compared_are_refused(measure, still):
    for other in (still[:1], still[:, :1], still[0], still.astype(np.float32)):
        with pytest.raises(ValueError):
            measure(still, other)
    with pytest.raises(ValueError, match="two frames"):
        measure(still[:1], still[:1])

import cv2
import numpy as np
from skimage.data import astronaut
from skimage.transform import AffineTransform, warp

from crispen.degrade.motion import Motion, animate
from crispen.frame import frame_from_rgb


def picture(height=128, width=160, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(40, 215, (height // 8, width // 8, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + rng.normal(0, 2, smooth.shape), 0, 255).astype(np.uint8)


def test_a_clip_ends_in_its_picture_and_moves_before():
    frame = frame_from_rgb(picture())
    clip = animate(frame, 5, Motion(pan=3), np.random.default_rng(0))
    assert len(clip) == 5 and clip[-1] is frame
    assert np.abs(clip[-2].y.astype(int) - frame.y).mean() > 1


def test_a_clip_moves_as_an_affine_map_says():
    """Compared with scikit-image's spline warp."""
    frame = frame_from_rgb(astronaut()[:256, :256])
    still = Motion(pan=4, zoom=0.01, rotation=0.01, jitter=0, warp=0)
    moved = animate(frame, 2, still, np.random.default_rng(3))[0].y[16:-16, 16:-16].astype(float)
    rng = np.random.default_rng(3)
    angle, zoom, rotation = rng.uniform(0, 2 * np.pi), 0.01 * rng.choice([-1.0, 1.0]), 0.01 * rng.choice([-1.0, 1.0])
    centre = AffineTransform(translation=(-128, -128))
    turn = AffineTransform(scale=1 + zoom, rotation=-rotation)
    there = AffineTransform(translation=(128 + 4 * np.cos(angle), 128 + 4 * np.sin(angle)))
    expected = warp(frame.y, (centre + turn + there).inverse, order=3, preserve_range=True)[16:-16, 16:-16]
    assert np.abs(moved - expected).mean() < 0.6 < np.abs(moved - frame.y[16:-16, 16:-16]).mean()


def test_with_a_reach_the_background_is_static():
    """Outside the moving region every frame equals the picture exactly; inside it moves and returns."""
    frame = frame_from_rgb(astronaut())
    motion = Motion(pan=2, zoom=0.002, rotation=0.002, jitter=0, reach=0.3)
    clip = animate(frame, 33, motion, np.random.default_rng(1))
    moves = np.array([np.abs(moved.y.astype(int) - frame.y) for moved in clip])
    still = moves.max(0) == 0
    assert still.mean() > 0.5 and still[0].all() and still[-1].all()
    gone = moves[:, ~still].mean(1)
    assert gone.max() > 5 and gone[1] < gone.max() / 3  # 31 frames before the end it is nearly where it ends
    np.testing.assert_array_equal(clip[3].u[0], frame.u[0])


def test_moved_frames_are_nearly_as_sharp_as_the_last_frame():
    """Interpolated once and cubically; soft frames before a sharp last one would be a degradation that no call has."""
    frame = frame_from_rgb(astronaut())
    *before, last = animate(frame, 12, Motion(warp=3), np.random.default_rng(2))
    detail = [cv2.Laplacian(moved.y, cv2.CV_32F).std() for moved in before]
    assert np.mean(detail) > 0.85 * cv2.Laplacian(last.y, cv2.CV_32F).std()

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2ycbcr

from crispen.frame import Colour, Frame, frame_from_rgb, luma_from_rgb

WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}  # Kr and Kb of ITU-T H.273


def decoded_rgb(frame: Frame) -> np.ndarray:
    """RGB by the inverse of the matrix that ITU-T H.273 defines, in floating point; chroma is repeated to full size."""
    kr, kb = WEIGHTS[frame.colour.matrix]
    luma = np.array([kr, 1 - kr - kb, kb])
    matrix = np.stack([luma, ([0, 0, 1] - luma) / (2 * (1 - kb)), ([1, 0, 0] - luma) / (2 * (1 - kr))])
    black, white, span = (0, 255, 255) if frame.colour.full_range else (16, 235, 224)
    height, width = frame.y.shape
    u, v = (plane.repeat(2, 0).repeat(2, 1)[:height, :width].astype(float) for plane in (frame.u, frame.v))
    planes = [(frame.y - float(black)) / (white - black), (u - 128) / span, (v - 128) / span]
    return np.clip(np.rint(255 * np.stack(planes, axis=-1) @ np.linalg.inv(matrix).T), 0, 255)


def test_luma_matches_opencv_and_scikit_image():
    rgb = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
    full = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)[..., 0]
    video = rgb2ycbcr(rgb)[..., 0]
    ours = luma_from_rgb(rgb, Colour(matrix=6, full_range=True)).astype(int)
    assert np.abs(ours - full).max() <= 1 and np.mean(ours != full) < 0.01  # OpenCV's is in fixed point
    assert np.abs(luma_from_rgb(rgb, Colour(matrix=6)) - video).max() <= 0.501


@pytest.mark.parametrize(
    ("rgb", "matrix", "luma"),
    [((255, 255, 255), 1, 235), ((0, 0, 0), 1, 16), ((255, 0, 0), 1, 63), ((0, 0, 255), 6, 41), ((0, 255, 0), 6, 145)],
)
def test_limited_range_luma_of_primary_colours(rgb, matrix, luma):
    # BT.709 red: 16 + 219 * 0.2126 = 62.56; BT.601 blue: 16 + 219 * 0.114 = 40.97, green: 16 + 219 * 0.587 = 144.55
    assert luma_from_rgb(np.array([[rgb]], np.uint8), Colour(matrix=matrix))[0, 0] == luma


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 255), st.sampled_from([1, 6, 9]), st.booleans())
def test_grey_survives_a_round_trip_at_any_size(height, width, level, matrix, full_range):
    rgb = np.full((height, width, 3), level, np.uint8)
    frame = frame_from_rgb(rgb, Colour(matrix=matrix, full_range=full_range))
    assert frame.u.shape == ((height + 1) // 2, (width + 1) // 2)
    assert (frame.u == 128).all() and (frame.v == 128).all()
    assert np.abs(decoded_rgb(frame) - level).max() <= 1


def test_colour_of_flat_areas_survives_a_round_trip():
    blocks = np.random.default_rng(1).integers(0, 256, (6, 6, 3), np.uint8).repeat(4, 0).repeat(4, 1)
    back = decoded_rgb(frame_from_rgb(blocks, Colour(full_range=True)))
    assert np.abs(back - blocks).max() <= 3  # two roundings of eight bits


@pytest.mark.parametrize(
    "planes",
    [
        (np.zeros((4, 4), np.float32),),
        (np.zeros((0, 4), np.uint8),),
        (np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8)),
    ],
)
def test_planes_of_wrong_type_or_shape_are_rejected(planes):
    with pytest.raises(ValueError, match="uint8"):
        Frame(*planes)

from fractions import Fraction
from itertools import product

import av
import numpy as np
import pytest
from clips import frames_of, picture, write_clip

from crispen.live.camera import Camera
from crispen.media.display_transform import display_filters, swaps_sides
from crispen.media.plane_layout import samples

ONE = 1 << 16
ALONG = [(a, 0, 0, d) for a, d in product((ONE, -ONE), repeat=2)]
ACROSS = [(0, b, c, 0) for b, c in product((ONE, -ONE), repeat=2)]


def moved(plane, a, b, c, d):
    """The plane with each sample where ISO 14496-12 has it: x' = a x + c y, y' = b x + d y."""
    height, width = plane.shape
    y, x = np.mgrid[:height, :width]
    columns, rows = (a * x + c * y) // ONE, (b * x + d * y) // ONE
    columns, rows = columns - columns.min(), rows - rows.min()
    result = np.zeros((rows.max() + 1, columns.max() + 1), plane.dtype)
    result[rows, columns] = plane
    return result


@pytest.mark.parametrize("turn", ALONG + ACROSS)
def test_every_rotation_and_flip_is_undone(turn):
    a, b, c, d = turn
    frame = picture(0, 26, 14, "gray")
    samples(frame, 0)[:] = np.random.default_rng(1).integers(0, 256, (14, 26))
    matrix = (a, b, 0, c, d, 0, 0, 0, 1 << 30)
    size, chain = display_filters((26, 14), matrix, None)
    made = chain(frame) if chain else frame
    assert np.array_equal(samples(made, 0), moved(samples(frame, 0), a, b, c, d))
    assert size == (made.width, made.height)
    assert swaps_sides(matrix) == (a == 0)


@pytest.mark.parametrize(
    ("aspect", "turned", "expected"),
    [
        (None, False, (60, 40)), (Fraction(1), False, (60, 40)), (Fraction(4, 3), False, (80, 40)),
        (Fraction(1, 2), False, (60, 80)), (Fraction(4, 3), True, (40, 80)), (Fraction(12, 11), False, (65, 40)),
        (Fraction(10000), False, (60, 40)),
    ],
)  # fmt: skip
def test_pixels_become_square(aspect, turned, expected):
    matrix = (0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30) if turned else None
    size, chain = display_filters((60, 40), matrix, aspect)
    made = chain(picture(0, 60, 40)) if chain else picture(0, 60, 40)
    assert size == (made.width, made.height) == expected


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_live_rotates_a_file_upright(rotation, tmp_path):
    source = write_clip(tmp_path / "a.mp4", frames=2, rotation=rotation, aspect=Fraction(4, 3))
    camera = Camera(str(source))
    frame, _ = next(iter(camera))
    camera.close()
    expected = (85, 48) if rotation == 180 else (48, 85)
    assert (camera.info.width, camera.info.height) == (frame.width, frame.height) == expected
    plain = samples(frames_of(source)[0], 0)
    seen = np.rot90(plain, rotation // 90)  # counterclockwise, as FFmpeg counts
    small = np.asarray(samples(frame, 0), float)
    rows = np.linspace(0, seen.shape[0] - 1, small.shape[0]).round().astype(int)
    columns = np.linspace(0, seen.shape[1] - 1, small.shape[1]).round().astype(int)
    assert np.abs(small - seen[rows][:, columns])[4:-4, 4:-4].mean() < 4


def test_a_cover_picture_is_not_read_as_live_video(tmp_path):
    frame = picture(0, 16, 16, "yuvj420p")
    source = tmp_path / "a.mp4"
    with av.open(str(source), "w") as container:
        cover = container.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 16, 16, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        container.mux(cover.encode(frame))
        for number in range(3):
            moving = picture(number, 64, 48)
            moving.pts, moving.time_base = number, Fraction(1, 25)
            container.mux(video.encode(moving))
        container.mux([*cover.encode(None), *video.encode(None)])
    camera = Camera(str(source))
    frame, _ = next(iter(camera))
    assert (frame.width, frame.height) == (64, 48)
    camera.close()

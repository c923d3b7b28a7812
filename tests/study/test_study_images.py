import numpy as np
import pytest
from PIL import Image, ImageCms

from crispen.errors import CrispenError
from crispen.study.study_images import degrade, find_study_pictures, is_visible, load_rgb


def test_pictures_are_matched_by_name_without_suffix(tmp_path):
    for name in ("one/x.png", "one/deep/y.PNG", "two/x.jpg", "two/deep/y.png", "two/.z.png", "two/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = find_study_pictures({"a": tmp_path / "one", "b": tmp_path / "two"})
    assert found == {
        "deep/y": {"a": tmp_path / "one/deep/y.PNG", "b": tmp_path / "two/deep/y.png"},
        "x": {"a": tmp_path / "one/x.png", "b": tmp_path / "two/x.jpg"},
    }
    (tmp_path / "two/w.png").write_bytes(b"")
    with pytest.raises(CrispenError, match="one has no w, which is in"):
        find_study_pictures({"a": tmp_path / "one", "b": tmp_path / "two"})
    (tmp_path / "two/x.png").write_bytes(b"")
    with pytest.raises(CrispenError, match="one name"):
        find_study_pictures({"b": tmp_path / "two"})
    with pytest.raises(CrispenError, match="absent is not a folder"):
        find_study_pictures({"a": tmp_path / "absent"})


def test_pictures_are_shown_upright_and_as_they_are(natural, tmp_path):
    rgb = np.ascontiguousarray(natural["astronaut"])
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(np.ascontiguousarray(np.rot90(rgb))).save(tmp_path / "a.png", exif=exif, icc_profile=srgb)
    shown = load_rgb(tmp_path / "a.png")
    assert np.abs(np.asarray(shown).astype(int) - rgb).max() <= 1
    assert not shown.info


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (Image.new("RGBA", (8, 8), (1, 2, 3, 4)), "partly transparent"),
        (Image.new("I;16", (8, 8)), "16 bits"),
        (None, "not a picture that can be read"),
    ],
)
def test_pictures_that_a_page_would_show_otherwise_are_refused(image, message, tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(b"no picture") if image is None else image.save(file)
    with pytest.raises(CrispenError, match=message):
        load_rgb(file)


def test_the_degradation_is_visible_on_photographs_and_not_on_a_flat_picture(natural):
    for rgb in natural.values():
        image = Image.fromarray(np.ascontiguousarray(rgb))
        assert degrade(image).size == image.size and is_visible(image, degrade(image))
    wall = Image.new("RGB", (50, 3), (90, 120, 130))
    assert not is_visible(wall, degrade(wall))

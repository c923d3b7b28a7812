"""The page, read as a browser reads it: with an HTML parser, and the files in it with their own decoders."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from crispen.compare.browser_image import BrowserMedia
from crispen.compare.compare_page import View, compare_page, file_size, page_size, shared_size
from crispen.errors import CrispenError
from html_document import LOADING, Document


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def noise(seed: int, width: int = 24, height: int = 16) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def picture(label: str, pixels: np.ndarray, name: str = "a.png") -> View:
    height, width = pixels.shape[:2]
    return View(label, name, BrowserMedia(png(pixels), "image/png", (width, height), how="PNG as in the file"))


def video(label: str, data: bytes = b"not looked at", frames: int = 3, step: float = 0.04) -> View:
    times = tuple(step * number for number in range(frames))
    return View(label, "v.mp4", BrowserMedia(data, "video/mp4", (64, 48), times, step * frames, "H.264 as in the file"))


def test_pictures_are_in_the_page_pixel_for_pixel():
    pixels = [noise(seed) for seed in range(3)]
    document = Document(compare_page([picture(label, each) for label, each in zip("ABT", pixels, strict=True)]))
    images = document.all("img")
    assert len(images) == 3
    for image, wanted in zip(images, pixels, strict=True):
        kind, _, data = (image["src"] or "").partition(",")
        assert kind == "data:image/png;base64"
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), wanted)


def test_videos_are_in_the_page_byte_for_byte_with_their_times():
    views = [video("A", bytes(range(256)) * 5), video("B", b"\0\1", frames=2)]
    document = Document(compare_page(views))
    payloads = [(attrs["data-mime"], base64.b64decode(text)) for attrs, text in document.raw if "data-mime" in attrs]
    assert payloads == [("video/mp4", view.content.data) for view in views]
    assert document.config["videos"] == [{"times": [0, 0.04, 0.08], "end": 0.12}, {"times": [0, 0.04], "end": 0.08}]
    assert all("src" not in attrs and "muted" in attrs and "playsinline" in attrs for attrs in document.all("video"))
    assert "3 frames in 0.12 s" in document.text and "B has its frames at other times than A" in document.text


@pytest.mark.parametrize("make", [lambda label: picture(label, noise(0)), video])
def test_nothing_is_loaded_from_anywhere(make):
    text = compare_page([make("A"), make("B"), make("T")])
    document = Document(text)
    for tag, attributes in document.tags:
        for name, value in attributes.items():
            assert name not in LOADING or (value or "").startswith("data:"), (tag, name)
    assert not document.all("iframe") and not document.all("object") and not document.all("base")
    code = "".join(content for attrs, content in document.raw if "data-mime" not in attrs)
    assert not re.search(r"https?:|@import|url\(|fetch\(|XMLHttpRequest|WebSocket|import\(|sendBeacon|//\w+\.", code)
    policy = document.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"] or ""
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("default-src") == "'none'"
    assert set(rules.values()) == {"data:", "blob:", "'unsafe-inline'"}


def test_names_and_labels_cannot_become_markup_or_script():
    nasty = "</script><!--<b onclick=alert(1)>&\"'@@CONFIG@@{{ 7 }}{% raw %}"
    document = Document(compare_page([View(nasty, "<i>", picture("", noise(0)).content), picture("B", noise(1))]))
    assert document.config["labels"] == [nasty, "B"]
    assert not document.all("b", onclick="alert(1)")
    assert nasty in document.text
    assert document.all("img")[0]["alt"] == f"{nasty} (<i>)"
    compare_page([picture("\udcff", noise(0), "\udcff.png"), picture("B", noise(1))]).encode(
        "utf-8"
    )  # a name in no encoding


def test_the_divider_is_a_slider_for_everyone():
    document = Document(compare_page([picture("A", noise(0)), picture("B", noise(1))]))
    (divider,) = document.all("div", role="slider")
    assert divider["tabindex"] == "0" and divider["aria-label"]
    assert (divider["aria-valuemin"], divider["aria-valuenow"], divider["aria-valuemax"]) == ("0", "50", "100")
    assert "width=device-width" in (document.all("meta", name="viewport")[0]["content"] or "")
    assert document.all("html", lang="en") and document.all("meta", charset="utf-8")


@pytest.mark.parametrize("views", [[picture("A", noise(0))] * 2, [video("A")] * 3], ids=["pictures", "videos"])
def test_the_scripts_find_what_they_look_for(views):
    document = Document(compare_page(views))
    code = "".join(content for attrs, content in document.raw)
    ids = {attrs["id"] for _, attrs in document.tags if "id" in attrs}
    asked = set(re.findall(r'\belement\("(\w+)"\)', code))
    assert asked and asked <= ids
    assert "{{" not in code and "{%" not in code


def test_a_smaller_one_is_shown_as_large_as_the_other_and_said_to_be():
    document = Document(compare_page([picture("A", noise(0, 24, 16)), picture("B", noise(1, 12, 8))]))
    assert document.config["size"] == [24, 16]
    assert "12x8, shown enlarged 2 times to 24x16" in document.text
    assert [attrs["class"] for attrs in document.all("img")] == ["media", "media scaled"]


def test_sizes_that_do_not_fit():
    assert shared_size([("a", (300, 200)), ("b", (450, 300)), ("c", (3, 2))]) == (450, 300)
    for other in ((449, 300), (200, 300), (300, 201)):
        with pytest.raises(CrispenError, match=f"a.*300x200|{other[0]}x{other[1]}") as raised:
            shared_size([("a", (300, 200)), ("b", other)])
        assert "\n" not in str(raised.value)
    with pytest.raises(CrispenError):
        compare_page([picture("A", noise(0, 24, 16)), picture("B", noise(1, 23, 16))])


@pytest.mark.parametrize("count", [1, 4])
def test_two_or_three_views(count):
    with pytest.raises(ValueError, match=str(count)):
        compare_page([picture("A", noise(0))] * count)


def test_truth_is_offered_only_if_there_is_one():
    two, three = (Document(compare_page([picture("A", noise(0))] * count)).all("body")[0]["class"] for count in (2, 3))
    assert two == "picture" and three == "picture with-truth"


def test_the_size_of_a_page_is_known_before():
    views = [video("A", b"x" * 100_001), video("B", b"y" * 200_000)]
    assert 0 < len(compare_page(views)) - page_size(views) < 40_000
    assert (file_size(1234), file_size(1_250_000_000)) == ("1 kB", "1250.0 MB")
